// Targets, what can be held there, accounts and bindings, as rows.

import type { Privilege } from '../domain/privilege.ts'
import type { Health } from '../domain/provisioning/connector.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface TargetRow {
  readonly id: string
  readonly name: string
  readonly kind: string
  /** Names secrets, never holds them (D31). */
  readonly config: Readonly<Record<string, unknown>>
  readonly enabled: boolean
  readonly recheckMs: number
  readonly drift: 'report' | 'remove'
  readonly exclusive: boolean
  readonly objectiveMs: number
}

const TARGET = `t.id, t.name, t.kind, t.config, t.enabled, t.recheck_ms as "recheckMs", t.drift, t.exclusive, t.objective_ms as "objectiveMs"`

export const addTarget = async (tx: Sql, t: TargetRow, now: Instant): Promise<void> => {
  await tx.query(
    `insert into targets (id, name, kind, config, enabled, recheck_ms, drift, exclusive, objective_ms, observe_at, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)`,
    [t.id, t.name, t.kind, t.config, t.enabled, t.recheckMs, t.drift, t.exclusive, t.objectiveMs, formatInstant(now)],
  )
}

export const changeTarget = async (tx: Sql, t: TargetRow, now: Instant): Promise<void> => {
  await tx.query(
    `update targets set config = $2, enabled = $3, recheck_ms = $4, drift = $5, exclusive = $6, objective_ms = $7, observe_at = $8 where id = $1`,
    [t.id, t.config, t.enabled, t.recheckMs, t.drift, t.exclusive, t.objectiveMs, formatInstant(now)],
  )
}

/** A target by its name, under lock. */
export const lockTarget = async (tx: Sql, name: string): Promise<TargetRow | null> =>
  (await tx.query<TargetRow>(`select ${TARGET} from targets t where t.name = $1 for update`, [name]))[0] ?? null

const DUE = `
select ${TARGET} from targets t
where t.enabled and t.id <> all($2::uuid[])
  and exists (select from grants g where g.target_id = t.id and g.next_at <= $1 and g.lease_by is null)`

/** Targets with something to do, those left out excepted. */
export const targetsDue = (db: Sql, now: Instant, busy: readonly string[]) =>
  db.query<TargetRow>(DUE, [formatInstant(now), busy], 'targets-due')

const OBSERVE = `
update targets t set observe_at = $1::timestamptz + recheck_ms * interval '1 millisecond'
where id = (select id from targets where enabled and observe_at <= $1 order by observe_at limit 1 for update skip locked)
returning ${TARGET}`

/** Takes a target whose holders are to be looked at. */
export const takeTargetToObserve = async (db: Sql, now: Instant): Promise<TargetRow | null> =>
  (await db.query<TargetRow>(OBSERVE, [formatInstant(now)], 'targets-observe'))[0] ?? null

export const nextObservation = async (db: Sql): Promise<Instant | null> =>
  (await db.query<{ at: Instant | null }>('select min(observe_at) as at from targets where enabled', [], 'targets-next'))[0]?.at ?? null

export const observeSoon = async (db: Sql, now: Instant): Promise<void> => {
  await db.query('update targets set observe_at = $1 where enabled and observe_at > $1', [formatInstant(now)])
}

export const writeHealth = async (db: Sql, id: string, health: Health, now: Instant): Promise<void> => {
  await db.query('update targets set health = $2, checked_at = $3 where id = $1', [id, JSON.stringify(health), formatInstant(now)])
}

export interface EntitlementRow {
  readonly id: string
  readonly targetId: string
  readonly externalId: string | null
  readonly name: string
}

export const selectEntitlements = (db: Sql, targetId: string) =>
  db.query<EntitlementRow>(
    `select id, target_id as "targetId", external_id as "externalId", name from entitlements where target_id = $1 order by name`,
    [targetId],
    'entitlements',
  )

/** The entitlement of this name, made if it is new. */
export const ensureEntitlement = async (tx: Sql, id: string, targetId: string, name: string): Promise<string> => {
  await tx.query('insert into entitlements (id, target_id, name) values ($1, $2, $3) on conflict (target_id, name) do nothing', [
    id,
    targetId,
    name,
  ])
  const [row] = await tx.query<{ id: string }>('select id from entitlements where target_id = $1 and name = $2', [targetId, name])
  return row?.id ?? id
}

export interface BindingRow extends Privilege {
  readonly id: string
  readonly entitlementId: string
}

export const addBinding = async (tx: Sql, b: BindingRow, now: Instant): Promise<void> => {
  await tx.query('insert into bindings (id, plane, scope, role, entitlement_id, created_at) values ($1, $2, $3, $4, $5, $6)', [
    b.id,
    b.plane,
    b.scope,
    b.role,
    b.entitlementId,
    formatInstant(now),
  ])
}

export const removeBinding = async (tx: Sql, id: string): Promise<BindingRow | null> =>
  (
    await tx.query<BindingRow>(`delete from bindings where id = $1 returning id, plane, scope, role, entitlement_id as "entitlementId"`, [
      id,
    ])
  )[0] ?? null

export interface ListedBinding extends BindingRow {
  readonly target: string
  readonly entitlement: string
}

export const selectBindings = (db: Sql): Promise<readonly ListedBinding[]> =>
  db.query(
    `select b.id, b.plane, b.scope, b.role, b.entitlement_id as "entitlementId", t.name as target, e.name as entitlement
     from bindings b join entitlements e on e.id = b.entitlement_id join targets t on t.id = e.target_id order by t.name, e.name, b.id`,
  )

export interface AccountRow {
  readonly id: string
  readonly targetId: string
  readonly principalId: string
  readonly externalId: string | null
  readonly name: string
}

export const addAccount = async (tx: Sql, a: AccountRow): Promise<void> => {
  await tx.query('insert into accounts (id, target_id, principal_id, name) values ($1, $2, $3, $4)', [
    a.id,
    a.targetId,
    a.principalId,
    a.name,
  ])
}

/** Stores the immutable id that a name was found under, once. */
export const writeResolved = async (db: Sql, what: 'entitlements' | 'accounts', id: string, externalId: string): Promise<void> => {
  await db.query(
    `update ${what} set external_id = $2, trouble = null where id = $1 and external_id is null`,
    [id, externalId],
    `resolved-${what}`,
  )
}

/** Stores why a name could not be found. */
export const writeTrouble = async (db: Sql, what: 'entitlements' | 'accounts', id: string, words: string): Promise<void> => {
  await db.query(`update ${what} set trouble = $2 where id = $1 and external_id is null`, [id, words], `trouble-${what}`)
}
