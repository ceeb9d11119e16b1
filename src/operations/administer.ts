// Edits of the installation (D30): authority, edit, event and what follows for targets in one transaction. A refusal of somebody
// we know is recorded, and nothing else is written.

import type { Event } from '../domain/audit/event.ts'
import type { Fault } from '../domain/faults.ts'
import { type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { holdLock } from '../store/enabled.ts'
import { isTransient } from '../store/lane.ts'
import { faultOf, type Sql } from '../store/sql.ts'
import { authorizeInstallation } from './authorize.ts'
import { Refusal } from './carried-refusal.ts'
import type { Call, Ctx } from './context.ts'
import { recordOwn } from './own-notices.ts'

export interface Told {
  readonly subject: string
  readonly subjectId: string
  readonly action: string
  readonly principalId?: string | null
  readonly at?: { readonly plane: string; readonly scope: string; readonly role: string }
  readonly reason?: string | null
  readonly data?: Event['data']
}

/** A name that was cut may end in half a character, which no event can hold. */
const whole = (text: string): string => text.replace(/\0|\p{Cs}/gu, '\ufffd')

/** An event of an edit, or of its refusal. */
export const toldEvent = (ctx: Ctx, call: Call, now: Instant, kind: 'change' | 'refusal', told: Told): Event => ({
  id: ctx.ids(),
  at: now,
  kind,
  machine: null,
  from: null,
  to: null,
  subject: told.subject,
  subjectId: whole(told.subjectId),
  actorKind: call.actor.t,
  actorId: call.actor.t === 'system' ? null : call.actor.id,
  plane: told.at?.plane ?? null,
  scope: told.at?.scope ?? null,
  role: told.at?.role ?? null,
  principalId: told.principalId ?? null,
  level: null,
  action: told.action,
  requestId: null,
  correlationId: call.correlationId,
  reason: told.reason == null ? null : whole(told.reason),
  data: told.data ?? {},
})

export interface Edit<T> {
  readonly value: T
  /** Null: nothing was changed. */
  readonly told: Told | null
}

const TRIES = 5

/** Two edits that wait for each other, or one whose ground moved: whoever lost looks again. */
async function again<T>(work: () => Promise<T>, tries = 1): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (tries >= TRIES || !isTransient(error)) throw error
    return again(work, tries + 1)
  }
}

/**
 * Runs an edit. `conflicts` turns a constraint that refused the write into a fault; `lock` is held before anything is looked at;
 * `allowed` judges the caller in the same transaction, as an administrator of the installation unless it says otherwise.
 */
export async function administer<T>(
  ctx: Ctx,
  call: Call,
  about: Told,
  work: (tx: Sql, now: Instant) => Promise<Result<Edit<T>>>,
  conflicts: Readonly<Record<string, Fault>> = {},
  lock: string | null = null,
  allowed: (tx: Sql) => Promise<Result<unknown>> = (tx) => authorizeInstallation(ctx, call, tx),
): Promise<Result<T>> {
  try {
    const value = await again(() =>
      ctx.db.transaction(async (tx) => {
        if (lock !== null) await holdLock(tx, lock)
        const now = ctx.now()
        const judged = await allowed(tx)
        if (!judged.ok) throw new Refusal(judged.fault)
        const edit = await work(tx, now)
        if (!edit.ok) throw new Refusal(edit.fault)
        const { told } = edit.value
        if (told) await recordOwn(ctx, tx, toldEvent(ctx, call, now, 'change', told), null)
        return edit.value.value
      }),
    )
    ctx.wake?.()
    return { ok: true, value }
  } catch (error) {
    const fault = error instanceof Refusal ? error.fault : conflicts[faultOf(error)?.constraint ?? '']
    if (!fault) throw error
    const now = ctx.now()
    const refused = toldEvent(ctx, call, now, 'refusal', { ...about, reason: fault.words, data: { code: fault.code } })
    await ctx.db.transaction((tx) => record(tx, [refused], now))
    return refuse(fault)
  }
}
