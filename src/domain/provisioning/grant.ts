// A grant: one account's entitlement at a target, desired and observed. What is desired follows from the windows in force, and from
// nothing else; what an attempt found moves only what was observed (`attempt.ts`).

import { contains, type Instant, laterEnd, MINUTE, SECOND, type Window } from '../time.ts'
import type { AccountRef, Baseline, EntitlementRef, Intent, Seen } from './connector.ts'

/**
 * `Granted` and `Revoked` are proven at the target. `GrantBlocked` waits for a person. A revocation never fails: it is `RevokeBlocked`
 * (a person must act) or `RevokeOverdue` (standing access, alarmed), and tried for ever in both (L3).
 */
export type GrantState = 'Granting' | 'Granted' | 'GrantBlocked' | 'Revoking' | 'Revoked' | 'RevokeBlocked' | 'RevokeOverdue'

// biome-ignore format: one state per line
export const GRANT_STATES = {
  Granting:      { desired: 'present', next: ['Granted', 'GrantBlocked', 'Revoking'] },
  Granted:       { desired: 'present', next: ['Granting', 'Revoking'] },
  GrantBlocked:  { desired: 'present', next: ['Granting', 'Granted', 'Revoking'] },
  Revoking:      { desired: 'absent',  next: ['Revoked', 'RevokeBlocked', 'RevokeOverdue', 'Granting'] },
  Revoked:       { desired: 'absent',  next: ['Revoking', 'Granting'] },
  RevokeBlocked: { desired: 'absent',  next: ['Revoked', 'Revoking', 'RevokeOverdue', 'Granting'] },
  RevokeOverdue: { desired: 'absent',  next: ['Revoked', 'Granting'] },
} as const satisfies Record<GrantState, { desired: Desired; next: readonly GrantState[] }>

/** As the other machines have theirs; the same table lies in the database. */
export const GRANT_TRANSITIONS: Readonly<Record<'None' | GrantState, readonly GrantState[]>> = {
  None: ['Granting'],
  Granting: GRANT_STATES.Granting.next,
  Granted: GRANT_STATES.Granted.next,
  GrantBlocked: GRANT_STATES.GrantBlocked.next,
  Revoking: GRANT_STATES.Revoking.next,
  Revoked: GRANT_STATES.Revoked.next,
  RevokeBlocked: GRANT_STATES.RevokeBlocked.next,
  RevokeOverdue: GRANT_STATES.RevokeOverdue.next,
}

export type Desired = 'present' | 'absent'

export interface Grant {
  readonly id: string
  readonly targetId: string
  readonly entitlement: EntitlementRef
  readonly account: AccountRef
  readonly state: GrantState
  /** The fence: grows with every change of what is desired, its end included. */
  readonly generation: number
  /** The end of the access that is desired, stored before the target is ever called (L1); null: no end, or nothing desired. */
  readonly notAfter: Instant | null
  /** Since when this has been desired: where the time to the proof is counted from. */
  readonly desiredSince: Instant
  readonly observed: 'unknown' | Desired
  readonly observedAt: Instant | null
  /** The generation whose effect was proven; anything else must still be applied. */
  readonly observedGeneration: number | null
  readonly baseline: Baseline
  readonly attempts: number
  readonly nextAt: Instant | null
  readonly leaseBy: string | null
  readonly leaseUntil: Instant | null
  /** The token of an asynchronous target's answer. */
  readonly token: string | null
  readonly lastError: string | null
}

/** What an attempt may change. INVARIANT: no end, no desire, no generation; retries cannot lengthen access (L2). */
export type GrantChange = Partial<
  Pick<Grant, 'state' | 'observed' | 'observedAt' | 'observedGeneration' | 'baseline' | 'token' | 'lastError'>
> &
  Pick<Grant, 'attempts' | 'nextAt'> & { readonly leaseBy: null; readonly leaseUntil: null }

export const desiredOf = (g: Pick<Grant, 'state'>): Desired => GRANT_STATES[g.state].desired

/** Is access wanted now, until when, and when must that be asked again? Overlapping and touching windows are one (L4). */
export function coverage(
  windows: readonly Window[],
  now: Instant,
): { desired: Desired; notAfter: Instant | null; changesAt: Instant | null } {
  const inForce = windows.filter((w) => contains(w, now))
  if (inForce.length === 0) {
    const starts = windows.map((w) => w.start).filter((start) => start > now)
    return { desired: 'absent', notAfter: null, changesAt: starts.length > 0 ? Math.min(...starts) : null }
  }
  let end = inForce.map((w) => w.end).reduce(laterEnd)
  for (const w of windows.filter((w) => w.start > now).sort((a, b) => a.start - b.start)) {
    if (end !== null && w.start <= end) end = laterEnd(end, w.end)
  }
  return { desired: 'present', notAfter: end, changesAt: end }
}

