// Policies by the ids that Graph gives them (contract reference 4). The GUID in an id is made of what the policy is about, so that
// it needs no table: the role's own for directory roles; one fixed GUID each for members and owners of a group.

import { fault } from '../../domain/faults.ts'
import { isGuid, type Privilege } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'

const ACCESS: Readonly<Record<string, string>> = {
  member: '6d656d62-6572-4000-8000-000000000001',
  owner: '6f776e65-7200-4000-8000-000000000002',
}

/** How policies of a kind of scope are spelt. */
export type ScopeType = 'DirectoryRole' | 'Directory' | 'Group'

const TYPES: Readonly<Record<string, ScopeType>> = { directoryrole: 'DirectoryRole', directory: 'Directory', group: 'Group' }

export const scopeTypeOf = (text: string): ScopeType | null =>
  Object.hasOwn(TYPES, text.toLowerCase()) ? (TYPES[text.toLowerCase()] ?? null) : null

/** What a directory role's policies are all kept at. */
const ROOT = '/'

export interface PolicyKey {
  readonly type: ScopeType
  readonly privilege: Privilege
}

/** The policy's id: scope type, tenant or group, and a GUID. */
export const policyId = (key: PolicyKey, tenant: string): string =>
  key.type === 'Group'
    ? `Group_${key.privilege.scope}_${ACCESS[key.privilege.role] ?? key.privilege.role}`
    : `${key.type}_${tenant}_${key.privilege.role}`

export const assignmentId = (key: PolicyKey, tenant: string): string => `${policyId(key, tenant)}_${key.privilege.role}`

/** Reads a policy's id, or the id of a policy assignment, whose role stands behind. Fault: `ResourceNotFound`. */
export function readPolicyId(id: string, tenant: string): Result<PolicyKey> {
  const missing = refuse(fault('ResourceNotFound', { id }))
  const [word, at, guid, role] = id.toLowerCase().split('_')
  const type = scopeTypeOf(word ?? '')
  if (!type || !at || !guid || !isGuid(at) || !isGuid(guid)) return missing
  if (type === 'Group') {
    const access = Object.keys(ACCESS).find((name) => ACCESS[name] === guid)
    if (!access || (role !== undefined && role !== access)) return missing
    return ok({ type, privilege: { plane: 'group', scope: at, role: access } })
  }
  if (at !== tenant.toLowerCase() || (role !== undefined && role !== guid)) return missing
  return ok({ type, privilege: { plane: 'directory', scope: ROOT, role: guid } })
}
