// When a person holds something, over time: the windows of every way of holding it, through groups and with the ground beneath.
// At any one instant it agrees with `groupsOf` and `holdings`; those answer for now, this one for what is to come.

import { isLive, type ScheduleFact } from '../schedule/schedule.ts'
import { ALWAYS, meet, same, union, type Windows } from '../windows.ts'
import type { Edge } from './groups.ts'

/** Group → when the person is a member of it, directly or through groups. */
export type Memberships = ReadonlyMap<string, Windows>

const NEVER: Windows = []

/** Ends since windows only ever grow, out of finitely many bounds. */
export function membershipsOf(person: string, edges: readonly Edge[]): Memberships {
  const found = new Map<string, Windows>()
  const reach = (id: string): Windows => (id === person ? ALWAYS : (found.get(id) ?? NEVER))
  const ground = (e: Edge): Windows => {
    if (e.source !== 'Activated') return ALWAYS
    if (!e.basis?.live) return NEVER
    const held = e.basis.principalId === e.member ? ALWAYS : e.member === person ? reach(e.basis.principalId) : NEVER
    return meet([e.basis.window], held)
  }
  let changed = true
  while (changed) {
    changed = false
    for (const e of edges) {
      if (e.group === person) continue
      const before = found.get(e.group) ?? NEVER
      const after = union([...before, ...meet(meet([e.window], ground(e)), reach(e.member))])
      if (same(before, after)) continue
      found.set(e.group, after)
      changed = true
    }
  }
  return found
}

/** When the person holds any of these assignments; nothing for those of others. */
export function claimsOf(person: string, schedules: readonly ScheduleFact[], memberships: Memberships): Windows {
  const reach = (id: string): Windows => (id === person ? ALWAYS : (memberships.get(id) ?? NEVER))
  const ways = schedules.flatMap((s) => {
    if (s.level !== 'Assignment' || !isLive(s.status)) return []
    const held = meet([s.window], reach(s.principalId))
    if (s.source !== 'Activated') return held
    if (!s.basis?.live) return []
    const own = s.basis.principalId === s.principalId ? ALWAYS : (memberships.get(s.basis.principalId) ?? NEVER)
    return meet(meet([s.basis.window], own), held)
  })
  return union(ways)
}
