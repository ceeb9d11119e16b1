// The part of the scope tree that somebody could activate in: below a scope, covered by an eligibility in force now.

import type { Filter } from '../domain/filter.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import { standsFor } from './list-sql.ts'
import type { PolicyScope } from './policies.ts'
import type { Sql } from './sql.ts'

const COLUMNS: Columns = {
  resourcetype: { sql: 'c.kind', type: 'ci' },
  type: { sql: 'c.kind', type: 'ci' },
  name: { sql: 'c.display_name', type: 'ci' },
  id: { sql: 'c.id', type: 'ci' },
}

export interface ScopesQuery {
  /** Only below this scope. */
  readonly below: string
  /** Who is eligible there, itself or through groups. */
  readonly holder: string
  readonly filter: Filter | null
  readonly limit: number
  /** The scope after which to go on. */
  readonly after: string | null
}

/** Scopes in the order of their ids. Fault: `InvalidFilter`. */
export async function selectEligibleScopes(tx: Sql, q: ScopesQuery, now: Instant): Promise<Result<readonly PolicyScope[]>> {
  const params = new Params()
  const at = params.add(formatInstant(now), '::timestamptz')
  const holder = params.add(q.holder, '::uuid')
  const where = [
    `c.plane = 'resource' and c.deleted_at is null and c.ancestors @> array[${params.add(q.below, '::text')}]`,
    `exists (select 1 from schedules s where s.plane = 'resource' and s.level = 'Eligibility' and s.principal_id in ${standsFor(holder, at)}
      and s.status in ('Granted', 'Provisioned') and s.starts_at <= ${at} and (s.ends_at is null or s.ends_at > ${at})
      and (s.scope = c.id or s.scope = any(c.ancestors)))`,
  ]
  if (q.after !== null) where.push(`c.id > ${params.add(q.after, '::text')}`)
  const filter = q.filter && filterSql(q.filter, COLUMNS, params)
  if (filter && !filter.ok) return filter
  if (filter) where.push(filter.value)
  const text = `select c.id, c.kind, c.display_name as "displayName", c.spelling from scopes c
    where ${where.join(' and ')} order by c.id limit ${params.add(q.limit, '::int')}`
  return ok(await tx.query<PolicyScope & Record<string, unknown>>(text, params.values))
}
