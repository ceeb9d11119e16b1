// What somebody can sign in with, counted; and whether they hold, or may come to hold, what a password alone must not open.

import { GLOBAL_ADMINISTRATOR } from '../domain/access/directory-roles.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { lookMaybe } from './facts-sql.ts'
import { inForce, standsFor } from './list-sql.ts'
import type { Sql } from './sql.ts'

export interface WaysIn {
  readonly passkeys: number
  readonly password: boolean
  /** Confirmed. */
  readonly generator: boolean
  readonly sealed: boolean
  readonly recoveryCodes: number
}

const WAYS = `
select (select count(*)::int from passkeys k where k.principal_id = p.id) as passkeys,
  exists (select 1 from sign_ins s where s.principal_id = p.id and s.password is not null) as password,
  exists (select 1 from code_generators g where g.principal_id = p.id and g.confirmed_at is not null) as generator,
  exists (select 1 from sealed_secrets x where x.principal_id = p.id) as sealed,
  (select count(*)::int from recovery_codes r where r.principal_id = p.id and r.used_at is null) as "recoveryCodes"
from principals p where p.id = $1`

/** What a person can sign in with here. */
export const selectWaysIn = async (tx: Sql, id: string): Promise<WaysIn> =>
  (await tx.query<WaysIn>(WAYS, [id], 'ways-in'))[0] ?? { passkeys: 0, password: false, generator: false, sealed: false, recoveryCodes: 0 }

// Whatever a person may reach by activating counts as what they hold: eligible and future memberships too, whichever way.
const REACH = `
with recursive reach as (
  select $1::uuid as id
  union
  select m.group_id from reach join schedules m on m.principal_id = reach.id
  where m.plane = 'group' and m.group_id is not null and m.status in ('Granted', 'Provisioned') and (m.ends_at is null or m.ends_at > $2)
)
select 1 from reach join schedules s on s.principal_id = reach.id
  left join roles r on r.plane = s.plane and r.id = s.role left join principals g on g.id = s.group_id
where s.status in ('Granted', 'Provisioned') and (s.ends_at is null or s.ends_at > $2) and (r.privileged or g.assignable_to_role)
limit 1`

/** Holds somebody a privileged role, or a part in a group that may hold roles, or may they activate either, through groups too? */
export const reachesPrivilege = async (tx: Sql, id: string, now: Instant): Promise<boolean> =>
  (await tx.query(REACH, [id, formatInstant(now)], 'reaches-privilege')).length > 0

const FIRST = `
select p.id, p.upn, exists (select 1 from passkeys k where k.principal_id = p.id)
    or exists (select 1 from sealed_secrets x where x.principal_id = p.id)
    or exists (select 1 from external_identities x where x.principal_id = p.id)
    or exists (select 1 from sign_ins i join code_generators g on g.principal_id = i.principal_id
      where i.principal_id = p.id and i.password is not null and g.confirmed_at is not null and not p.is_emergency_access) as able
from principals p
where p.kind = 'user' and p.upn is not null and p.enabled and p.deleted_at is null and exists (
  select 1 from schedules s ${lookMaybe('b', 'schedules', 'b.id = s.basis_id')}
  where s.plane = 'directory' and s.scope = '/' and s.level = 'Assignment' and s.role = $2
    and s.principal_id in ${standsFor('p.id', '$1::timestamptz')} and ${inForce('$1::timestamptz')})
order by able desc, p.is_emergency_access, p.created_at, p.id limit 1`

export interface FirstAdministrator {
  readonly id: string
  readonly upn: string
  /** Can sign in. */
  readonly able: boolean
}

/** An active Global Administrator who can sign in; else the first who cannot; null if there is none. */
export const selectFirstAdministrator = async (tx: Sql, now: Instant): Promise<FirstAdministrator | null> =>
  (await tx.query<FirstAdministrator>(FIRST, [formatInstant(now), GLOBAL_ADMINISTRATOR]))[0] ?? null
