// Grant rows as the ledger's statements read and write them. Whole rows: whoever writes one holds its lock.

import type { Event } from '../domain/audit/event.ts'
import type { Baseline } from '../domain/provisioning/connector.ts'
import { type Desired, desiredOf, type Grant, type GrantState } from '../domain/provisioning/grant.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { addEvents, eventRow } from './event-row.ts'
import type { Sql } from './sql.ts'

/** A grant row was not in the state it was read in: somebody else came first. */
class StaleGrant extends Error {
  constructor() {
    super('a grant changed after it was read')
  }
}

export interface GrantRow {
  readonly id: string
  readonly targetId: string
  readonly entitlementId: string
  readonly principalId: string
  /** Null: no account is bound, so nothing can be granted. */
  readonly accountId: string | null
  readonly state: GrantState
  readonly generation: number
  /** Null is permanent, or nothing desired. */
  readonly notAfter: Instant | null
  readonly desiredSince: Instant
  readonly deriveAt: Instant | null
  readonly observed: 'unknown' | Desired
  readonly observedAt: Instant | null
  readonly observedGeneration: number | null
  readonly baseline: Baseline
  readonly attempts: number
  readonly nextAt: Instant | null
  readonly leaseBy: string | null
  readonly leaseUntil: Instant | null
  readonly token: string | null
  readonly lastError: string | null
  readonly requestId: string | null
  readonly correlationId: string
  /** Events that could not be written yet (D22), oldest first. */
  readonly owed: readonly Event[] | null
}

/** The columns of a GrantRow, from an alias. */
export const grantColumns = (g: string): string => `${g}.id, ${g}.target_id as "targetId", ${g}.entitlement_id as "entitlementId",
  ${g}.principal_id as "principalId", ${g}.account_id as "accountId", ${g}.state, ${g}.generation, ${g}.not_after as "notAfter",
  ${g}.desired_since as "desiredSince", ${g}.derive_at as "deriveAt", ${g}.observed, ${g}.observed_at as "observedAt",
  ${g}.observed_generation as "observedGeneration", ${g}.baseline, ${g}.attempts, ${g}.next_at as "nextAt", ${g}.lease_by as "leaseBy",
  ${g}.lease_until as "leaseUntil", ${g}.token, ${g}.last_error as "lastError", ${g}.request_id as "requestId",
  ${g}.correlation_id as "correlationId", ${g}.owed`

const NOWHERE = { id: '', name: '' }

/** The row as the ledger's judgements see it. */
export const grantOf = (row: GrantRow, entitlement = NOWHERE, account = NOWHERE): Grant => ({ ...row, entitlement, account })

const iso = (at: Instant | null): string | null => (at === null ? null : formatInstant(at))

const toJson = (r: GrantRow) => ({
  id: r.id,
  target_id: r.targetId,
  entitlement_id: r.entitlementId,
  principal_id: r.principalId,
  account_id: r.accountId,
  state: r.state,
  generation: r.generation,
  not_after: desiredOf(r) === 'present' ? (iso(r.notAfter) ?? 'infinity') : null,
  desired_since: iso(r.desiredSince),
  derive_at: iso(r.deriveAt),
  observed: r.observed,
  observed_at: iso(r.observedAt),
  observed_generation: r.observedGeneration,
  baseline: r.baseline,
  attempts: r.attempts,
  next_at: iso(r.nextAt),
  lease_by: r.leaseBy,
  lease_until: iso(r.leaseUntil),
  token: r.token,
  last_error: r.lastError,
  request_id: r.requestId,
  correlation_id: r.correlationId,
  owed: r.owed,
})

// biome-ignore format: columns and types, as one list
const COLUMNS = [
  ['id', 'uuid'], ['target_id', 'uuid'], ['entitlement_id', 'uuid'], ['principal_id', 'uuid'], ['account_id', 'uuid'], ['state', 'text'],
  ['generation', 'bigint'], ['not_after', 'timestamptz'], ['desired_since', 'timestamptz'], ['derive_at', 'timestamptz'],
  ['observed', 'text'], ['observed_at', 'timestamptz'], ['observed_generation', 'bigint'], ['baseline', 'text'], ['attempts', 'int'],
  ['next_at', 'timestamptz'], ['lease_by', 'text'], ['lease_until', 'timestamptz'], ['token', 'text'], ['last_error', 'text'],
  ['request_id', 'uuid'], ['correlation_id', 'uuid'], ['owed', 'jsonb'],
] as const

const NAMES = COLUMNS.map(([name]) => name)
const TYPED = COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')

// INVARIANT: a row is changed only from the state and generation it was read in.
const WRITE = `
with added as (
  insert into grants (${NAMES.join(', ')}) select ${NAMES.join(', ')} from jsonb_to_recordset($1::jsonb) as r(${TYPED}) returning 1
),
moved as (
  update grants g set ${NAMES.filter((n) => n !== 'id')
    .map((n) => `${n} = r.${n}`)
    .join(', ')}
  from jsonb_to_recordset($2::jsonb) as r(${TYPED}, was_state text, was_generation bigint)
  where g.id = r.id and g.state = r.was_state and g.generation = r.was_generation
  returning 1
),
told as (${addEvents('$3')}
)
select (select count(*) from added)::int + (select count(*) from moved)::int as rows`

export interface GrantWrite {
  /** As it was read under lock; null adds a row. */
  readonly was: GrantRow | null
  readonly row: GrantRow
  readonly event: Event | null
}

/**
 * Writes rows, each with its event. `owe` keeps the events in the rows, to be written when the log takes them again; a row that owes
 * goes on owing, so that its events stay in order.
 */
export async function writeGrants(tx: Sql, writes: readonly GrantWrite[], owe = false): Promise<void> {
  if (writes.length === 0) return
  const owes = (w: GrantWrite) => w.event !== null && (owe || w.row.owed !== null)
  const rowOf = (w: GrantWrite) => toJson(owes(w) ? { ...w.row, owed: [...(w.row.owed ?? []), w.event as Event] } : w.row)
  const added = writes.filter((w) => w.was === null).map(rowOf)
  const moved = writes.flatMap((w) => (w.was ? [{ ...rowOf(w), was_state: w.was.state, was_generation: w.was.generation }] : []))
  const events = writes.flatMap((w) => (w.event && !owes(w) ? [eventRow(w.event)] : []))
  const [answer] = await tx.query<{ rows: number }>(
    WRITE,
    [added, moved, events].map((v) => JSON.stringify(v)),
    'grants-write',
  )
  if (answer?.rows !== writes.length) throw new StaleGrant()
}
