// From sets of recipients to people: through groups by active membership, through roles by who holds them now. Only enabled people
// have an inbox. The same functions that judge access judge here, so nobody is told by a membership that does not count.

import { basisStands, type Groups } from '../access/effective.ts'
import { type Edge, groupsOf } from '../access/groups.ts'
import type { PrincipalFact } from '../facts.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import { isCurrent } from '../schedule/schedule.ts'
import type { Instant } from '../time.ts'
import type { Audience, Hold } from './audience.ts'

export interface Crowd {
  /** The enabled people that a principal stands for: itself, or its active members. */
  expand(principalId: string): readonly string[]
  /** The enabled people who hold what an audience names, by the schedules found for it. */
  holders(audience: Audience, schedules: readonly ScheduleFact[]): readonly string[]
}

const holdOf = (s: ScheduleFact): Hold => (s.level === 'Eligibility' ? 'Eligibility' : s.source === 'Activated' ? 'Activated' : 'Assigned')

/** Edges that lead up from a person: few of many, since `groupsOf` looks at all it is given. */
function upwards(person: string, byMember: ReadonlyMap<string, readonly Edge[]>): readonly Edge[] {
  const seen = new Set([person])
  const found: Edge[] = []
  for (const id of seen) {
    for (const edge of byMember.get(id) ?? []) {
      found.push(edge)
      seen.add(edge.group)
    }
  }
  return found
}

/** Lays people and memberships ready. */
export function crowdOf(principals: readonly PrincipalFact[], edges: readonly Edge[], now: Instant): Crowd {
  const byMember = new Map<string, Edge[]>()
  for (const edge of edges) byMember.set(edge.member, [...(byMember.get(edge.member) ?? []), edge])
  const groups = new Map<string, Groups>()
  const members = new Map<string, string[]>()
  for (const person of principals) {
    if (person.kind !== 'user' || !person.enabled) continue
    const own = groupsOf(person.id, upwards(person.id, byMember), now)
    groups.set(person.id, own)
    for (const group of own.keys()) {
      const list = members.get(group) ?? []
      list.push(person.id)
      members.set(group, list)
    }
  }
  const expand = (id: string): readonly string[] => (groups.has(id) ? [id] : (members.get(id) ?? []))
  return {
    expand,
    holders: (audience, schedules) =>
      schedules
        .filter((s) => isCurrent(s, now) && audience.holds.includes(holdOf(s)))
        .flatMap((s) => expand(s.principalId).filter((person) => basisStands(s, groups.get(person) ?? new Map(), now))),
  }
}
