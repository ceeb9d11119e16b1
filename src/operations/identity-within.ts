// One transaction of a source, for whoever pushes and for whoever reads: the source is looked at in it, a refusal rolls it back and
// leaves an event, a name that was taken meanwhile is a conflict, and whoever lost a race looks again.

import { type Fault, fault } from '../domain/faults.ts'
import type { Source } from '../domain/identity/source.ts'
import { type Result, refuse } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { selectSource } from '../store/identity-sources.ts'
import { isTransient } from '../store/lane.ts'
import { faultOf, type Sql } from '../store/sql.ts'
import { type Told, toldEvent } from './administer.ts'
import { Refusal } from './carried-refusal.ts'
import type { Call, Ctx } from './context.ts'
import type { Run } from './identity-run.ts'

const TRIES = 5

const TAKEN: Readonly<Record<string, string>> = {
  principals_upn_is_unique: 'userName',
  principal_names_pkey: 'userName',
  identity_links_user_name: 'userName',
  identity_links_pkey: 'externalId',
  identity_links_one_keeper: 'userName',
}

/** Somebody came between: the same work may well succeed now. */
const passing = (error: unknown): boolean => isTransient(error) || faultOf(error)?.constraint === 'schedules_one_window_per_source'

export interface Within {
  /** The source as it stands in this transaction, or null if it may no longer write. */
  readonly hold: (tx: Sql) => Promise<Source | null>
  readonly call: Call
  readonly pushed: boolean
  /** What a refusal is an event of; null where refusals are told otherwise. */
  readonly about: Told | null
}

/** What a source of this id may write: it is there and enabled. */
export const holdById = (id: string) => async (tx: Sql) => {
  const source = await selectSource(tx, id, '')
  return source?.enabled ? source : null
}

/** Runs one transaction of a source. Faults: `InvalidSourceToken`, `IdentityConflict`, and those of the work. */
export async function withinSource<T>(ctx: Ctx, how: Within, work: (run: Run) => Promise<Result<T>>, tries = 1): Promise<Result<T>> {
  let name = ''
  let touched = false
  const follow = () => {
    touched = true
  }
  try {
    const value = await ctx.db.transaction(async (tx) => {
      const now = ctx.now()
      const source = await how.hold(tx)
      if (!source) throw new Refusal(fault('InvalidSourceToken'))
      name = source.name
      const done = await work({ ctx, tx, now, source, call: how.call, pushed: how.pushed, follow })
      if (!done.ok) throw new Refusal(done.fault)
      return done.value
    })
    // Whoever only came in, or changed their title, is nothing to targets.
    if (touched) ctx.wake?.()
    return { ok: true, value }
  } catch (error) {
    if (tries < TRIES && passing(error)) return withinSource(ctx, how, work, tries + 1)
    const property = TAKEN[faultOf(error)?.constraint ?? '']
    const refused = error instanceof Refusal ? error.fault : property === undefined ? null : fault('IdentityConflict', { name: property })
    if (!refused) throw error
    await told(ctx, how, name, refused)
    return refuse(refused)
  }
}

// Of whom it was refused to, not what was malformed: nobody fills the log with nonsense.
const RECORDED: ReadonlySet<string> = new Set(['IdentityConflict', 'IdentityNotKept', 'CannotRemoveLastActiveAdministrator'])

async function told(ctx: Ctx, { about, call }: Within, source: string, f: Fault): Promise<void> {
  if (about === null || !RECORDED.has(f.code)) return
  const now = ctx.now()
  const data = { code: f.code, identitySource: source }
  const event = toldEvent(ctx, call, now, 'refusal', { ...about, reason: f.words, data })
  await ctx.db.transaction((tx) => record(tx, [event], now))
}