/** What changes in the row when what is desired has changed; null when nothing has. The only place where a generation grows. */
export function derive(
  g: Grant,
  want: { desired: Desired; notAfter: Instant | null },
  now: Instant,
): Pick<Grant, 'state' | 'generation' | 'notAfter' | 'desiredSince' | 'attempts' | 'nextAt' | 'token'> | null {
  const flips = desiredOf(g) !== want.desired
  if (!flips && g.notAfter === want.notAfter) return null
  const start = want.desired === 'present' ? 'Granting' : 'Revoking'
  return {
    // An extension of what is granted is sent to the target, and meanwhile the access is as good as before.
    state: flips || g.state === 'GrantBlocked' ? start : g.state,
    generation: g.generation + 1,
    notAfter: want.notAfter,
    // Access that ran out is unwanted from its end on, however late that was noticed.
    desiredSince: !flips ? g.desiredSince : want.desired === 'absent' ? Math.min(now, g.notAfter ?? now) : now,
    attempts: 0,
    nextAt: now,
    token: null,
  }
}

/** The end of patience and the pace of retries. */
export interface Pace {
  readonly firstRetryMs: number
  readonly grantCapMs: number
  readonly revokeCapMs: number
  /** A revocation not proven after this is overdue. */
  readonly objectiveMs: number
  /** Between looks at a settled row; null where a list of all holders is read anyway. */
  readonly recheckMs: number | null
}

export const PACE: Pace = {
  firstRetryMs: 250,
  grantCapMs: MINUTE,
  revokeCapMs: 15 * SECOND,
  objectiveMs: 30 * SECOND,
  recheckMs: 5 * MINUTE,
}

/** The row's intent; null when there is nothing to send: a grant whose window has passed is never sent. */
export function intentOf(g: Grant, now: Instant): Intent | null {
  const present = desiredOf(g) === 'present'
  if (present && g.notAfter !== null && g.notAfter <= now) return null
  const { entitlement, account, generation: fence, notAfter, baseline } = g
  return { entitlement, account, present, fence, notAfter, key: `${g.id}.${fence}`, baseline }
}

/** A proven row is only looked at; anything else is applied, and then looked at. */
export const stepOf = (g: Grant): 'apply' | 'look' => (g.observedGeneration === g.generation ? 'look' : 'apply')

/** A revocation that should have been proven by now. True also while nobody works on it: alarms must not need a worker. */
export const isOverdue = (g: Grant, now: Instant, pace: Pace = PACE): boolean =>
  desiredOf(g) === 'absent' && g.state !== 'Revoked' && now - g.desiredSince >= pace.objectiveMs

/** The first look ever decides what was there before us; a grant of our own beside it does not hide it. */
export function baselineOf(g: Pick<Grant, 'baseline'>, first: Seen): Baseline {
  if (g.baseline !== 'unknown') return g.baseline
  return first.present && (!first.ours || first.others.length > 0) ? 'present' : 'absent'
}

// What a target's own expiry may fall short of the end by, for those that count in whole seconds or minutes.
const EXPIRY_SLACK_MS = MINUTE

/** Does what was seen satisfy what is desired? What was there before us is left alone, unless the entitlement is exclusive. */
export function satisfied(g: Pick<Grant, 'state' | 'baseline' | 'notAfter'>, seen: Seen, exclusive: boolean): boolean {
  if (desiredOf(g) === 'absent') return !seen.present || (!seen.ours && g.baseline === 'present' && !exclusive)
  const endsTooSoon = seen.expiresAt !== null && (g.notAfter === null || seen.expiresAt < g.notAfter - EXPIRY_SLACK_MS)
  return seen.present && !endsTooSoon
}

/** Retry after the n-th failure: doubling, capped, spread by the row's id so that rows do not come in step. */
export function backOff(g: Pick<Grant, 'id' | 'state'>, attempts: number, pace: Pace = PACE): number {
  const cap = desiredOf(g) === 'absent' ? pace.revokeCapMs : pace.grantCapMs
  let spread = 0
  for (const letter of `${g.id}${attempts}`) spread = (spread * 31 + letter.charCodeAt(0)) % 1000
  return Math.min(cap, Math.round(pace.firstRetryMs * 2 ** Math.min(attempts, 20) * (0.75 + spread / 2000)))
}
