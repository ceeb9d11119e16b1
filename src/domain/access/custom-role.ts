// What a role that people define must look like, on whichever plane. What its actions allow is for those who may define it to answer
// for; what nobody can read later is refused.

import { fault } from '../faults.ts'
import type { Plane } from '../planes/plane.ts'
import { isGuid, type PlaneId } from '../privilege.ts'
import { ok, type Result, refuse } from '../result.ts'

export interface RolePermissions {
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
  readonly dataActions: readonly string[]
  readonly notDataActions: readonly string[]
  readonly condition: string | null
}

export interface CustomRole {
  readonly plane: PlaneId
  /** A GUID, chosen by whoever writes the role. */
  readonly id: string
  readonly name: string
  readonly description: string
  readonly permissions: RolePermissions
  /** In any spelling that the plane can read. */
  readonly assignableScopes: readonly string[]
  readonly enabled: boolean
}

export const PARTS = ['actions', 'notActions', 'dataActions', 'notDataActions'] as const

const MOST = { name: 512, description: 2_048, action: 512, actions: 2_000, scopes: 200 } as const
const ACTION = /^[\w*.-]+(?:\/[\w*.-]+)*$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: what nobody can see in a name is refused
const UNPRINTABLE = /[\u0000-\u001f\u007f]/

const bad = (detail: string) => refuse(fault('InvalidRoleDefinition', { detail }))

function objection(role: CustomRole, scopes: readonly string[], atRoot: boolean): string | null {
  const { name, description, permissions } = role
  if (!isGuid(role.id)) return 'its id is not a GUID'
  if (name === '' || name.length > MOST.name || UNPRINTABLE.test(name)) return `its name must have 1 to ${MOST.name} printable characters`
  if (description.length > MOST.description || description.includes('\0'))
    return `its description is longer than ${MOST.description} characters`
  if (scopes.length === 0 || scopes.length > MOST.scopes) return `it must be assignable at 1 to ${MOST.scopes} scopes`
  if (!atRoot && scopes.includes('/')) return 'only built-in roles can be assigned at the root'
  const all = PARTS.flatMap((part) => permissions[part])
  if (all.length > MOST.actions) return `it has more than ${MOST.actions} actions`
  const wrong = all.find((action) => action.length > MOST.action || !ACTION.test(action))
  if (wrong !== undefined) return `\`${wrong.slice(0, 80)}\` is not an action such as \`Microsoft.Compute/virtualMachines/read\``
  if ((permissions.condition ?? '').length > 8_192) return 'its condition is longer than 8192 characters'
  return null
}

/** A role as it is kept: names trimmed, the id in lower case, each scope once. Fault: `InvalidRoleDefinition`. */
export function readCustomRole(sent: CustomRole, plane: Plane): Result<CustomRole> {
  const { customRoles } = plane
  if (!customRoles) return bad('the roles of this plane are fixed')
  const scopes = new Map<string, string>()
  for (const text of sent.assignableScopes) {
    const scope = plane.parseScope(text)
    if (!scope.ok) return bad(`\`${text.slice(0, 120)}\` is not a scope`)
    // Shown as it was written wherever that is the same place letter for letter.
    scopes.set(scope.value, text.toLowerCase() === scope.value.toLowerCase() ? text : scope.value)
  }
  const role: CustomRole = {
    ...sent,
    id: sent.id.toLowerCase(),
    name: sent.name.trim(),
    description: sent.description.trim(),
    assignableScopes: [...scopes.values()],
  }
  const wrong = objection(role, [...scopes.keys()], customRoles.atRoot)
  return wrong === null ? ok(role) : bad(wrong)
}
