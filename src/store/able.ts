// Who holds the roles that give roles, or may activate them, and how they could sign in. Few rows: administrators and their groups.
// Activations are left out, for they end by themselves; the eligibility beneath them counts.

import type { AdministratorFact } from '../domain/access/able.ts'
import { ROLE_ADMINISTRATORS } from '../domain/access/directory-roles.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { membership } from './facts-sql.ts'
import type { Sql } from './sql.ts'

const ABLE = `
with recursive holder as (
  select principal_id as id, role, level from schedules
  where plane = 'directory' and scope = '/' and role = any($1) and source <> 'Activated' and status in ('Granted', 'Provisioned')
    and starts_at <= $2 and (ends_at is null or ends_at > $2)
  union
  select s.principal_id, h.role, h.level from holder h join schedules s on s.group_id = h.id and ${membership('s')}
    and s.source <> 'Activated' and s.starts_at <= $2
)
select distinct p.id as "personId", h.role, h.level,
  exists (select 1 from passkeys k where k.principal_id = p.id) as passkey,
  coalesce(s.password is not null and (exists (select 1 from code_generators g where g.principal_id = p.id and g.confirmed_at is not null)
    or 'mfa' = any(s.methods)), false) as code,
  exists (select 1 from sealed_secrets k where k.principal_id = p.id) as sealed,
  exists (select 1 from external_identities e join identity_providers i on i.id = e.provider_id
    where e.principal_id = p.id and i.enabled) as external
from holder h join principals p on p.id = h.id and p.kind = 'user' and p.enabled and p.deleted_at is null
left join sign_ins s on s.principal_id = p.id`

/** One row for each way to a role. */
export const selectAdministrators = (tx: Sql, now: Instant): Promise<readonly AdministratorFact[]> =>
  tx.query<AdministratorFact & Record<string, unknown>>(ABLE, [ROLE_ADMINISTRATORS, formatInstant(now)], 'able-administrators')
