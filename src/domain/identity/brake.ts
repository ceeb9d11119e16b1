// The mass brake: a run that would take away many of those a source keeps stops before it writes anything, and asks a person. A
// directory that answers with nothing, by mistake or while it breaks, must never empty this one.

import { type Fault, fault } from '../faults.ts'

export interface Losses {
  /** What is lost, in the plural: `people`, `groups`, `memberships`. */
  readonly what: string
  readonly lost: number
  /** How many there are before the run. */
  readonly kept: number
}

const SHARE = 0.2
const ALWAYS = 10
/** Below this many nobody counts in shares. */
const FEW = 3

/** So many may be lost in one run; `share` is a part of one, 0.2 if left out. */
const lossLimit = (kept: number, share = SHARE): number => Math.max(ALWAYS, Math.floor(kept * share))

/** Why the run must not go on, or null. More than the share (ten at least), or more than half of a few, or all. Fault: `TooManyLost`. */
export function lossBrake(losses: readonly Losses[], share = SHARE): Fault | null {
  for (const { what, lost, kept } of losses) {
    const limit = lossLimit(kept, share)
    const half = lost >= FEW && lost * 2 > kept
    const all = lost > 1 && lost >= kept
    if (lost > limit || half || all) return fault('TooManyLost', { what, lost, kept, limit })
  }
  return null
}
