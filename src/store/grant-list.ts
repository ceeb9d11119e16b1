// Grants, targets and what was found there, as people read them.

import type { Health } from '../domain/provisioning/connector.ts'
import type { GrantState } from '../domain/provisioning/grant.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface ListedGrant {
  readonly id: string
  readonly targetId: string
  readonly target: string
  readonly kind: string
  readonly entitlement: string
  readonly account: string | null
  readonly principalId: string
  readonly principal: string
  readonly state: GrantState
  readonly generation: number
  /** Null: permanent, or not wanted. */
  readonly notAfter: Instant | null
  readonly desiredSince: Instant
  readonly observed: 'unknown' | 'present' | 'absent'
  readonly observedAt: Instant | null
  readonly attempts: number
  readonly nextAt: Instant | null
  /** Why it is not as wanted; null when it is, or nothing is known yet. */
  readonly reason: string | null
  readonly requestId: string | null
}

export interface GrantFilter {
  readonly principalId: string | null
  readonly targetId: string | null
  readonly requestId: string | null
}

const GRANTS = `
select g.id, g.target_id as "targetId", t.name as target, t.kind, e.name as entitlement, a.name as account,
  g.principal_id as "principalId", p.display_name as principal, g.state, g.generation, g.not_after as "notAfter",
  g.desired_since as "desiredSince", g.observed, g.observed_at as "observedAt", g.attempts, g.next_at as "nextAt",
  coalesce(g.last_error, e.trouble, a.trouble) as reason, g.request_id as "requestId"
from grants g join targets t on t.id = g.target_id join entitlements e on e.id = g.entitlement_id
join principals p on p.id = g.principal_id left join accounts a on a.id = g.account_id
where ($1::uuid is null or g.principal_id = $1) and ($2::uuid is null or g.target_id = $2) and ($3::uuid is null or g.request_id = $3)
  and ($4::uuid is null or g.id > $4)
order by g.id limit $5`

export const selectGrants = (db: Sql, f: GrantFilter, after: string | null, limit: number): Promise<readonly ListedGrant[]> =>
  db.query(GRANTS, [f.principalId, f.targetId, f.requestId, after, limit])

export interface ListedTarget {
  readonly id: string
  readonly name: string
  readonly kind: string
  readonly enabled: boolean
  readonly objectiveMs: number
  readonly health: Health | null
  readonly checkedAt: Instant | null
  readonly grants: Readonly<Partial<Record<GrantState, number>>>
  readonly findings: number
  /** Of the last thousand ends: from the end to the proven refusal, in milliseconds. */
  readonly expiry: {
    readonly count: number
    readonly p50: number
    readonly p95: number
    readonly max: number
    readonly late: number
  } | null
}

const TARGETS = `
select t.id, t.name, t.kind, t.enabled, t.objective_ms as "objectiveMs", t.health, t.checked_at as "checkedAt",
  (select coalesce(jsonb_object_agg(state, n), '{}') from (select state, count(*) as n from grants where target_id = t.id group by state) s) as grants,
  (select count(*) from drift_findings f where f.target_id = t.id and f.resolved_at is null) as findings,
  (select case when count(*) > 0 then jsonb_build_object('count', count(*), 'p50', percentile_disc(0.5) within group (order by ms),
     'p95', percentile_disc(0.95) within group (order by ms), 'max', max(ms), 'late', count(*) filter (where ms > t.objective_ms)) end
   from (select (extract(epoch from proven_at - ended_at) * 1000)::bigint as ms from target_expiry where target_id = t.id
     order by proven_at desc limit 1000) x) as expiry
from targets t order by t.name`

export const selectTargetStates = (db: Sql): Promise<readonly ListedTarget[]> => db.query(TARGETS)

export interface FindingRow {
  readonly id: string
  readonly targetId: string
  readonly entitlementId: string | null
  readonly kind: 'unknown' | 'returned' | 'missing' | 'brake' | 'health'
  /** The account at the target, or the code of what is wrong with it. */
  readonly subject: string
  readonly name: string
  readonly words: string
  readonly foundAt: Instant
  readonly resolvedAt: Instant | null
}

const FINDING = `f.id, f.target_id as "targetId", f.entitlement_id as "entitlementId", f.kind, f.subject, f.name, f.words,
  f.found_at as "foundAt", f.resolved_at as "resolvedAt"`

export const selectFindings = (db: Sql, targetId: string, open: boolean): Promise<readonly FindingRow[]> =>
  db.query(
    `select ${FINDING} from drift_findings f where f.target_id = $1 and (not $2 or f.resolved_at is null) order by f.found_at desc, f.id limit 500`,
    [targetId, open],
  )

export type NewFinding = Omit<FindingRow, 'foundAt' | 'resolvedAt'>

/** Adds what is new among these, renews what was known; answers what is new. */
export const addFindings = (tx: Sql, found: readonly NewFinding[], now: Instant): Promise<readonly FindingRow[]> =>
  tx.query(
    `with given as (
       select * from jsonb_to_recordset($1::jsonb) as f(id uuid, "targetId" uuid, "entitlementId" uuid, kind text, subject text, name text, words text)
     ),
     known as (
       update drift_findings f set seen_at = $2, words = g.words from given g
       where f.resolved_at is null and f.target_id = g."targetId" and f.kind = g.kind and f.subject = g.subject
         and f.entitlement_id is not distinct from g."entitlementId" returning g.id
     )
     insert into drift_findings as f (id, target_id, entitlement_id, kind, subject, name, words, found_at, seen_at)
     select id, "targetId", "entitlementId", kind, subject, name, words, $2, $2 from given where id not in (select id from known)
     returning ${FINDING}`,
    [JSON.stringify(found), formatInstant(now)],
  )

/** Closes what a whole look no longer found. */
export const resolveFindings = async (
  tx: Sql,
  targetId: string,
  entitlementId: string | null,
  kinds: readonly string[],
  now: Instant,
): Promise<void> => {
  await tx.query(
    `update drift_findings set resolved_at = $4 where target_id = $1 and entitlement_id is not distinct from $2 and kind = any($3::text[])
       and resolved_at is null and seen_at < $4`,
    [targetId, entitlementId, kinds, formatInstant(now)],
  )
}
