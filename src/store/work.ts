// Work at targets: claimed row by row in autocommitted statements, recorded in a transaction of its own. A lease lapses by itself,
// and ends at once when the worker that holds it is gone.

import { setTimeout as sleep } from 'node:timers/promises'
import { formatInstant, type Instant } from '../domain/time.ts'
import { type GrantRow, grantColumns } from './grant-rows.ts'
import type { Db, Sql } from './sql.ts'

const ABSENT = `('Revoking', 'Revoked', 'RevokeBlocked', 'RevokeOverdue')`
const PRESENT = `('Granting', 'Granted', 'GrantBlocked')`

/** One claimed row, with the names it has at the target. */
export interface ClaimedRow extends GrantRow {
  readonly leaseBy: string
  readonly entitlement: { readonly externalId: string | null; readonly name: string }
  readonly account: { readonly externalId: string | null; readonly name: string } | null
}

const NAMED = `${grantColumns('g')},
  jsonb_build_object('externalId', e.external_id, 'name', e.name) as entitlement,
  case when a.id is not null then jsonb_build_object('externalId', a.external_id, 'name', a.name) end as account`

// Revocations first. While the log takes no events nothing is granted (D22).
const CLAIM = `
with ending as (
  select id from grants where target_id = $1 and next_at <= $2 and lease_by is null and state in ${ABSENT}
  order by next_at limit $5 for update skip locked
),
beginning as (
  select id from grants where target_id = $1 and next_at <= $2 and lease_by is null and state in ${PRESENT}
    and not exists (select from grants where owed is not null)
  order by next_at limit greatest(0, $5 - (select count(*) from ending)) for update skip locked
),
claimed as (
  update grants g set lease_by = $3, lease_until = $4
  from (select id from ending union all select id from beginning) due where g.id = due.id
  returning g.*
)
select ${NAMED}
from claimed g join entitlements e on e.id = g.entitlement_id left join accounts a on a.id = g.account_id
order by g.state in ${PRESENT}, g.next_at`

/** Takes work at a target. `lease` is unique to this claim and begins with the worker's id and a slash. */
export const claimGrants = (db: Sql, targetId: string, now: Instant, lease: string, until: Instant, limit: number) =>
  db.query<ClaimedRow>(CLAIM, [targetId, formatInstant(now), lease, formatInstant(until), limit], 'work-claim')

const GONE = `not exists (
  select from pg_locks l where l.locktype = 'advisory' and l.objsubid = 1 and l.granted
    and l.database = (select oid from pg_database where datname = current_database())
    and ((l.classid::bigint << 32) | l.objid::bigint) = hashtextextended(split_part(g.lease_by, '/', 1), 0))`

/** Ends leases that lapsed, and those of workers that are gone. */
export const freeLeases = async (db: Sql, now: Instant): Promise<number> =>
  (
    await db.query(
      `update grants g set lease_by = null, lease_until = null where lease_by is not null and (lease_until <= $1 or ${GONE}) returning 1`,
      [formatInstant(now)],
      'work-free',
    )
  ).length

/** A row under lock; null when it is gone. */
export const lockGrant = async (tx: Sql, id: string): Promise<GrantRow | null> =>
  (await tx.query<GrantRow>(`select ${grantColumns('g')} from grants g where g.id = $1 for update`, [id], 'grant-lock'))[0] ?? null

/** Is the claim still good: nobody took it over, and nothing else is desired? */
export const stillClaimed = async (db: Sql, row: Pick<ClaimedRow, 'id' | 'leaseBy' | 'generation'>): Promise<boolean> =>
  (
    await db.query(
      'select from grants where id = $1 and lease_by = $2 and generation = $3',
      [row.id, row.leaseBy, row.generation],
      'work-ours',
    )
  ).length === 1

/** Gives a claim back untouched; it is due again at once. */
export const releaseGrant = async (db: Sql, row: Pick<ClaimedRow, 'id' | 'leaseBy'>): Promise<void> => {
  await db.query(
    'update grants set lease_by = null, lease_until = null where id = $1 and lease_by = $2',
    [row.id, row.leaseBy],
    'work-release',
  )
}

/** What was there before us: written once, before the first effect. */
export const writeBaseline = async (db: Sql, id: string, baseline: string): Promise<void> => {
  await db.query(`update grants set baseline = $2 where id = $1 and baseline = 'unknown'`, [id, baseline], 'work-baseline')
}

/** Revocations not proven by the objective of their target, under lock. */
export const takeOverdue = (tx: Sql, now: Instant, limit: number) =>
  tx.query<GrantRow>(
    `select ${grantColumns('g')} from grants g join targets t on t.id = g.target_id
     where g.state in ('Revoking', 'RevokeBlocked') and g.desired_since <= $1::timestamptz - t.objective_ms * interval '1 millisecond'
     order by g.desired_since limit $2 for update of g skip locked`,
    [formatInstant(now), limit],
    'work-overdue',
  )

/** People with a row whose desire may have changed by the clock. */
export const peopleDue = async (db: Sql, now: Instant, limit: number): Promise<readonly string[]> =>
  (
    await db.query<{ id: string }>(
      'select distinct principal_id as id from (select principal_id from grants where derive_at <= $1 order by derive_at limit $2) due',
      [formatInstant(now), limit],
      'work-derive',
    )
  ).map((r) => r.id)

