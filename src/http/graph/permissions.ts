// Delegated permissions of Graph tokens: what a path wants the token to name, beside what the person holds (contract reference 2.6). They
// only ever take away: the directory role always decides (D26). Of programs, their application permissions are their authority.

import { type Fault, fault } from '../../domain/faults.ts'
import { demanded } from '../../operations/list.ts'
import { audienceKind } from '../auth/audience.ts'
import type { Exchange } from './exchange.ts'
import { collectionOf, FAMILIES } from './families.ts'

/** Any one of these. */
interface Area {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
}

/** Names such as `RoleManagement.ReadWrite.Directory`, for reading also without `Write`. */
const area = (suffix: string, ...names: readonly string[]): Area => {
  const writes = names.map((name) => `${name}.ReadWrite.${suffix}`)
  return { writes, reads: [...names.map((name) => `${name}.Read.${suffix}`), ...writes] }
}

const withAll = (a: Area): Area => ({ ...a, reads: [...a.reads, 'RoleManagement.Read.All'] })

const AREAS = {
  directory: {
    Eligibility: withAll(area('Directory', 'RoleEligibilitySchedule', 'RoleManagement')),
    Assignment: withAll(area('Directory', 'RoleAssignmentSchedule', 'RoleManagement')),
    policies: withAll(area('Directory', 'RoleManagementPolicy', 'RoleManagement')),
    roles: withAll(area('Directory', 'RoleManagement')),
  },
  group: {
    Eligibility: area('AzureADGroup', 'PrivilegedEligibilitySchedule', 'PrivilegedAccess'),
    Assignment: area('AzureADGroup', 'PrivilegedAssignmentSchedule', 'PrivilegedAccess'),
    policies: area('AzureADGroup', 'RoleManagementPolicy'),
  },
} as const

function areaOf(x: Exchange): Area | null {
  const [first, second] = x.segments
  if (first?.name === 'policies') {
    const named = second?.key ?? x.segments[2]?.raw ?? demanded(x.options.filter, 'scopetype') ?? ''
    return AREAS[/^group(?:_|$)/i.test(named) ? 'group' : 'directory'].policies
  }
  const family = FAMILIES.find(({ base }) => base.every((name, i) => x.segments[i]?.name === name))
  if (!family) return null
  const plane = family.plane === 'group' ? 'group' : 'directory'
  const name = x.segments[family.base.length]?.name ?? ''
  if (name === 'roledefinitions') return AREAS.directory.roles
  // Approvals, and whatever else may come, are asked for like assignments.
  return AREAS[plane][collectionOf(family, name)?.level ?? 'Assignment']
}

/** The permission that a delegated token lacks for this request, or null. Fault: `PermissionScopeNotGranted`. */
export function missingPermission(x: Exchange): Fault | null {
  const { actor } = x.caller.call
  if (actor.t !== 'user' || actor.scopes === null) return null
  // A token for ARM counts as an administrator's tool, which has them all (D26).
  if (audienceKind(x.caller.claims.aud, x.deps.verify.origin) === 'arm') return null
  const wanted = areaOf(x)
  if (!wanted) return null
  const names = x.method === 'GET' || x.method === 'HEAD' ? wanted.reads : wanted.writes
  const given = new Set(actor.scopes.map((scope) => scope.toLowerCase()))
  return names.some((name) => given.has(name.toLowerCase())) ? null : fault('PermissionScopeNotGranted', { scopes: names.join(',') })
}
