// Principals, roles, scopes and contexts as rows, many at a time. They say what exists; who holds what goes through requests.

import type { Privilege } from '../domain/privilege.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface PrincipalRow {
  readonly id: string
  readonly kind: 'user' | 'group' | 'servicePrincipal'
  readonly displayName: string
  readonly upn?: string | null
  readonly mail?: string | null
  readonly appId?: string | null
  readonly managerId?: string | null
  readonly enabled?: boolean
  readonly isEmergencyAccess?: boolean
  readonly assignableToRole?: boolean
  readonly membership?: 'assigned' | 'dynamic' | 'synchronised'
  readonly attributes?: Readonly<Record<string, unknown>>
  /** Further names the person answers to. */
  readonly aliases?: readonly string[]
}

const PRINCIPALS = `
with row as (
  select * from jsonb_to_recordset($1::jsonb) as p(id uuid, kind text, "displayName" text, upn text, mail text, "appId" uuid,
    "managerId" uuid, enabled boolean, "isEmergencyAccess" boolean, "assignableToRole" boolean, membership text, attributes jsonb)
),
added as (
  insert into principals (id, kind, display_name, upn, mail, app_id, manager_id, enabled, is_emergency_access, assignable_to_role,
    membership, attributes, created_at)
  select id, kind, "displayName", lower(upn), mail, "appId", "managerId", coalesce(enabled, true), coalesce("isEmergencyAccess", false),
    coalesce("assignableToRole", false), coalesce(membership, 'assigned'), coalesce(attributes, '{}'), $2
  from row
),
named as (
  insert into principal_names (name, principal_id)
  select distinct lower(n.name), n.id from jsonb_to_recordset($3::jsonb) as n(name text, id uuid)
)
insert into scopes (plane, id, kind, display_name, spelling, parent, ancestors)
select 'group', id::text, 'group', "displayName", id::text, null, '{}'::text[] from row where kind = 'group'
union all
-- roles can be held over one application alone
select 'directory', '/' || id, 'application', "displayName", '/' || id, '/', '{/}' from row where kind = 'servicePrincipal'`

/** Adds principals, the names they answer to, and the scope of each group and application. */
export async function addPrincipals(tx: Sql, rows: readonly PrincipalRow[], now: Instant): Promise<void> {
  const names = rows.flatMap((r) => [r.upn, ...(r.aliases ?? [])].filter(Boolean).map((name) => ({ name, id: r.id })))
  await tx.query(PRINCIPALS, [JSON.stringify(rows), formatInstant(now), JSON.stringify(names)])
}

export interface RoleRow {
  readonly plane: Privilege['plane']
  readonly id: string
  readonly name: string
  readonly description?: string
  readonly builtIn: boolean
  readonly privileged: boolean
  readonly permissions?: Readonly<Record<string, unknown>>
  readonly assignableScopes?: readonly string[]
}

const ROLES = `
insert into roles (plane, id, name, description, built_in, privileged, permissions, assignable_scopes)
select plane, id, name, coalesce(description, ''), "builtIn", privileged, coalesce(permissions, '{}'), coalesce("assignableScopes", '{/}')
from jsonb_to_recordset($1::jsonb) as r(plane text, id text, name text, description text, "builtIn" boolean, privileged boolean,
  permissions jsonb, "assignableScopes" text[])
on conflict (plane, id) do update set name = excluded.name, description = excluded.description, privileged = excluded.privileged,
  permissions = excluded.permissions`

/** Adds roles, or brings them up to date. */
export const addRoles = async (tx: Sql, rows: readonly RoleRow[]): Promise<void> => {
  await tx.query(ROLES, [JSON.stringify(rows)])
}

export interface ScopeRow {
  readonly plane: Privilege['plane']
  readonly id: string
  readonly kind: string
  readonly displayName: string
  readonly spelling: string
  readonly parent: string | null
  /** From the closest to the root. */
  readonly ancestors: readonly string[]
  readonly attributes?: Readonly<Record<string, unknown>>
}

const SCOPES = `
insert into scopes (plane, id, kind, display_name, spelling, parent, ancestors, attributes)
select plane, id, kind, "displayName", spelling, parent, coalesce(ancestors, '{}'), coalesce(attributes, '{}')
from jsonb_to_recordset($1::jsonb) as s(plane text, id text, kind text, "displayName" text, spelling text, parent text, ancestors text[],
  attributes jsonb)
on conflict (plane, id) do update set display_name = excluded.display_name, parent = excluded.parent, ancestors = excluded.ancestors,
  attributes = excluded.attributes, deleted_at = null`

/** Adds scopes, or brings them up to date. */
export const addScopes = async (tx: Sql, rows: readonly ScopeRow[]): Promise<void> => {
  await tx.query(SCOPES, [JSON.stringify(rows)])
}
