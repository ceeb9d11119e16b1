// Would nobody be left? Counts distinct enabled people who hold a guarded role actively, directly or through groups, before
// and after some schedules end (behaviour 2.5 rule 6).

import { isCurrent, type ScheduleFact } from '../schedule/schedule.ts'
import type { Instant } from '../time.ts'
import { basisStands } from './effective.ts'
import { type Edge, groupsOf } from './groups.ts'

export interface Population {
  /** Assignments of guarded roles at the tenant's root. */
  readonly assignments: readonly ScheduleFact[]
  /** Memberships of the groups among the holders, transitively. */
  readonly edges: readonly Edge[]
  /** Enabled people among the holders and members. */
  readonly people: readonly string[]
}

function holdersOf(role: string, p: Population, without: ReadonlySet<string>, now: Instant): number {
  const edges = p.edges.filter((e) => !without.has(e.scheduleId))
  const given = p.assignments.filter((s) => s.privilege.role === role && !without.has(s.id) && isCurrent(s, now))
  return p.people.filter((person) => {
    const groups = groupsOf(person, edges, now)
    return given.some((s) => (s.principalId === person || groups.has(s.principalId)) && basisStands(s, groups, now))
  }).length
}

/** The roles, among those assigned, that would lose their last active holder if this person held nothing any more. */
export const losesLastHolderWithout = (p: Population, person: string, now: Instant): readonly string[] =>
  [...new Set(p.assignments.map((s) => s.privilege.role))].filter((role) => {
    const others = { ...p, people: p.people.filter((id) => id !== person) }
    return holdersOf(role, p, new Set(), now) > 0 && holdersOf(role, others, new Set(), now) === 0
  })

/** The roles, among those assigned, that would lose their last active holder if `ending` ended. */
export function losesLastHolder(p: Population, ending: readonly string[], now: Instant): readonly string[] {
  const roles = [...new Set(p.assignments.map((s) => s.privilege.role))]
  const without = new Set(ending)
  return roles.filter((role) => holdersOf(role, p, new Set(), now) > 0 && holdersOf(role, p, without, now) === 0)
}
