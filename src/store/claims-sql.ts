// The statement that loads what people's grants follow from: memberships, assignments of bound privileges, and accounts, present
// and future. $1: people; $2: now.

import { basisJson, scheduleJson } from './facts-sql.ts'

const live = (s: string) => `${s}.status in ('Granted', 'Provisioned') and (${s}.ends_at is null or ${s}.ends_at > $2)`
const EDGE = 's.id, s.principal_id, s.group_id, s.starts_at, s.ends_at, s.source, s.basis_id'
const member = `s.plane = 'group' and s.role = 'member' and s.level = 'Assignment' and ${live('s')}`
const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`
const basis = (s: string) => `left join lateral (select * from schedules b where b.id = ${s}.basis_id offset 0) b on true`

/** Rows (kind, person, data): `edge`, `claim`, `account`. Nothing for the disabled, the deleted and groups. */
export const CLAIMS = `
with recursive person as (
  select id from principals where id = any($1::uuid[]) and kind <> 'group' and enabled and deleted_at is null
),
edge as (
  select p.id as person, ${EDGE} from person p
  cross join lateral (select * from schedules s where s.principal_id = p.id and ${member} offset 0) s
  union
  select e.person, ${EDGE} from edge e
  cross join lateral (select * from schedules s where s.principal_id = e.group_id and ${member} offset 0) s
),
stands as (
  select person, group_id as holder from edge union select id, id from person
)
select 'edge' as kind, e.person, jsonb_build_object('scheduleId', e.id, 'member', e.principal_id, 'group', e.group_id,
    'source', e.source, 'window', jsonb_build_object('start', ${ms('e.starts_at')}, 'end', ${ms('e.ends_at')}), 'basis', ${basisJson('b')}) as data
from edge e ${basis('e')}
union all
select 'claim', t.person, jsonb_build_object('entitlement', n.id, 'target', n.target_id, 'schedule', ${scheduleJson('s', 'b')})
from stands t
cross join lateral (select * from schedules s where s.principal_id = t.holder and s.level = 'Assignment' and ${live('s')} offset 0) s
join bindings d on d.plane = s.plane and d.role = s.role
join scopes c on c.plane = d.plane and c.id = d.scope and c.deleted_at is null and (s.scope = d.scope or s.scope = any(c.ancestors))
join entitlements n on n.id = d.entitlement_id
${basis('s')}
union all
select 'account', a.principal_id, jsonb_build_object('id', a.id, 'target', a.target_id)
from accounts a where a.principal_id = any($1::uuid[])`

/** Everybody who is, or will be, a member of these principals, people as themselves. $1: principals; $2: now. */
export const MEMBERS = `
with recursive below as (
  select unnest($1::uuid[]) as id
  union
  select s.principal_id from below b
  cross join lateral (select * from schedules s where s.group_id = b.id and ${member} offset 0) s
)
select p.id from below b join principals p on p.id = b.id and p.kind <> 'group' order by p.id`

/** Who holds, or will hold, what confers these entitlements: people, service principals and groups. $1: entitlements; $2: now. */
export const HOLDERS = `
select distinct s.principal_id as id
from bindings d
join scopes c on c.plane = d.plane and c.id = d.scope
join schedules s on s.plane = d.plane and s.role = d.role and (s.scope = d.scope or s.scope = any(c.ancestors))
  and s.level = 'Assignment' and ${live('s')}
where d.entitlement_id = any($1::uuid[])`
