// Pages of principals and of roles, by keyset on name and id.

import type { Filter } from '../domain/filter.ts'
import type { PlaneId, PrincipalKind } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { formatInstant } from '../domain/time.ts'
import { type Columns, filterSql, Params } from './filter-sql.ts'
import { standsFor } from './list-sql.ts'
import type { Sql } from './sql.ts'

export interface DirectoryObject {
  readonly id: string
  readonly kind: PrincipalKind
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
  readonly appId: string | null
  readonly enabled: boolean
  readonly assignableToRole: boolean
  readonly membership: string
  readonly attributes: Readonly<Record<string, unknown>>
}

const PRINCIPAL_COLUMNS: Columns = {
  id: { sql: 'p.id', type: 'uuid' },
  displayname: { sql: 'p.display_name', type: 'ci' },
  mail: { sql: 'p.mail', type: 'ci' },
  accountenabled: { sql: 'p.enabled', type: 'bool' },
  appid: { sql: 'p.app_id', type: 'uuid' },
  isassignabletorole: { sql: 'p.assignable_to_role', type: 'bool' },
  securityenabled: { sql: 'true', type: 'bool' },
  mailenabled: { sql: 'false', type: 'bool' },
  // Every name a person answers to; a person without any of them is no match.
  userprincipalname: { sql: 'n.name', type: 'ci' },
}

export interface DirectoryQuery {
  readonly kinds: readonly PrincipalKind[]
  readonly filter: Filter | null
  /** Only members of this group, now. */
  readonly memberOf: string | null
  /** Only owners of this group, now. */
  readonly ownerOf: string | null
  /** Only groups this principal is in, now, through groups too. */
  readonly groupsOf: string | null
  readonly limit: number
  readonly after: string | null
}

const holds = (role: string, group: string, now: string) => `p.id in (select s.principal_id from schedules s
  left join schedules b on b.id = s.basis_id
  where s.plane = 'group' and s.scope = ${group} and s.role = '${role}' and s.level = 'Assignment' and s.status in ('Granted', 'Provisioned')
    and s.starts_at <= ${now} and (s.ends_at is null or s.ends_at > ${now})
    and (b.id is null or (b.status in ('Granted', 'Provisioned') and (b.ends_at is null or b.ends_at > ${now}))))`

/** A page of principals in the order of their ids. Fault: `InvalidFilter`. */
export async function selectDirectory(tx: Sql, q: DirectoryQuery, now: Instant): Promise<Result<readonly DirectoryObject[]>> {
  const params = new Params()
  const where = ['p.deleted_at is null', `p.kind = any(${params.add(q.kinds, '::text[]')})`]
  const at = () => params.add(formatInstant(now), '::timestamptz')
  if (q.memberOf) where.push(holds('member', params.add(q.memberOf, '::text'), at()))
  if (q.ownerOf) where.push(holds('owner', params.add(q.ownerOf, '::text'), at()))
  if (q.groupsOf) where.push(`p.id in ${standsFor(params.add(q.groupsOf, '::uuid'), at())}`)
  if (q.after) where.push(`p.id > ${params.add(q.after, '::uuid')}`)
  if (q.filter) {
    const filter = filterSql(q.filter, PRINCIPAL_COLUMNS, params)
    if (!filter.ok) return filter
    where.push(filter.value)
  }
  const text = `select distinct p.id, p.kind, p.display_name as "displayName", p.upn, p.mail, p.app_id as "appId", p.enabled,
      p.assignable_to_role as "assignableToRole", p.membership, p.attributes
    from principals p left join principal_names n on n.principal_id = p.id
    where ${where.join(' and ')} order by p.id limit ${params.add(q.limit, '::int')}`
  return ok(await tx.query<DirectoryObject>(text, params.values))
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
