// Pages of directory objects and of roles, by keyset; and what hangs off the objects of a page, in one statement.

import type { Filter, Search } from '../domain/filter.ts'
import type { PlaneId } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { OBJECT_COLUMNS, ORDERS, type OrderKey } from './directory-columns.ts'
import { type Relation, related } from './directory-relations.ts'
import { type ObjectKind, sourceOf } from './directory-sources.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import { searchSql } from './search-sql.ts'
import type { Sql } from './sql.ts'

export interface DirectoryObject {
  readonly id: string
  readonly kind: ObjectKind
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
  readonly appId: string | null
  readonly enabled: boolean
  readonly assignableToRole: boolean
  readonly membership: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly createdAt: Instant | null
}

export interface DirectoryQuery {
  readonly kinds: readonly ObjectKind[]
  readonly filter: Filter | null
  readonly search: Search | null
  /** Only what stands in this relation to an object, now. */
  readonly relation: { readonly name: Relation; readonly of: string } | null
  readonly order: { readonly by: OrderKey; readonly descending: boolean }
  readonly limit: number
  /** Sort key and id of the last one before. */
  readonly after: readonly [string, string] | null
}

const FIELDS = `p.id, p.kind, p.display_name as "displayName", p.upn, p.mail, p.app_id as "appId", p.enabled,
      p.assignable_to_role as "assignableToRole", p.membership, p.attributes, (extract(epoch from p.created_at) * 1000)::bigint as "createdAt"`

/** Where a list looks and what it keeps, without order and page. */
function within(q: DirectoryQuery, params: Params, now: Instant): Result<{ readonly from: string; readonly where: readonly string[] }> {
  const { from, where } = sourceOf(q.kinds, (kinds) => params.add(kinds, '::text[]'))
  const conditions = [where]
  if (q.relation) {
    const ids = related(q.relation.name, params.add(q.relation.of, '::uuid'), params.add(formatInstant(now), '::timestamptz'))
    // Looked up first, as a list: people are then found by their ids, not all of them looked through.
    conditions.push(`p.id = any(array(${ids}))`)
  }
  const filter = q.filter ? filterSql(q.filter, OBJECT_COLUMNS, params) : ok('true')
  if (!filter.ok) return filter
  const search = q.search ? searchSql(q.search, params) : ok('true')
  if (!search.ok) return search
  return ok({ from, where: [...conditions, filter.value, search.value] })
}

/** A page in its order, each object with its sort key. Faults: `InvalidFilter`, `InvalidQuery`. */
export async function selectDirectory(
  tx: Sql,
  q: DirectoryQuery,
  now: Instant,
): Promise<Result<readonly (DirectoryObject & { readonly sortKey: string })[]>> {
  const params = new Params()
  const made = within(q, params, now)
  if (!made.ok) return made
  const key = ORDERS[q.order.by]
  const byId = q.order.by === 'id'
  const [direction, beyond] = q.order.descending ? ['desc', '<'] : ['asc', '>']
  const where = [...made.value.where]
  // The id itself is compared as one, so that its index serves.
  if (q.after && byId) where.push(`p.id ${beyond} ${params.add(q.after[1], '::uuid')}`)
  else if (q.after) where.push(`(${key}, p.id) ${beyond} (${params.add(q.after[0], '::text')}, ${params.add(q.after[1], '::uuid')})`)
  const order = byId ? `p.id ${direction}` : `${key} ${direction}, p.id ${direction}`
  const text = `select ${FIELDS}, ${key} as "sortKey" from ${made.value.from} where ${where.join(' and ')} order by ${order} limit ${params.add(q.limit, '::int')}`
  return ok(await tx.query<DirectoryObject & { sortKey: string }>(text, params.values))
}

/** How many the list holds in all. Faults: as `selectDirectory`. */
export async function countDirectory(tx: Sql, q: DirectoryQuery, now: Instant): Promise<Result<number>> {
  const params = new Params()
  const made = within(q, params, now)
  if (!made.ok) return made
  const text = `select count(*)::int as count from ${made.value.from} where ${made.value.where.join(' and ')}`
  const [row] = await tx.query<{ count: number }>(text, params.values)
  return ok(row?.count ?? 0)
}

/** What stands in a relation to each of these objects, at most `limit` each, in the order of their ids. */
export async function selectRelated(
  tx: Sql,
  relation: Relation,
  of: readonly string[],
  kinds: readonly ObjectKind[],
  limit: number,
  now: Instant,
): Promise<readonly (DirectoryObject & { readonly of: string })[]> {
  const params = new Params()
  const ids = params.add(of, '::uuid[]')
  const { from, where } = sourceOf(kinds, (own) => params.add(own, '::text[]'))
  const found = related(relation, 'o.id', params.add(formatInstant(now), '::timestamptz'))
  const text = `select o.id as of, x.* from unnest(${ids}) o (id) cross join lateral (
      select ${FIELDS} from ${from} where ${where} and p.id = any(array(${found})) order by p.id limit ${params.add(limit, '::int')}) x`
  return tx.query<DirectoryObject & { of: string }>(text, params.values)
}

export interface RoleObject {
  readonly plane: PlaneId
  readonly id: string
  readonly name: string
  readonly description: string
  readonly builtIn: boolean
  readonly privileged: boolean
  readonly enabled: boolean
  readonly permissions: { readonly actions?: readonly string[]; readonly notActions?: readonly string[] }
  readonly assignableScopes: readonly string[]
}

const ROLE_COLUMNS: Columns = {
  id: { sql: 'r.id', type: 'ci' },
  templateid: { sql: 'r.id', type: 'ci' },
  displayname: { sql: 'r.name', type: 'ci' },
  isbuiltin: { sql: 'r.built_in', type: 'bool' },
  isprivileged: { sql: 'r.privileged', type: 'bool' },
  isenabled: { sql: 'r.enabled', type: 'bool' },
}

/** All roles of a plane that a filter leaves, by name. Fault: `InvalidFilter`. */
export async function selectRoles(tx: Sql, plane: PlaneId, filter: Filter | null): Promise<Result<readonly RoleObject[]>> {
  const params = new Params()
  const where = ['r.deleted_at is null', `r.plane = ${params.add(plane, '::text')}`]
  if (filter) {
    const made = filterSql(filter, ROLE_COLUMNS, params)
    if (!made.ok) return made
    where.push(made.value)
  }
  const text = `select r.plane, r.id, r.name, r.description, r.built_in as "builtIn", r.privileged, r.enabled, r.permissions,
      r.assignable_scopes as "assignableScopes"
    from roles r where ${where.join(' and ')} order by lower(r.name), r.id limit 2000`
  return ok(await tx.query<RoleObject>(text, params.values))
}
