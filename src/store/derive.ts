// What is desired, from the schedules and the clock, for everything a person may hold at targets. The one place that makes grant
// rows and moves their desire. INVARIANT: one at a time for each person, and every look comes after the lock.

import { claimsOf, membershipsOf } from '../domain/access/claims.ts'
import type { Edge } from '../domain/access/groups.ts'
import { grantEvent } from '../domain/provisioning/events.ts'
import { coverage, derive, desiredOf } from '../domain/provisioning/grant.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { CLAIMS, HOLDERS, MEMBERS } from './claims-sql.ts'
import { derivedId } from './derived-id.ts'
import { type GrantRow, type GrantWrite, grantColumns, grantOf, writeGrants } from './grant-rows.ts'
import type { Sql } from './sql.ts'

/** What the events of a derivation are joined to. */
export interface Cause {
  readonly requestId: string | null
  readonly correlationId: string
}

interface Claim {
  readonly entitlement: string
  readonly target: string
  readonly schedule: ScheduleFact
}

interface Claims {
  readonly edges: readonly Edge[]
  readonly claims: readonly Claim[]
  readonly accounts: readonly { readonly id: string; readonly target: string }[]
}

const LOCK = `select pg_advisory_xact_lock(hashtextextended('grants|' || k, 0)) from unnest($1::text[]) as k`
const ROWS = `select ${grantColumns('g')} from grants g where g.principal_id = any($1::uuid[]) order by g.id for update`
const CHUNK = 200

/** Their rows and claims, locked first: three statements sent as one, each with a look of its own. */
async function load(tx: Sql, people: readonly string[], now: Instant) {
  const at = formatInstant(now)
  const [, rows, found] = await Promise.all([
    tx.query(LOCK, [people], 'grants-lock'),
    tx.query<GrantRow>(ROWS, [people], 'grants-of'),
    tx.query<{ kind: string; person: string; data: unknown }>(CLAIMS, [people, at], 'grants-claims'),
  ])
  return people.map((person) => {
    const of = <T>(kind: string) => found.filter((f) => f.person === person && f.kind === kind).map((f) => f.data as T)
    const claims: Claims = { edges: of('edge'), claims: of('claim'), accounts: of('account') }
    return { person, rows: rows.filter((r) => r.principalId === person), ...claims }
  })
}

type Loaded = Awaited<ReturnType<typeof load>>[number]

function fresh(person: string, entitlementId: string, targetId: string, now: Instant, cause: Cause): GrantRow {
  const unknown = { observed: 'unknown', observedAt: null, observedGeneration: null, baseline: 'unknown' } as const
  const idle = { attempts: 0, nextAt: now, leaseBy: null, leaseUntil: null, token: null, lastError: null, owed: null }
  return {
    // INVARIANT: named by what it is, so two makers make the same one.
    id: derivedId('grant', entitlementId, person),
    targetId,
    entitlementId,
    principalId: person,
    accountId: null,
    state: 'Granting',
    generation: 1,
    notAfter: null,
    desiredSince: now,
    deriveAt: null,
    ...unknown,
    ...idle,
    ...cause,
  }
}

function writesOf({ person, rows, edges, claims, accounts }: Loaded, now: Instant, cause: Cause): readonly GrantWrite[] {
  const memberships = membershipsOf(person, edges)
  const targets = new Map([
    ...claims.map((c) => [c.entitlement, c.target] as const),
    ...rows.map((r) => [r.entitlementId, r.targetId] as const),
  ])
  return [...targets].flatMap(([entitlement, target]): GrantWrite[] => {
    const was = rows.find((r) => r.entitlementId === entitlement) ?? null
    const schedules = claims.filter((c) => c.entitlement === entitlement).map((c) => c.schedule)
    const want = coverage(claimsOf(person, schedules, memberships), now)
    const accountId = accounts.find((a) => a.target === target)?.id ?? null
    if (!was) {
      if (want.desired === 'absent') return []
      const row = { ...fresh(person, entitlement, target, now, cause), accountId, notAfter: want.notAfter, deriveAt: want.changesAt }
      const move = { from: 'None', to: row.state, name: 'AccessDue', words: null } as const
      return [{ was, row, event: grantEvent(derivedId('event', row.id, row.generation), now, row, move) }]
    }
    const moved = derive(grantOf(was), want, now)
    const bound = was.accountId === null && accountId !== null ? { accountId, nextAt: now } : null
    if (!moved) {
      if (!bound && was.deriveAt === want.changesAt) return []
      return [{ was, row: { ...was, deriveAt: want.changesAt, ...bound }, event: null }]
    }
    // Whoever works on the former desire is too late: the fence turns them away, and their answer will be dropped.
    const row = { ...was, ...moved, ...bound, leaseBy: null, leaseUntil: null, lastError: null, deriveAt: want.changesAt, ...cause }
    // What the clock ends belongs to the records of the request that brought it.
    if (desiredOf(row) === 'absent') row.requestId ??= was.requestId
    const name = desiredOf(row) === 'present' ? 'AccessDue' : 'RevocationDue'
    const move = { from: was.state, to: row.state, name, words: null }
    const event = row.state === was.state ? null : grantEvent(derivedId('event', row.id, row.generation), now, row, move)
    return [{ was, row, event }]
  })
}

/**
 * Derives the grants of these people anew; the number of rows that changed. `owe`: the log takes no events, so only what ends access
 * is written, and its events are kept with the rows (D22).
 */
export async function deriveGrants(
  tx: Sql,
  people: readonly string[],
  now: Instant,
  causeOf: (person: string) => Cause,
  owe = false,
): Promise<number> {
  const sorted = [...new Set(people)].sort()
  let count = 0
  for (let i = 0; i < sorted.length; i += CHUNK) {
    const loaded = await load(tx, sorted.slice(i, i + CHUNK), now)
    const all = loaded.flatMap((l) => writesOf(l, now, causeOf(l.person)))
    const writes = owe ? all.filter((w) => desiredOf(w.row) === 'absent') : all
    await writeGrants(tx, writes, owe)
    count += writes.length
  }
  return count
}

/** People who are, or will be, members of these principals, themselves included. */
export const membersOf = async (tx: Sql, principals: readonly string[], now: Instant): Promise<readonly string[]> =>
  (await tx.query<{ id: string }>(MEMBERS, [principals, formatInstant(now)], 'grants-members')).map((r) => r.id)

/** People whom these entitlements concern: by their bindings now, or by a row made before. */
export async function concernedBy(tx: Sql, entitlements: readonly string[], now: Instant): Promise<readonly string[]> {
  const holders = await tx.query<{ id: string }>(HOLDERS, [entitlements, formatInstant(now)], 'grants-holders')
  const rows = await tx.query<{ id: string }>(
    'select distinct principal_id as id from grants where entitlement_id = any($1::uuid[])',
    [entitlements],
    'grants-held',
  )
  const below = await membersOf(
    tx,
    holders.map((h) => h.id),
    now,
  )
  return [...new Set([...below, ...rows.map((r) => r.id)])]
}
