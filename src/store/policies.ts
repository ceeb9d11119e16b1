// Policies as rows: only what was changed is stored; a role without a row has its plane's defaults.

import type { RoleFact } from '../domain/facts.ts'
import type { Rule } from '../domain/policy/rule.ts'
import type { PlaneId, PrincipalKind, Privilege } from '../domain/privilege.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface PolicyScope {
  readonly id: string
  readonly kind: string
  readonly displayName: string
  readonly spelling: string
}

export interface Modifier {
  readonly id: string
  readonly kind: PrincipalKind
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
}

export interface StoredPolicy {
  readonly role: RoleFact
  readonly scope: PolicyScope
  /** Null while nothing was ever changed. */
  readonly changed: readonly Rule[] | null
  readonly modifiedAt: Instant | null
  readonly modifiedBy: Modifier | null
}

export interface PoliciesQuery {
  readonly plane: PlaneId
  readonly scope: string
  /** Only these roles; null for all that can be assigned at the scope. */
  readonly roles: readonly string[] | null
  readonly limit: number
  /** The role after which to go on. */
  readonly after: string | null
}

const POLICIES = `
select jsonb_build_object('plane', d.plane, 'id', d.id, 'name', d.name, 'builtIn', d.built_in, 'privileged', d.privileged,
    'assignableScopes', to_jsonb(d.assignable_scopes)) as role,
  jsonb_build_object('id', c.id, 'kind', c.kind, 'displayName', c.display_name, 'spelling', c.spelling) as scope,
  p.changed, (extract(epoch from p.modified_at) * 1000)::bigint as "modifiedAt",
  case when m.id is not null then jsonb_build_object('id', m.id, 'kind', m.kind, 'displayName', m.display_name, 'upn', m.upn,
    'mail', m.mail) end as "modifiedBy"
from scopes c
join roles d on d.plane = c.plane and d.deleted_at is null
left join policies p on p.plane = c.plane and p.scope = c.id and p.role = d.id
left join principals m on m.id = p.modified_by
where c.plane = $1 and c.id = $2 and c.deleted_at is null
  and ($3::text[] is null or d.id = any($3)) and ($4::text is null or d.id > $4)
  and exists (select 1 from unnest(d.assignable_scopes) a where a = '/' or lower(a) = lower(c.id)
    or exists (select 1 from unnest(c.ancestors) x where lower(x) = lower(a)))
order by d.id limit $5`

/** Policies of a scope by role id, defaults among them. */
export const selectPolicies = (tx: Sql, q: PoliciesQuery): Promise<StoredPolicy[]> =>
  tx.query<StoredPolicy & Record<string, unknown>>(POLICIES, [q.plane, q.scope, q.roles, q.after, q.limit], 'policies')

/** Makes changes of one policy wait for each other, until the transaction ends. */
export const lockPolicy = async (tx: Sql, p: Privilege): Promise<void> => {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`policy|${p.plane}|${p.scope}|${p.role}`], 'lock-policy')
}

const WRITE = `
insert into policies (plane, scope, role, changed, modified_at, modified_by) values ($1, $2, $3, $4::jsonb, $5, $6)
on conflict (plane, scope, role) do update set changed = excluded.changed, version = policies.version + 1,
  modified_at = excluded.modified_at, modified_by = excluded.modified_by`

/** Stores the changed rules of a policy. */
export const writePolicy = async (tx: Sql, p: Privilege, changed: readonly Rule[], by: string | null, now: Instant): Promise<void> => {
  await tx.query(WRITE, [p.plane, p.scope, p.role, JSON.stringify(changed), formatInstant(now), by], 'write-policy')
}

/** Forgets what was changed: the defaults hold again. */
export const clearPolicy = async (tx: Sql, p: Privilege): Promise<void> => {
  await tx.query('delete from policies where plane = $1 and scope = $2 and role = $3', [p.plane, p.scope, p.role], 'clear-policy')
}
