// What follows from a finished attempt. The target's "done" moves nothing (L14): only what was seen afterwards does.
// INVARIANT: the answer never touches an end time, a desired state or a generation; its type has no room for them (L2).

import type { Instant } from '../time.ts'
import { MINUTE } from '../time.ts'
import type { Blocked, Outcome, Retry, Seen } from './connector.ts'
import {
  backOff,
  baselineOf,
  desiredOf,
  type Grant,
  type GrantChange,
  type GrantState,
  isOverdue,
  PACE,
  type Pace,
  satisfied,
  stepOf,
} from './grant.ts'

/** One claim's work, as the worker found it. */
export interface Attempt {
  /** The generation that was claimed: when the row has moved on, everything else here is old. */
  readonly generation: number
  /** The answer to `apply` or `poll`; null where the step was only to look. */
  readonly outcome: Outcome | null
  /** Seen before the effect; null where that failed. */
  readonly before: Seen | null
  /** Seen last; or why nothing was seen. */
  readonly after: Seen | Retry | Blocked
  /** What `endUse` said after a revoke; null where the target offers none, or the step did not call for it. */
  readonly use: { readonly ended: number; readonly left: number } | Retry | Blocked | null
}

/** What the ledger knows of the target. */
export interface Terms {
  readonly longestCallMs: number
  /** Holdings from before us are removed too. */
  readonly exclusive: boolean
  readonly pace: Pace
}

export const TERMS: Terms = { longestCallMs: 5000, exclusive: false, pace: PACE }

/** The row changed state; the words say why, for the log and for people. */
export interface GrantEvent {
  readonly from: GrantState
  readonly to: GrantState
  readonly name: (typeof EVENT_NAMES)[GrantState]
  readonly words: string | null
}

// An event is named by where it leads; `Granting` and `Revoking` are reached by an attempt only when the target was not as proven.
export const EVENT_NAMES = {
  Granting: 'AccessMissing',
  Granted: 'AccessProven',
  GrantBlocked: 'GrantBlocked',
  Revoking: 'AccessCameBack',
  Revoked: 'RevocationProven',
  RevokeBlocked: 'RevocationBlocked',
  RevokeOverdue: 'RevocationOverdue',
} as const satisfies Record<GrantState, string>

/** `null` change of state gives no event. `superseded`: the row moved on while the attempt ran; its result is dropped. */
export interface Decision {
  readonly change: GrantChange
  readonly event: GrantEvent | null
  readonly superseded: boolean
}

// However long the target asks us to wait, a revocation is tried again within this.
const LONGEST_WAIT_MS = 5 * MINUTE

/** Judges an attempt. `g` is the row as it is now, under lock. */
export function decide(g: Grant, a: Attempt, now: Instant, terms: Terms = TERMS): Decision {
  const release = { leaseBy: null, leaseUntil: null }
  if (a.generation !== g.generation) return { change: { ...release, attempts: g.attempts, nextAt: now }, event: null, superseded: true }

  const baseline = a.before ? baselineOf(g, a.before) : g.baseline
  const seen = 't' in a.after ? null : a.after
  const look = seen ? ({ observed: seen.present ? 'present' : 'absent', observedAt: now } as const) : {}
  const common = { ...release, ...look, baseline }
  const row = { ...g, baseline }
  const done = (change: Omit<GrantChange, 'leaseBy' | 'leaseUntil'>, words: string | null): Decision => {
    const to = change.state ?? g.state
    const event = to === g.state ? null : { from: g.state, to, name: EVENT_NAMES[to], words }
    return { change: { ...common, ...change }, event, superseded: false }
  }

  const open = stillUsed(a.use)
  if (seen && satisfied(row, seen, terms.exclusive) && !(open && desiredOf(g) === 'absent')) {
    const state = desiredOf(g) === 'present' ? 'Granted' : 'Revoked'
    return done(
      { state, observedGeneration: g.generation, attempts: 0, nextAt: lookAgain(g, now, terms), lastError: null, token: null },
      null,
    )
  }
  if (a.outcome === null && seen) {
    const present = desiredOf(g) === 'present'
    const words = present
      ? seen.present
        ? 'ends too soon at the target'
        : 'no longer held at the target'
      : `held again at the target${by(seen)}`
    // Not over `Granting`, `Revoking` and the like: whoever only looked at such a row found nothing new.
    const state = g.state === 'Granted' ? 'Granting' : g.state === 'Revoked' ? 'Revoking' : g.state
    return done({ state, observedGeneration: null, attempts: 0, nextAt: now, lastError: words }, words)
  }
  if (a.outcome?.t === 'pending') {
    const { token, pollAfterMs } = a.outcome
    return done(
      { state: late(g, now, terms) ?? g.state, attempts: g.attempts, nextAt: now + pollAfterMs, token },
      'the target is still at it',
    )
  }

  const trouble = troubleOf(row, a, seen, open)
  const attempts = g.attempts + 1
  const wait = trouble.t === 'blocked' ? terms.pace.grantCapMs : Math.min(trouble.afterMs ?? 0, LONGEST_WAIT_MS)
  const pause = backOff(g, attempts, terms.pace)
  const nextAt = now + (trouble.t === 'blocked' && desiredOf(g) === 'absent' ? pause : Math.max(pause, wait))
  const state = stateAfter(g, seen, trouble, late(g, now, terms))
  return done({ state, attempts, nextAt, lastError: trouble.reason, token: null }, trouble.reason)
}

