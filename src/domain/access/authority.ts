// What a caller must hold, judged against what it holds right now: an administrator who is merely eligible must activate
// first (behaviour 2.3 rule 1, section 9).

import type { ActorFact, HeldRole } from '../facts.ts'
import { fault } from '../faults.ts'
import { ok, type Result, refuse } from '../result.ts'
import { isCurrent } from '../schedule/schedule.ts'
import type { Instant } from '../time.ts'
import type { Actor } from './actor.ts'
import { basisStands } from './effective.ts'
import { groupsOf } from './groups.ts'
import type { Authority } from './needs.ts'
import { matchesWildcard } from './wildcard.ts'

/** Does a role with these actions, less its notActions, allow the action? `*` matches any text (behaviour 12). */
function allows(role: { actions: readonly string[]; notActions: readonly string[] }, action: string): boolean {
  const asked = action.toLowerCase()
  const matches = (list: readonly string[]) => list.some((item) => matchesWildcard(item.toLowerCase(), asked))
  return matches(role.actions) && !matches(role.notActions)
}

/** The actor's assignments in force now. Nothing for the disabled, the deleted and the unknown. */
export function heldNow(facts: ActorFact, now: Instant): readonly HeldRole[] {
  const person = facts.principal
  if (!person?.enabled) return []
  const groups = groupsOf(person.id, facts.edges, now)
  return facts.held.filter(
    ({ schedule: s }) =>
      s.level === 'Assignment' &&
      isCurrent(s, now) &&
      (s.principalId === person.id || groups.has(s.principalId)) &&
      basisStands(s, groups, now),
  )
}

const HOLDS = {
  directoryRole: (held: readonly HeldRole[], need: Extract<Authority, { t: 'directoryRole' }>) => holdsDirectoryRole(held, need.roles),
  action: (held: readonly HeldRole[], need: Extract<Authority, { t: 'action' }>) => held.some((h) => allows(h, need.action)),
  groupManager: (held: readonly HeldRole[], need: Extract<Authority, { t: 'groupManager' }>) =>
    holdsDirectoryRole(held, need.roles) || held.some((h) => h.schedule.privilege.role === 'owner'),
}

/** Is one of these directory roles among those held at the tenant's root? */
export const holdsDirectoryRole = (held: readonly HeldRole[], roles: readonly string[]): boolean =>
  held.some(({ schedule: { privilege: p } }) => p.scope === '/' && roles.includes(p.role))

function meets(held: readonly HeldRole[], need: Authority): boolean {
  switch (need.t) {
    case 'directoryRole':
      return HOLDS.directoryRole(held, need)
    case 'action':
      return HOLDS.action(held, need)
    case 'groupManager':
      return HOLDS.groupManager(held, need)
    default:
      return need satisfies never
  }
}

/** What the need is called in a refusal. */
const labelOf = (need: Authority): string => (need.t === 'action' ? need.action : need.label)

/** Has the actor the authority? The system has its own; everybody else is judged by what they hold at `now`. Fault: `Forbidden`. */
export function requireAuthority(actor: Actor, facts: ActorFact, need: Authority, scope: string, now: Instant): Result<true> {
  if (actor.t === 'system') return ok(true)
  const permitted = actor.t === 'app' && actor.permissions.length > 0 && appPermits(actor.permissions, need)
  if (permitted && facts.principal?.enabled) return ok(true)
  if (meets(heldNow(facts, now), need)) return ok(true)
  return refuse(fault('Forbidden', { needs: labelOf(need), scope, actor: actor.id }))
}

// Application permissions stand in for directory roles, never for resource roles (behaviour 9.1; contract reference 3).
const APP_PERMISSIONS: Readonly<
  Record<'directoryRole' | 'groupManager', { readonly writes: readonly string[]; readonly reads: readonly string[] }>
> = {
  directoryRole: {
    writes: ['RoleManagement.ReadWrite.Directory'],
    reads: ['RoleManagement.Read.All', 'RoleManagement.Read.Directory'],
  },
  groupManager: {
    writes: ['PrivilegedAccess.ReadWrite.AzureADGroup', 'RoleManagement.ReadWrite.Directory'],
    reads: ['PrivilegedAccess.Read.AzureADGroup', 'RoleManagement.Read.Directory'],
  },
}

function appPermits(permissions: readonly string[], need: Authority): boolean {
  if (need.t === 'action') return false
  if (need.permissions) return permissions.some((p) => need.permissions?.includes(p))
  const { writes, reads } = APP_PERMISSIONS[need.t]
  return permissions.some((p) => writes.includes(p) || (need.reads === true && reads.includes(p)))
}