export interface Touched {
  readonly principalId: string
  readonly requestId: string | null
  readonly correlationId: string
}

const HOLDINGS = (take: string) => `
with due as (
  select id from outbox where topic = 'holding' and due_at <= $1 order by due_at limit $2 for update skip locked
),
taken as (
  ${take}
)
select distinct on (e.principal_id) e.principal_id as "principalId", e.request_id as "requestId", e.correlation_id as "correlationId"
from taken join events e on e.id = taken.event_id
where e.principal_id is not null
order by e.principal_id, e.position desc`

const TAKE = HOLDINGS('delete from outbox o using due where o.id = due.id returning o.event_id')
const PEEK = HOLDINGS('select o.event_id from outbox o join due on o.id = due.id')

/** Takes what was posted about holdings: whose, and why. `keep` only looks. */
export const takeHoldings = (tx: Sql, now: Instant, limit: number, keep: boolean) =>
  tx.query<Touched>(keep ? PEEK : TAKE, [formatInstant(now), limit], keep ? 'work-holdings-look' : 'work-holdings')

/** Rows that owe events, under lock. */
export const takeOwing = (tx: Sql, limit: number) =>
  tx.query<GrantRow>(
    `select ${grantColumns('g')} from grants g where g.owed is not null order by g.id limit $1 for update skip locked`,
    [limit],
    'work-owing',
  )

export const clearOwed = async (tx: Sql, ids: readonly string[]): Promise<void> => {
  await tx.query('update grants set owed = null where id = any($1::uuid[])', [ids], 'work-paid')
}

/** Pulls forward what waits for its next try: the target is back. */
export const hurryRevocations = async (db: Sql, targetId: string, now: Instant): Promise<void> => {
  await db.query(
    `update grants set next_at = $2 where target_id = $1 and next_at > $2 and lease_by is null and attempts > 0
       and state in ('Revoking', 'RevokeBlocked', 'RevokeOverdue')`,
    [targetId, formatInstant(now)],
    'work-hurry',
  )
}

/** Makes rows due for a look: something about them was seen at the target. */
export const hurryGrants = async (db: Sql, ids: readonly string[], now: Instant): Promise<void> => {
  await db.query('update grants set next_at = $2 where id = any($1::uuid[])', [ids, formatInstant(now)], 'work-look')
}

export interface Expiry {
  readonly targetId: string
  readonly grantId: string
  readonly generation: number
  readonly endedAt: Instant
  readonly provenAt: Instant
}

export const addExpiry = async (tx: Sql, e: Expiry): Promise<void> => {
  await tx.query(
    `insert into target_expiry (target_id, grant_id, generation, ended_at, proven_at) values ($1, $2, $3, $4, $5)
     on conflict on constraint target_expiry_once do nothing`,
    [e.targetId, e.grantId, e.generation, formatInstant(e.endedAt), formatInstant(e.provenAt)],
    'work-expiry',
  )
}

const NEXT = `
select min(at) as at from (
  select w.next_at as at from targets t
  cross join lateral (
    (select next_at from grants where target_id = t.id and state in ${ABSENT} and next_at is not null and lease_by is null order by next_at limit 1)
    union all
    (select next_at from grants where target_id = t.id and state in ${PRESENT} and next_at is not null and lease_by is null
       and not exists (select from grants where owed is not null) order by next_at limit 1)
  ) w where t.enabled and t.id <> all($1::uuid[])
  union all (select lease_until from grants where lease_by is not null order by lease_until limit 1)
  union all (select derive_at from grants where derive_at is not null order by derive_at limit 1)
  union all (select due_at from outbox where topic = 'holding' order by due_at limit 1)
  union all (select g.desired_since + t.objective_ms * interval '1 millisecond' from grants g join targets t on t.id = g.target_id
    where g.state in ('Revoking', 'RevokeBlocked') order by 1 limit 1)
) due`

/** The earliest instant at which the ledger has something to do, leaving out targets that are busy; or null. */
export const nextWork = async (db: Sql, busy: readonly string[]): Promise<Instant | null> =>
  (await db.query<{ at: Instant | null }>(NEXT, [busy], 'work-next'))[0]?.at ?? null

export interface Presence {
  /** Is it known to the database that this worker lives? Without that nothing may be claimed: others would end the leases. */
  here(): boolean
  close(): Promise<void>
}

const PULSE_MS = 1_000

/** Holds a lock for as long as the process lives, on a connection of its own, so that its leases end with it. */
export function openPresence(db: Db, worker: string, onError: (error: unknown) => void): Presence {
  const closing = new AbortController()
  let here = false
  const pause = (ms: number) => sleep(ms, undefined, { signal: closing.signal, ref: false }).catch(() => {})
  const hold = () =>
    db.session(async (session) => {
      await session.query('select pg_advisory_lock(hashtextextended($1, 0))', [worker])
      here = true
      try {
        while (!closing.signal.aborted) {
          await pause(PULSE_MS)
          await session.query('select 1')
        }
        await session.query('select pg_advisory_unlock(hashtextextended($1, 0))', [worker])
      } finally {
        here = false
      }
    })
  const running = (async () => {
    while (!closing.signal.aborted) {
      await hold().catch(async (error) => {
        if (closing.signal.aborted) return
        onError(error)
        await pause(200)
      })
    }
  })()
  return {
    here: () => here,
    close() {
      closing.abort()
      return running
    },
  }
}