/** After an effect: when every worker that may have been frozen with an older claim must have spoken. After a look: by the pace. */
function lookAgain(g: Grant, now: Instant, { longestCallMs, pace }: Terms): Instant | null {
  if (stepOf(g) === 'apply') return Math.max(now, g.leaseUntil ?? now) + longestCallMs
  return pace.recheckMs === null ? null : now + pace.recheckMs
}

const late = (g: Grant, now: Instant, { pace }: Terms): 'RevokeOverdue' | null => (isOverdue(g, now, pace) ? 'RevokeOverdue' : null)

function stateAfter(g: Grant, seen: Seen | null, trouble: Retry | Blocked, overdue: 'RevokeOverdue' | null): GrantState {
  const blocked = trouble.t === 'blocked'
  switch (g.state) {
    case 'Granting':
    case 'GrantBlocked':
      return blocked ? 'GrantBlocked' : 'Granting'
    case 'Granted': // proven, until it is seen to be gone
      return seen && !seen.present ? 'Granting' : 'Granted'
    case 'Revoked':
      return seen?.present ? 'Revoking' : 'Revoked'
    case 'Revoking':
    case 'RevokeBlocked':
      return overdue ?? (blocked ? 'RevokeBlocked' : 'Revoking')
    case 'RevokeOverdue':
      return 'RevokeOverdue'
    default:
      return g.state satisfies never
  }
}

/** Why it is not as desired: what the target said, or, where it said yes, what was seen nevertheless. */
function troubleOf(g: Grant, a: Attempt, seen: Seen | null, open: Retry | Blocked | null): Retry | Blocked {
  if (a.outcome?.t === 'retry' || a.outcome?.t === 'blocked') return a.outcome
  if (a.outcome?.t === 'stale') {
    const known = a.outcome.known === undefined ? 'a newer fence' : `fence ${a.outcome.known}`
    const reason = `the target knows ${known} and ours is ${g.generation}: another installation governs it, or our store was restored`
    return { t: 'blocked', needs: 'config', reason }
  }
  if (!seen) return 't' in a.after ? a.after : { t: 'retry', reason: 'the target was not seen' }
  if (desiredOf(g) === 'absent' && seen.present && !seen.ours) {
    return { t: 'blocked', needs: 'permission', reason: `still held at the target${by(seen)}` }
  }
  if (desiredOf(g) === 'absent' && !seen.present && open) return open
  const shows = !seen.present ? 'still absent' : desiredOf(g) === 'absent' ? 'still present' : 'ending too soon'
  return { t: 'retry', reason: `the target said yes and shows it ${shows}` }
}

function stillUsed(use: Attempt['use']): Retry | Blocked | null {
  if (use === null) return null
  if ('t' in use) return use
  return use.left > 0 ? { t: 'retry', reason: `the right is gone and ${use.left} sessions still use it` } : null
}

const by = (seen: Seen): string =>
  seen.others.length > 0 ? `, ${seen.via === 'nested' ? 'through' : 'granted by'} ${seen.others.join(', ')}` : ''
