// The write lane: items that arrive while a commit is under way are judged and written together. One statement locks, one
// loads the facts of all, the pure judgement looks at each, one statement writes all, one commit acknowledges all.
// INVARIANT: items whose locks meet never share a batch (D5), and nothing is answered before the commit returned.

import type { Change } from '../domain/change.ts'
import type { Facts, Settings } from '../domain/facts.ts'
import type { Instant } from '../domain/time.ts'
import { apply, StaleChange } from './apply.ts'
import { type FactsQuery, loadFacts } from './facts.ts'
import { type Db, faultOf, type Session, type Sql } from './sql.ts'

export interface Item<T> {
  readonly query: FactsQuery
  /** Names of what the judgement must hold still. */
  readonly locks: readonly string[]
  /** Judges the facts; what it returns as change is written. Called again when the batch has to be tried anew. */
  judge(facts: Facts): { readonly result: T; readonly change: Change | null }
  /** A constraint refused the write: turn it into a result, or null to let it be an error. */
  onConflict(constraint: string): T | null
}

export interface Lane {
  submit<T>(item: Item<T>): Promise<T>
  /** Resolves when nothing is waiting or under way. */
  idle(): Promise<void>
}

interface Waiting {
  item: Item<unknown>
  resolve(value: unknown): void
  reject(error: unknown): void
}

export interface LaneOptions {
  readonly now: () => Instant
  readonly settings: () => Settings
  /** Called after a commit that wrote something, to wake whoever works on it. */
  readonly onCommit?: () => void
  readonly lanes?: number
  readonly batch?: number
}

const LOCK = 'select pg_advisory_xact_lock(hashtextextended(k, 0)) from unnest($1::text[]) as k'
const TRIES = 5

/** Takes as many waiting items, in order of arrival, as share no lock with each other or with what is under way. */
function take(queue: Waiting[], busy: Set<string>, most: number): Waiting[] {
  const batch: Waiting[] = []
  const blocked = new Set(busy)
  const rest: Waiting[] = []
  for (const w of queue) {
    const free = batch.length < most && w.item.locks.every((k) => !blocked.has(k))
    if (free) batch.push(w)
    else rest.push(w)
    // A later item of the same lock must not overtake one that waits.
    for (const k of w.item.locks) blocked.add(k)
  }
  queue.splice(0, queue.length, ...rest)
  return batch
}

/** Errors after which the same work may well succeed: serialisation, deadlock, a row that moved on. */
export const isTransient = (error: unknown): boolean =>
  error instanceof StaleChange || ['40001', '40P01'].includes(faultOf(error)?.code ?? '')

export function openLane(db: Db, options: LaneOptions): Lane {
  const queue: Waiting[] = []
  const busy = new Set<string>()
  const most = options.batch ?? 96
  const lanes = options.lanes ?? 2
  let running = 0
  let woken = false
  let whenIdle: (() => void)[] = []

  async function once(session: Session, batch: readonly Waiting[]): Promise<(() => void)[]> {
    const now = options.now()
    return session.transaction(async (tx: Sql) => {
      // One order for all processes, so that two of them never wait for each other.
      const locks = [...new Set(batch.flatMap((w) => w.item.locks))].sort()
      const held = tx.query(LOCK, [locks], 'lock')
      const [facts] = await Promise.all([
        loadFacts(
          tx,
          batch.map((w) => w.item.query),
          options.settings(),
          now,
        ),
        held,
      ])
      const judged = batch.map((w, i) => w.item.judge(facts[i] as Facts))
      const changes = judged.flatMap((j) => (j.change ? [j.change] : []))
      await apply(tx, changes, now)
      return batch.map((w, i) => () => w.resolve(judged[i]?.result))
    })
  }

  /** A batch that fails is tried one by one; one that fails alone is refused, tried again, or an error. */
  async function run(session: Session, batch: readonly Waiting[], tries = 0): Promise<void> {
    try {
      const answers = await once(session, batch)
      options.onCommit?.()
      for (const answer of answers) answer()
    } catch (error) {
      if (batch.length > 1) {
        for (const w of batch) await run(session, [w])
        return
      }
      const [w] = batch
      const constraint = faultOf(error)?.constraint
      const refused = constraint ? w?.item.onConflict(constraint) : null
      if (refused !== null && refused !== undefined) w?.resolve(refused)
      else if (isTransient(error) && tries < TRIES) await run(session, batch, tries + 1)
      else w?.reject(error)
    }
  }

  function pump(): void {
    woken = false
    while (running < lanes && queue.length > 0) {
      const batch = take(queue, busy, most)
      if (batch.length === 0) return
      const locks = batch.flatMap((w) => w.item.locks)
      for (const k of locks) busy.add(k)
      running += 1
      db.session((session) => run(session, batch))
        .catch((error) => {
          for (const w of batch) w.reject(error)
        })
        .finally(() => {
          for (const k of locks) busy.delete(k)
          running -= 1
          if (queue.length > 0) pump()
          else if (running === 0) {
            for (const done of whenIdle) done()
            whenIdle = []
          }
        })
    }
  }

  return {
    submit<T>(item: Item<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        queue.push({ item: item as Item<unknown>, resolve: resolve as (v: unknown) => void, reject })
        // What arrives in the same turn of the loop travels together.
        if (!woken) setImmediate(pump)
        woken = true
      })
    },
    idle: () => (running === 0 && queue.length === 0 ? Promise.resolve() : new Promise((done) => whenIdle.push(done))),
  }
}
