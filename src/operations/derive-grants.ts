// What is desired at targets follows the schedules and the clock. Direct holders are derived with the change itself; here are the
// others: whose time has come, who is concerned through a group, what is overdue, and what the log still has to be told.

import { grantEvent } from '../domain/provisioning/events.ts'
import type { Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { deriveGrants, membersOf } from '../store/derive.ts'
import { writeGrants } from '../store/grant-rows.ts'
import { clearOwed, nextWork, peopleDue, type Touched, takeHoldings, takeOverdue, takeOwing } from '../store/work.ts'
import type { Ctx } from './context.ts'
import { withLog } from './with-log.ts'

const BATCH = 200

export interface Derived {
  readonly count: number
  /** The log took no events. */
  readonly owed: boolean
}

/** Derives the people whose time has come. */
export async function deriveDue(ctx: Ctx): Promise<Derived> {
  const people = await peopleDue(ctx.db, ctx.now(), BATCH)
  return people.length === 0 ? { count: 0, owed: false } : derivePeople(ctx, people)
}

/** Derives these people, whatever brought it about. */
export async function derivePeople(ctx: Ctx, people: readonly string[]): Promise<Derived> {
  const cause = { requestId: null, correlationId: ctx.ids() }
  const { value, owed } = await withLog(ctx.db, (tx, owe) => deriveGrants(tx, people, ctx.now(), () => cause, owe))
  return { count: value, owed }
}

/** Takes what was posted about holdings, and derives everybody whom it may concern: members of groups too. */
export async function expandHoldings(ctx: Ctx): Promise<Derived> {
  const { value, owed } = await withLog(ctx.db, async (tx, owe) => {
    const now = ctx.now()
    const touched = await takeHoldings(tx, now, BATCH, owe)
    if (touched.length === 0) return 0
    const causes = new Map(touched.map((t) => [t.principalId, t]))
    const people = await membersOf(tx, [...causes.keys()], now)
    const any = touched[0] as Touched
    await deriveGrants(
      tx,
      people,
      now,
      (person) => {
        const { requestId, correlationId } = causes.get(person) ?? any
        return { requestId, correlationId }
      },
      owe,
    )
    return touched.length
  })
  // What the log held up was left where it is.
  return { count: owed ? 0 : value, owed }
}

export interface Overdue {
  readonly grantId: string
  readonly targetId: string
  readonly principalId: string
  readonly since: Instant
}

/** Marks revocations that should have been proven by now: standing access, told to somebody, and tried on (L3). */
export async function markOverdue(ctx: Ctx): Promise<readonly Overdue[]> {
  const { value } = await withLog(ctx.db, async (tx, owe) => {
    const now = ctx.now()
    const rows = await takeOverdue(tx, now, BATCH)
    const words = 'not proven in time: the access may still stand'
    await writeGrants(
      tx,
      rows.map((was) => {
        const row = { ...was, state: 'RevokeOverdue' as const }
        return { was, row, event: grantEvent(ctx.ids(), now, row, { from: was.state, to: row.state, name: 'RevocationOverdue', words }) }
      }),
      owe,
    )
    return rows.map((r) => ({ grantId: r.id, targetId: r.targetId, principalId: r.principalId, since: r.desiredSince }))
  })
  return value
}

/** Tells the log what it still has to be told; the number of events. Rejects while it takes none. */
export async function payOwed(ctx: Ctx): Promise<number> {
  return ctx.db.transaction(async (tx) => {
    const rows = await takeOwing(tx, BATCH)
    const events = rows.flatMap((r) => r.owed ?? [])
    await record(tx, events, ctx.now())
    if (rows.length > 0) {
      await clearOwed(
        tx,
        rows.map((r) => r.id),
      )
    }
    return events.length
  })
}

/** The earliest instant at which the ledger has something to do, or null. Targets that are busy call by themselves. */
export const nextGrantDue = (ctx: Ctx, busy: readonly string[] = []): Promise<Instant | null> => nextWork(ctx.db, busy)
