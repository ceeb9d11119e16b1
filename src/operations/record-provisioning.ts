// What came of an attempt. Judged against the row as it is now, under lock; an attempt whose claim is gone says nothing any more.

import { type Attempt, decide, type Terms } from '../domain/provisioning/attempt.ts'
import { grantEvent } from '../domain/provisioning/events.ts'
import { type GrantState, PACE } from '../domain/provisioning/grant.ts'
import { grantOf, writeGrants } from '../store/grant-rows.ts'
import type { TargetRow } from '../store/targets.ts'
import { addExpiry, lockGrant } from '../store/work.ts'
import type { Work } from './claim-work.ts'
import type { Ctx } from './context.ts'
import { withLog } from './with-log.ts'

export interface Recorded {
  readonly from: GrantState
  readonly to: GrantState
  readonly reason: string | null
  /** From the end of access to the proven refusal. */
  readonly expiredMs: number | null
}

/** What a target's settings and its session's deadlines mean for judging. */
export const termsOf = (t: TargetRow, session: { readonly longestCallMs: number; readonly lists: boolean }): Terms => ({
  longestCallMs: session.longestCallMs,
  exclusive: t.exclusive,
  // Where all holders are read anyway, settled rows are not looked at one by one.
  pace: { ...PACE, objectiveMs: t.objectiveMs, recheckMs: session.lists ? null : t.recheckMs },
})

/** Records an attempt; null when the claim was lost and nothing was written. */
export async function recordAttempt(ctx: Ctx, work: Work, attempt: Attempt, terms: Terms): Promise<Recorded | null> {
  const id = ctx.ids()
  const { value } = await withLog(ctx.db, async (tx, owe): Promise<Recorded | null> => {
    const was = await lockGrant(tx, work.row.id)
    if (was?.leaseBy !== work.row.leaseBy) return null
    const now = ctx.now()
    const { change, event } = decide(grantOf(was), attempt, now, terms)
    const row = { ...was, ...change }
    await writeGrants(tx, [{ was, row, event: event && grantEvent(id, now, row, event) }], owe)
    const proven = row.state === 'Revoked' && was.state !== 'Revoked'
    if (proven) {
      await addExpiry(tx, { targetId: row.targetId, grantId: row.id, generation: row.generation, endedAt: row.desiredSince, provenAt: now })
    }
    return { from: was.state, to: row.state, reason: row.lastError, expiredMs: proven ? Math.max(0, now - row.desiredSince) : null }
  })
  return value
}
