// Loads who holds the guarded directory roles, for the last-administrator guard. Few rows: administrators and their groups.

import { ROLE_ADMINISTRATORS } from '../domain/access/directory-roles.ts'
import type { Edge } from '../domain/access/groups.ts'
import { losesLastHolder, type Population } from '../domain/access/last-holders.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { basisJson, membership, scheduleJson } from './facts-sql.ts'
import type { Sql } from './sql.ts'

const HOLDERS = `
with recursive top as (
  select * from schedules where plane = 'directory' and scope = '/' and role = any($1) and level = 'Assignment'
    and status in ('Granted', 'Provisioned')
),
-- whoever holds, and the groups whose eligibility an activation rests on: a membership in either may be what carries it
concerned as (
  select principal_id as id from top union select b.principal_id from top t join schedules b on b.id = t.basis_id
  union
  select x.id from concerned c join schedules s on s.group_id = c.id and ${membership('s')} left join schedules b on b.id = s.basis_id
  cross join lateral (values (s.principal_id), (b.principal_id)) x(id) where x.id is not null
),
member as (
  select s.* from concerned c join schedules s on s.group_id = c.id and ${membership('s')}
)
select 'assignment' as kind, ${scheduleJson('s', 'b')} as data from top s left join schedules b on b.id = s.basis_id
union all
select 'edge', jsonb_build_object('scheduleId', s.id, 'member', s.principal_id, 'group', s.group_id, 'source', s.source,
    'window', jsonb_build_object('start', (extract(epoch from s.starts_at) * 1000)::bigint,
      'end', (extract(epoch from s.ends_at) * 1000)::bigint), 'basis', ${basisJson('b')})
from member s left join schedules b on b.id = s.basis_id
union all
select 'person', to_jsonb(p.id) from principals p
where p.kind = 'user' and p.enabled and p.deleted_at is null
  and p.id in (select principal_id from top union select principal_id from member)`

/** Who holds the guarded roles, and how. */
export async function guardedPopulation(tx: Sql, now: Instant): Promise<Population> {
  const rows = await tx.query<{ kind: string; data: unknown }>(HOLDERS, [ROLE_ADMINISTRATORS, formatInstant(now)], 'last-holders')
  const all = <T>(kind: string) => rows.filter((row) => row.kind === kind).map((row) => row.data as T)
  return { assignments: all<ScheduleFact>('assignment'), edges: all<Edge>('edge'), people: all<string>('person') }
}

/** A function that tells which guarded roles would be left empty if these schedules ended. */
export async function lastHolders(tx: Sql, now: Instant): Promise<(ending: readonly ScheduleFact[]) => readonly string[]> {
  const population = await guardedPopulation(tx, now)
  return (ending) =>
    losesLastHolder(
      population,
      ending.map((s) => s.id),
      now,
    )
}
