// Role ids come in every prefixed form; inside they are bare lower-case GUIDs (decision D23). Requests and schedules
// echo what was sent; role assignments and definitions show the canonical form made here.

import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { parseScope } from './scope.ts'

const FULL = /^(.*?)\/*providers\/+microsoft\.authorization\/+roledefinitions\/+([^/]+)\/*$/is

const MAX_ID = 2_048

/** The bare GUID of a role id with any scope in front or none. */
export function parseRoleId(text: string): Result<string> {
  const m = text.length <= MAX_ID ? FULL.exec(text.trim()) : null
  const guid = (m ? m[2]! : text).trim()
  const scoped = !m || parseScope(m[1]!).ok
  if (scoped && isGuid(guid)) return ok(guid.toLowerCase())
  const detail = `\`${text.slice(0, 200)}\` is not a role definition id such as \`/subscriptions/{id}/providers/Microsoft.Authorization/roleDefinitions/{guid}\``
  return refuse(fault('InvalidRoleAssignmentRequest', { detail }))
}

/** The canonical id of a role as seen at a scope: with its subscription at or below one, without a prefix above. */
export function roleIdAt(scope: string, role: string): string {
  // One letter case wherever it is shown: az compares these ids as strings (clients, section 2).
  const subscription = /^\/subscriptions\/[^/]+/i.exec(scope)?.[0].toLowerCase() ?? ''
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${role.toLowerCase()}`
}
