// The brake: a pass that would change much of a target at once, or whose list cannot be true, stops and asks a person.
// A revocation that is due is exempt: a brake must never keep access open past its end.

import type { Observation } from './connector.ts'
import type { Drift } from './reconcile.ts'

/** So many changes are always allowed in a pass, so that a small target is not always at a stop. */
const ALWAYS = 3
const SHARE = 0.2

export type Braked =
  | { readonly t: 'go'; readonly changes: readonly Drift[] }
  /** `exempt` is done nevertheless; `held` waits for a person. */
  | { readonly t: 'stop'; readonly reason: string; readonly exempt: readonly Drift[]; readonly held: readonly Drift[] }

/** Does this piece of drift lead to a change at the target? */
const changes = (d: Drift): boolean => d.t !== 'unknown' || d.action === 'remove'

/** Access that we ended and that is there again: its revocation is due, and has been. */
const isDue = (d: Drift): boolean => d.t === 'returned'

/** The limit of changes in one pass of a target with so many rows. */
export const brakeLimit = (rows: number): number => Math.max(ALWAYS, Math.floor(rows * SHARE))

/**
 * Judges one pass over one target. `rows`: how many rows the ledger has there; `expected`: how many holders the list should at least
 * have shown, by what was proven before.
 */
export function brake(drift: readonly Drift[], list: Pick<Observation, 'complete' | 'seen'>, rows: number, expected: number): Braked {
  const all = drift.filter(changes)
  const reason = whyNot(all.filter((d) => !isDue(d)).length, list, rows, expected)
  if (reason === null) return { t: 'go', changes: all }
  return { t: 'stop', reason, exempt: all.filter(isDue), held: all.filter((d) => !isDue(d)) }
}

function whyNot(count: number, list: Pick<Observation, 'complete' | 'seen'>, rows: number, expected: number): string | null {
  if (!list.complete) return 'the target cut its list of holders short'
  if (expected > 0 && !list.seen.some((s) => s.present)) return `the target's list is empty and should show ${expected} holders`
  const limit = brakeLimit(rows)
  return count > limit ? `the pass would change ${count} holdings of ${rows}, and the limit is ${limit}` : null
}
