// Lists of requests, schedules and instances: one statement a page, by keyset, with the names that answers show.
// An instance is a schedule in force now: window, holder and ground are read here, in the query (law 8).

import type { MemberType } from '../domain/access/effective.ts'
import type { PrincipalFact, RoleFact } from '../domain/facts.ts'
import type { Filter } from '../domain/filter.ts'
import type { Level, PlaneId } from '../domain/privilege.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { ok, type Result } from '../domain/result.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { requestJson, scheduleJson } from './facts-sql.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import { REQUEST_COLUMNS, SCHEDULE_COLUMNS } from './list-columns.ts'
import { inForce, LEAN, NAMES, open, REQUESTS, SCHEDULES, standsFor, waitsFor } from './list-sql.ts'
import type { Sql } from './sql.ts'

/** Which scopes: only this one, or also those above or below it. */
export interface ScopeRange {
  readonly at: string
  readonly above: boolean
  readonly below: boolean
}

export interface ListQuery {
  readonly family: 'requests' | 'schedules' | 'instances'
  /** One, any of several, or all. */
  readonly plane: PlaneId | readonly PlaneId[] | null
  /** Null lists both levels. */
  readonly level: Level | null
  /** Held by this principal itself; with `groups`, also through groups. */
  readonly holder: { readonly id: string; readonly groups: boolean } | null
  readonly createdBy: string | null
  /** Waiting for this person's decision. */
  readonly approver: string | null
  readonly scope: ScopeRange | null
  readonly filter: Filter | null
  /** Newest first, or by id. */
  readonly order: 'createdDesc' | 'createdAsc' | 'id'
  readonly limit: number
  /** Where the page before ended. */
  readonly after: Cursor | null
  readonly count: boolean
}

export interface Cursor {
  readonly at: Instant
  readonly id: string
}

export interface Names {
  readonly principal: PrincipalFact | null
  readonly role: Pick<RoleFact, 'id' | 'name' | 'builtIn'>
  readonly scope: { readonly id: string; readonly kind: string; readonly displayName: string; readonly spelling: string }
}

export interface ListedRequest extends Names {
  readonly request: RequestFact
  /** What ARM calls the schedule it made or changed, and the eligibility it rests on: the names of the requests that made them. */
  readonly targetName: string | null
  readonly eligibilityName: string | null
}

export interface ListedSchedule extends Names {
  readonly schedule: ScheduleFact
  readonly memberType: MemberType
  /** What the request that made it was called at ARM, and how it spelt the role. */
  readonly requestName: string | null
  readonly roleAsSent: string | null
  /** What ARM calls the eligibility beneath. */
  readonly basisName: string | null
  readonly scheduleInfo: RequestFact['ask']['schedule'] | null
}

export interface Page<T> {
  readonly items: readonly T[]
  readonly next: Cursor | null
  readonly count: number | null
}

/** Scopes first, as a list: rows are then found by their scope. An id may stand in two planes (`/`); the plane is asked beside it. */
function scopeSql(alias: string, range: ScopeRange, params: Params): string {
  const at = params.add(range.at, '::text')
  if (!range.above && !range.below) return `${alias}.scope = ${at}`
  const parts = [`select ${at}`]
  if (range.above) parts.push(`select unnest(ancestors) from scopes where id = ${at}`)
  if (range.below) parts.push(`select id from scopes where ancestors @> array[${at}]`)
  return `${alias}.scope = any(array(${parts.join(' union ')}))`
}

function keyset(alias: string, q: ListQuery, params: Params): { where: string; order: string } {
  const created = `${alias}.created_at`
  if (q.order === 'id') {
    return { where: q.after ? `${alias}.id > ${params.add(q.after.id, '::uuid')}` : 'true', order: `${alias}.id` }
  }
  const down = q.order === 'createdDesc'
  // Milliseconds travel in the cursor; the column is cut to them so that no row is seen twice or never.
  const cut = `date_trunc('milliseconds', ${created})`
  const direction = down ? 'desc' : 'asc'
  const where = q.after
    ? `(${cut}, ${alias}.id) ${down ? '<' : '>'} (${params.add(formatInstant(q.after.at), '::timestamptz')}, ${params.add(q.after.id, '::uuid')})`
    : 'true'
  return { where, order: `${created} ${direction}, ${alias}.id ${direction}` }
}

interface Row extends Names {
  data: RequestFact & ScheduleFact
  member_type: MemberType
  sent: { name: string; roleAsSent: string | null; schedule: RequestFact['ask']['schedule'] } | null
  names: { target: string | null; eligibility: string | null } | null
  basis_name: string | null
}

interface Parts {
  readonly from: string
  /** What a count needs of it: no names. */
  readonly lean: string
  readonly where: readonly string[]
  /** SQL of the member type; adds its parameters when first asked for. */
  readonly member: () => string
}

/** The rows of one holder, found by the holder before anything else is looked at. */
function source(q: ListQuery, holder: () => string, at: () => string): string {
  if (q.family === 'requests') return q.holder ? `(select * from requests where principal_id = ${holder()} offset 0)` : 'requests'
  if (!q.holder) return 'schedules'
  const ids = q.holder.groups ? `any(array${standsFor(holder(), at())})` : holder()
  return `(select * from schedules where principal_id = ${ids} and status in ('Granted', 'Provisioned') offset 0)`
}

