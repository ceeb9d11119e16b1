// Work at targets, taken by a lease; and what a worker asks of the ledger while it works. Nothing here spans a call to a target.

import type { AccountRef, EntitlementRef, Seen } from '../domain/provisioning/connector.ts'
import { baselineOf, desiredOf, type Grant } from '../domain/provisioning/grant.ts'
import { grantOf } from '../store/grant-rows.ts'
import { type TargetRow, targetsDue, writeResolved, writeTrouble } from '../store/targets.ts'
import {
  type ClaimedRow,
  claimGrants,
  freeLeases as free,
  hurryRevocations,
  openPresence as open,
  type Presence,
  releaseGrant,
  stillClaimed,
  writeBaseline,
} from '../store/work.ts'
import type { Ctx } from './context.ts'
import { derivePeople } from './derive-grants.ts'

export type { TargetRow as Target } from '../store/targets.ts'
export type { Presence } from '../store/work.ts'

/** One claim. Ids at the target are null until they were looked up. */
export interface Work {
  readonly row: ClaimedRow
  readonly target: TargetRow
}

/** Targets with something to do now, those left out excepted. */
export const targetsWithWork = (ctx: Ctx, busy: readonly string[]): Promise<readonly TargetRow[]> => targetsDue(ctx.db, ctx.now(), busy)

/** Claims at most so many rows of a target, revocations first. The lease must be longer than all calls of one attempt. */
export async function claimWork(ctx: Ctx, target: TargetRow, worker: string, limit: number, leaseMs: number): Promise<readonly Work[]> {
  const now = ctx.now()
  // Unique to the claim: a worker that claims a row again must not take its own earlier answer for the new one's.
  const rows = await claimGrants(ctx.db, target.id, now, `${worker}/${ctx.ids()}`, now + leaseMs, limit)
  return rows.map((row) => ({ row, target }))
}

/** Ends leases that lapsed or whose worker is gone. */
export const freeLeases = (ctx: Ctx): Promise<number> => free(ctx.db, ctx.now())

/** Tells the database that this worker lives; leases of others end with their process. */
export const openPresence = (ctx: Ctx, worker: string, onError: (error: unknown) => void): Presence => open(ctx.db, worker, onError)

/** The row as a grant, with its names at the target. Both ids must have been looked up. */
export const workGrant = ({ row }: Work, entitlement: EntitlementRef, account: AccountRef): Grant => grantOf(row, entitlement, account)

/** What is desired at this very moment: derived anew for what begins access, and the claim still ours. */
export async function confirmWork(ctx: Ctx, { row }: Work): Promise<boolean> {
  if (desiredOf(row) === 'present') {
    const { owed } = await derivePeople(ctx, [row.principalId])
    if (owed) return false
  }
  return stillClaimed(ctx.db, row)
}

/** Gives the claim back. */
export const releaseWork = (ctx: Ctx, { row }: Work): Promise<void> => releaseGrant(ctx.db, row)

/** Stores what was there before us, before the first effect; answers it. */
export async function noteBaseline(ctx: Ctx, { row }: Work, first: Seen) {
  const baseline = baselineOf(row, first)
  if (row.baseline === 'unknown') await writeBaseline(ctx.db, row.id, baseline)
  return baseline
}

/** Stores the immutable id of a name, or why it has none yet. */
export const noteResolved = (ctx: Ctx, what: 'entitlements' | 'accounts', id: string, externalId: string): Promise<void> =>
  writeResolved(ctx.db, what, id, externalId)

export const noteUnresolved = (ctx: Ctx, what: 'entitlements' | 'accounts', id: string, words: string): Promise<void> =>
  writeTrouble(ctx.db, what, id, words)

/** A target answers again: what waited for it is due at once. */
export const hurryTarget = (ctx: Ctx, targetId: string): Promise<void> => hurryRevocations(ctx.db, targetId, ctx.now())
