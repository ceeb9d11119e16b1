// Groups before scopes: which groups a person is an active member of now, and until when.

import type { Source } from '../privilege.ts'
import type { Basis } from '../schedule/schedule.ts'
import { contains, earlierEnd, type Instant, type Window } from '../time.ts'

/** An active membership schedule of one principal in one group. */
export interface Edge {
  readonly scheduleId: string
  readonly member: string
  readonly group: string
  readonly window: Window
  readonly source: Source
  readonly basis: Basis | null
}

/** `null` is "for ever"; the later of two chances wins. */
const better = (a: Instant | null, b: Instant | null | undefined): boolean => b !== null && (b === undefined || a === null || a > b)

/**
 * Groups that `person` is a member of at `now`, directly or through groups, each with the instant at which that ends if nothing
 * changes. An activated membership counts only while its eligibility stands: held by the member itself, or by a group the member is
 * in (behaviour 2.7). Cycles end since an end only ever grows.
 */
export function groupsOf(person: string, edges: readonly Edge[], now: Instant): ReadonlyMap<string, Instant | null> {
  const until = new Map<string, Instant | null>()
  const reach = (id: string): Instant | null | undefined => (id === person ? null : until.get(id))
  const stands = (edge: Edge): boolean => {
    if (edge.source !== 'Activated') return true
    if (!edge.basis?.live || !contains(edge.basis.window, now)) return false
    return edge.basis.principalId === edge.member || (edge.member === person && reach(edge.basis.principalId) !== undefined)
  }
  let changed = true
  while (changed) {
    changed = false
    for (const edge of edges) {
      const from = reach(edge.member)
      if (from === undefined || edge.group === person || !contains(edge.window, now) || !stands(edge)) continue
      const end = earlierEnd(from, edge.window.end)
      if (better(end, until.get(edge.group))) {
        until.set(edge.group, end)
        changed = true
      }
    }
  }
  return until
}
