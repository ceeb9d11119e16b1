// Who holds what now. A schedule counts when its window contains now, its holder is enabled, and — for an activation — the
// eligibility beneath it still stands (behaviour 2.7, D10). The worker has no part in it: expiry is read, never awaited.

import type { Level } from '../privilege.ts'
import { isCurrent, type ScheduleFact } from '../schedule/schedule.ts'
import { contains, earlierEnd, type Instant } from '../time.ts'

/** Groups of one person, from `groupsOf`. */
export type Groups = ReadonlyMap<string, Instant | null>

/** Does the eligibility beneath this schedule still carry it? True where none is needed. */
export function basisStands(s: ScheduleFact, groups: Groups, now: Instant): boolean {
  if (s.source !== 'Activated') return true
  if (!s.basis?.live || !contains(s.basis.window, now)) return false
  return s.basis.principalId === s.principalId || groups.has(s.basis.principalId)
}

/** How a schedule reaches a person: `Direct`, `Group`, or `Inherited` from a scope above (behaviour 1.2). */
export type MemberType = 'Direct' | 'Group' | 'Inherited'

export interface Holding {
  readonly schedule: ScheduleFact
  readonly memberType: MemberType
  /** When this way of holding it ends, null for never. */
  readonly until: Instant | null
}

/** The schedules among those given that give `person` their level at `scope` now. Disabled people hold nothing: ask that first. */
export function holdings(
  person: string,
  level: Level,
  scope: string,
  schedules: readonly ScheduleFact[],
  groups: Groups,
  now: Instant,
): readonly Holding[] {
  return schedules.flatMap((s) => {
    const through = s.principalId === person ? null : groups.get(s.principalId)
    if (s.level !== level || through === undefined || !isCurrent(s, now) || !basisStands(s, groups, now)) return []
    const memberType: MemberType = s.principalId !== person ? 'Group' : s.privilege.scope === scope ? 'Direct' : 'Inherited'
    const ends = s.principalId === person ? s.window.end : earlierEnd(s.window.end, through)
    return [{ schedule: s, memberType, until: ends }]
  })
}
