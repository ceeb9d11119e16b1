// Roles that people define, as rows. A deleted role keeps its row, for what it once gave is still told of it.

import type { CustomRole } from '../domain/access/custom-role.ts'
import type { Filter } from '../domain/filter.ts'
import type { PlaneId } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import type { Sql } from './sql.ts'

export interface StoredRole extends CustomRole {
  readonly builtIn: boolean
  readonly deleted: boolean
}

/** A role, deleted or not, under lock: nobody is given it until the transaction ends. */
export const lockRole = async (tx: Sql, plane: PlaneId, id: string): Promise<StoredRole | null> => {
  const [row] = await tx.query<StoredRole>(
    `select plane, id, name, description, permissions, assignable_scopes as "assignableScopes", enabled, built_in as "builtIn",
       deleted_at is not null as deleted
     from roles where plane = $1 and id = $2 for update`,
    [plane, id],
  )
  return row ?? null
}

/** Has another role of the plane this name? */
export const nameIsTaken = async (tx: Sql, plane: PlaneId, id: string, name: string): Promise<boolean> =>
  (
    await tx.query('select 1 from roles where plane = $1 and lower(name) = lower($3) and id <> $2 and deleted_at is null limit 1', [
      plane,
      id,
      name,
    ])
  ).length > 0

/** Does anybody hold the role, or may activate it, outside of these scopes and what is below them? None given: anywhere. */
export const isHeldOutside = async (tx: Sql, plane: PlaneId, id: string, scopes: readonly string[], now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `select 1 from schedules s join scopes c on c.plane = s.plane and c.id = s.scope
       where s.plane = $1 and s.role = $2 and s.status in ('Granted', 'Provisioned') and (s.ends_at is null or s.ends_at > $4)
         and not (c.id = any($3::text[]) or c.ancestors && $3::text[]) limit 1`,
      [plane, id, scopes, formatInstant(now)],
    )
  ).length > 0

/** Is the role bound to anything at a target? */
export const isBound = async (tx: Sql, plane: PlaneId, id: string): Promise<boolean> =>
  (await tx.query('select 1 from bindings where plane = $1 and role = $2 limit 1', [plane, id])).length > 0

const WRITE = `
insert into roles (plane, id, name, description, built_in, privileged, enabled, permissions, assignable_scopes,
  created_at, created_by, modified_at, modified_by)
values ($1, $2, $3, $4, false, false, $5, $6, $7, $8, $9, $8, $9)
on conflict (plane, id) do update set name = $3, description = $4, enabled = $5, permissions = $6, assignable_scopes = $7,
  modified_at = $8, modified_by = $9, deleted_at = null,
  created_at = case when roles.deleted_at is null then roles.created_at else $8 end,
  created_by = case when roles.deleted_at is null then roles.created_by else $9 end
where not roles.built_in`

/** Writes a role, new or changed; one that was deleted begins anew. */
export const writeRoleRow = async (tx: Sql, role: CustomRole, by: string | null, now: Instant): Promise<void> => {
  const { plane, id, name, description, enabled, permissions, assignableScopes } = role
  const at = formatInstant(now)
  await tx.query(WRITE, [plane, id, name, description, enabled, JSON.stringify(permissions), assignableScopes, at, by])
}

/** Deletes a role, and its policies with it: a role that is made anew under the same id starts with the defaults. */
export const deleteRoleRow = async (tx: Sql, plane: PlaneId, id: string, by: string | null, now: Instant): Promise<void> => {
  await tx.query('delete from policies where plane = $1 and role = $2', [plane, id])
  await tx.query('update roles set deleted_at = $3, modified_at = $3, modified_by = $4 where plane = $1 and id = $2 and not built_in', [
    plane,
    id,
    formatInstant(now),
    by,
  ])
}

export interface ListedRole extends CustomRole {
  readonly builtIn: boolean
  readonly createdAt: Instant | null
  readonly createdBy: string | null
  readonly modifiedAt: Instant | null
  readonly modifiedBy: string | null
}

export interface RolesQuery {
  readonly plane: PlaneId
  /** Only those that can be assigned at one of these scopes; null for all. */
  readonly chain: readonly string[] | null
  /** Also those that can be assigned somewhere below this scope. */
  readonly below: string | null
  readonly filter: Filter | null
  readonly limit: number
  /** Name and id of the last one before. */
  readonly after: readonly [string, string] | null
}

const COLUMNS: Columns = {
  id: { sql: 'r.id', type: 'ci' },
  displayname: { sql: 'r.name', type: 'ci' },
  isbuiltin: { sql: 'r.built_in', type: 'bool' },
}

/** Roles by name, then id. Fault: `InvalidFilter`. */
export async function selectRolePage(tx: Sql, q: RolesQuery): Promise<Result<readonly ListedRole[]>> {
  const params = new Params()
  const where = [`r.plane = ${params.add(q.plane, '::text')} and r.deleted_at is null`]
  if (q.chain !== null) {
    const chain = params.add(
      q.chain.map((scope) => scope.toLowerCase()),
      '::text[]',
    )
    const lower = q.below === null ? null : params.add(q.below, '::text')
    const below = `exists (select 1 from scopes c where c.plane = r.plane and c.id = lower(a) and c.ancestors @> array[${lower}])`
    where.push(
      `exists (select 1 from unnest(r.assignable_scopes) a where a = '/' or lower(a) = any(${chain})${lower ? ` or ${below}` : ''})`,
    )
  }
  const filter = q.filter && filterSql(q.filter, COLUMNS, params)
  if (filter && !filter.ok) return filter
  if (filter) where.push(filter.value)
  if (q.after) where.push(`(lower(r.name), r.id) > (lower(${params.add(q.after[0], '::text')}), ${params.add(q.after[1], '::text')})`)
  const text = `select r.plane, r.id, r.name, r.description, r.built_in as "builtIn", r.enabled, r.permissions,
      r.assignable_scopes as "assignableScopes", r.created_at as "createdAt", r.created_by as "createdBy",
      r.modified_at as "modifiedAt", r.modified_by as "modifiedBy"
    from roles r where ${where.join(' and ')} order by lower(r.name), r.id limit ${params.add(q.limit, '::int')}`
  return ok(await tx.query<ListedRole & Record<string, unknown>>(text, params.values))
}