/** What both the page and its count select from. Every parameter added here is used by both. */
function parts(q: ListQuery, now: Instant, params: Params): Result<Parts> {
  const requests = q.family === 'requests'
  const a = requests ? 'r' : 's'
  const where: string[] = []
  const once = (make: () => string) => {
    let made: string | null = null
    return () => {
      made ??= make()
      return made
    }
  }
  const at = once(() => params.add(formatInstant(now), '::timestamptz'))
  const holder = once(() => params.add(q.holder?.id, '::uuid'))
  const member = once(() => {
    const scope = q.scope ? params.add(q.scope.at, '::text') : null
    return `case when ${q.holder?.groups ? `s.principal_id <> ${holder()}` : 'false'} then 'Group'
    when ${scope ? `s.scope <> ${scope} and not c.ancestors @> array[${scope}]` : 'false'} then 'Inherited' else 'Direct' end`
  })
  if (typeof q.plane === 'string') where.push(`${a}.plane = ${params.add(q.plane, '::text')}`)
  else if (q.plane) where.push(`${a}.plane = any(${params.add(q.plane, '::text[]')})`)
  if (q.level) where.push(`${a}.level = ${params.add(q.level, '::text')}`)
  if (q.family === 'schedules') where.push(open(at()))
  if (q.family === 'instances') where.push(inForce(at()))
  const of = source(q, holder, at)
  if (q.createdBy) where.push(`r.requested_by = ${params.add(q.createdBy, '::uuid')}`)
  if (q.approver) where.push(waitsFor(params.add(q.approver, '::uuid'), at()))
  if (q.scope) where.push(scopeSql(a, q.scope, params))
  if (q.filter) {
    const columns: Columns = requests
      ? REQUEST_COLUMNS
      : Object.defineProperty({ ...SCHEDULE_COLUMNS }, 'membertype', {
          enumerable: true,
          get: () => ({ sql: `(${member()})`, type: 'ci' }),
        })
    const filter = filterSql(q.filter, columns, params)
    if (!filter.ok) return filter
    where.push(filter.value)
  }
  const lean = requests ? `from ${of} r` : LEAN(of)
  return ok({ from: requests ? REQUESTS(of) : SCHEDULES(of), lean, where: where.length > 0 ? where : ['true'], member })
}

function pageSql(q: ListQuery, now: Instant, params: Params): Result<string> {
  const made = parts(q, now, params)
  if (!made.ok) return made
  const { from, where, member } = made.value
  const requests = q.family === 'requests'
  const columns = requests
    ? `${requestJson('r')} as data, jsonb_build_object('target', t.name, 'eligibility', e.name) as names`
    : `${scheduleJson('s', 'b')} as data, ${member()} as member_type, b.name as basis_name,
       case when q.id is not null then jsonb_build_object('name', coalesce(q.ask->>'name', q.id::text), 'roleAsSent', q.ask->'roleAsSent', 'schedule', q.ask->'schedule') end as sent`
  const after = keyset(requests ? 'r' : 's', q, params)
  const limit = params.add(q.limit + 1, '::int')
  return ok(`select ${columns}, ${NAMES} ${from} where ${[...where, after.where].join(' and ')} order by ${after.order} limit ${limit}`)
}

async function count(tx: Sql, q: ListQuery, now: Instant): Promise<number> {
  const params = new Params()
  const made = parts(q, now, params)
  if (!made.ok) return 0
  const [row] = await tx.query<{ count: number }>(
    `select count(*) as count ${made.value.lean} where ${made.value.where.join(' and ')}`,
    params.values,
  )
  return row?.count ?? 0
}

async function page(tx: Sql, q: ListQuery, now: Instant): Promise<Result<{ rows: Row[]; next: Cursor | null; count: number | null }>> {
  const params = new Params()
  const text = pageSql(q, now, params)
  if (!text.ok) return text
  const [rows, counted] = await Promise.all([tx.query<Row>(text.value, params.values), q.count ? count(tx, q, now) : null])
  const last = rows.length > q.limit ? rows[q.limit - 1] : undefined
  const next = last ? { at: last.data.createdAt, id: last.data.id } : null
  return ok({ rows: rows.slice(0, q.limit), next, count: counted })
}

/** A page of requests. Faults: `InvalidFilter`. */
export async function listRequests(tx: Sql, q: ListQuery, now: Instant): Promise<Result<Page<ListedRequest>>> {
  const found = await page(tx, { ...q, family: 'requests' }, now)
  if (!found.ok) return found
  const items = found.value.rows.map(({ data, names, principal, role, scope }) => ({
    request: data,
    targetName: names?.target ?? null,
    eligibilityName: names?.eligibility ?? null,
    principal,
    role,
    scope,
  }))
  return ok({ items, next: found.value.next, count: found.value.count })
}

/** A page of schedules, or of instances. Faults: `InvalidFilter`. */
export async function listSchedules(tx: Sql, q: ListQuery, now: Instant): Promise<Result<Page<ListedSchedule>>> {
  const found = await page(tx, q, now)
  if (!found.ok) return found
  const items = found.value.rows.map(({ data, principal, role, scope, member_type, sent, basis_name }) => ({
    schedule: data,
    requestName: sent?.name ?? null,
    basisName: basis_name,
    principal,
    role,
    scope,
    memberType: member_type,
    roleAsSent: sent?.roleAsSent ?? null,
    scheduleInfo: sent?.schedule ?? null,
  }))
  return ok({ items, next: found.value.next, count: found.value.count })
}
