// The one statement that loads the facts of many items. Rows come back as (n, kind, data): item, what it is, the row itself.
// `person` holds whoever matters; `stands` says for which groups a person stands, a superset that the domain prunes.

const ms = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`

/** A schedule as ScheduleFact, from aliases of the row and of its basis. */
export const scheduleJson = (s: string, b: string): string => `jsonb_build_object(
    'id', ${s}.id, 'name', ${s}.name,
    'privilege', jsonb_build_object('plane', ${s}.plane, 'scope', ${s}.scope, 'role', ${s}.role),
    'principalId', ${s}.principal_id, 'level', ${s}.level, 'source', ${s}.source, 'status', ${s}.status,
    'window', jsonb_build_object('start', ${ms(`${s}.starts_at`)}, 'end', ${ms(`${s}.ends_at`)}),
    'createdAt', ${ms(`${s}.created_at`)}, 'modifiedAt', ${ms(`${s}.modified_at`)}, 'requestId', ${s}.request_id,
    'condition', ${s}.condition, 'conditionVersion', ${s}.condition_version,
    'description', ${s}.description,
    'basis', ${basisJson(b)})`

/** The eligibility beneath an activation; null where there is none. */
export const basisJson = (b: string): string => `case when ${b}.id is not null then jsonb_build_object(
    'id', ${b}.id, 'principalId', ${b}.principal_id, 'live', ${b}.status in ('Granted', 'Provisioned'),
    'window', jsonb_build_object('start', ${ms(`${b}.starts_at`)}, 'end', ${ms(`${b}.ends_at`)})) end`

/** A request as RequestFact. */
export const requestJson = (r: string): string => `jsonb_build_object(
    'id', ${r}.id, 'ask', ${r}.ask, 'status', ${r}.status, 'requestedBy', ${r}.requested_by,
    'createdAt', ${ms(`${r}.created_at`)}, 'completedAt', ${ms(`${r}.completed_at`)},
    'scheduleId', ${r}.schedule_id, 'eligibilityId', ${r}.eligibility_id, 'approvalId', ${r}.approval_id,
    'startsAt', ${ms(`${r}.starts_at`)}, 'endsAt', ${ms(`${r}.ends_at`)}, 'proof', ${r}.proof, 'snapshot', ${r}.snapshot)`

/** An approval as ApprovalFact. */
export const approvalJson = (a: string): string => `jsonb_build_object(
    'id', ${a}.id, 'requestId', ${a}.request_id, 'status', ${a}.status, 'stage', ${a}.stage,
    'dueAt', ${ms(`${a}.due_at`)}, 'decision', ${a}.decision)`

const principalJson = (p: string) => `jsonb_build_object(
    'id', ${p}.id, 'kind', ${p}.kind, 'displayName', ${p}.display_name, 'upn', ${p}.upn, 'mail', ${p}.mail,
    'enabled', ${p}.enabled, 'assignableToRole', ${p}.assignable_to_role)`

/** A live membership whose window contains $2. */
export const membership = (s: string): string => `${s}.plane = 'group' and ${s}.role = 'member' and ${s}.level = 'Assignment'
      and ${s}.status in ('Granted', 'Provisioned') and ${s}.starts_at <= $2 and (${s}.ends_at is null or ${s}.ends_at > $2)`

const live = (s: string) => `${s}.status in ('Granted', 'Provisioned')`

/** A lookup for each row before it, by its own index. `offset 0` keeps the planner from turning it into a join over the whole table,
 * which it would choose while tables are small, and keep for as long as the statement stays prepared. */
export const look = (alias: string, table: string, where: string): string =>
  `cross join lateral (select * from ${table} ${alias} where ${where} offset 0) ${alias}`

/** The same where there may be nothing. */
export const lookMaybe = (alias: string, table: string, where: string): string =>
  `left join lateral (select * from ${table} ${alias} where ${where} offset 0) ${alias} on true`

const basis = (s: string): string => lookMaybe('b', 'schedules', `b.id = ${s}.basis_id`)
const PENDING = `status in ('PendingApproval', 'PendingAdminDecision')`

/** $1: the items as JSON; $2: now. */
export const FACTS = `
with recursive item as (
  select i.*, array_prepend(i.scope, coalesce(s.ancestors, '{}')) as chain
  from jsonb_to_recordset($1::jsonb) as i(
    n int, plane text, scope text, role text, principal uuid, actor uuid, level text,
    authority boolean, alters boolean, renews boolean, name text, assignment text, request uuid, counted text, proof text)
  ${lookMaybe('s', 'scopes', 's.plane = i.plane and s.id = i.scope and s.deleted_at is null')}
),
person as (
  select principal as id from item union select actor from item where actor is not null
),
edge as (
  select p.id as person, s.id, s.principal_id, s.group_id, s.starts_at, s.ends_at, s.source, s.basis_id
  from person p ${look('s', 'schedules', `s.principal_id = p.id and ${membership('s')}`)}
  union
  select e.person, s.id, s.principal_id, s.group_id, s.starts_at, s.ends_at, s.source, s.basis_id
  from edge e ${look('s', 'schedules', `s.principal_id = e.group_id and ${membership('s')}`)}
),
stands as (
  select person, group_id as holder from edge union select id, id from person
),
mine as (
  select i.n, i.alters, i.level as asked, i.principal, i.scope as at, s.*
  from item i
  join stands t on t.person = i.principal
  ${look('s', 'schedules', `s.principal_id = t.holder and s.plane = i.plane and s.role = i.role and s.scope = any(i.chain) and ${live('s')}`)}
  union all
  select i.n, i.alters, i.level, i.principal, i.scope, s.*
  from item i
  ${look(
    's',
    'schedules',
    `i.renews and s.principal_id = i.principal and s.plane = i.plane and s.role = i.role and s.scope = i.scope
    and s.status = 'Expired' and s.ends_at >= $2 - interval '31 days'`,
  )}
),
foundation as (
  select n, id from mine where alters and asked = 'Eligibility' and level = 'Eligibility' and principal_id = principal and scope = at
)
select i.n, 'principal' as kind, ${principalJson('p')} as data
from item i ${look('p', 'principals', 'p.id = i.principal and p.deleted_at is null')}
union all
select i.n, 'actor', ${principalJson('p')}
from item i ${look('p', 'principals', 'p.id = i.actor and p.deleted_at is null')}
union all
select i.n, 'role', jsonb_build_object('plane', r.plane, 'id', r.id, 'name', r.name, 'builtIn', r.built_in,
    'privileged', r.privileged, 'assignableScopes', r.assignable_scopes)
from item i ${look('r', 'roles', 'r.plane = i.plane and r.id = i.role and r.deleted_at is null and r.enabled')}
union all
select i.n, 'scope', jsonb_build_object('plane', s.plane, 'id', s.id, 'kind', s.kind, 'displayName', s.display_name,
    'ancestors', s.ancestors, 'locked', s.locked, 'managed', s.managed_at is not null,
    'assignableToRole', coalesce(g.assignable_to_role, false), 'membership', coalesce(g.membership, 'assigned'))
from item i ${look('s', 'scopes', 's.plane = i.plane and s.id = i.scope and s.deleted_at is null')}
${lookMaybe('g', 'principals', `s.kind = 'group' and g.id = (case when s.kind = 'group' then s.id::uuid end)`)}
union all
select -1, 'edge', jsonb_build_object('person', e.person, 'scheduleId', e.id, 'member', e.principal_id, 'group', e.group_id,
    'source', e.source, 'window', jsonb_build_object('start', ${ms('e.starts_at')}, 'end', ${ms('e.ends_at')}), 'basis', ${basisJson('b')})
from edge e ${basis('e')}
union all
select m.n, 'schedule', ${scheduleJson('m', 'b')}
from mine m ${basis('m')}
union all
select i.n, 'held', ${scheduleJson('s', 'b')} || jsonb_build_object('permissions', case when s.plane = 'resource' then r.permissions else '{}' end)
from item i
join stands t on t.person = i.actor
${look(
  's',
  'schedules',
  `i.authority and s.principal_id = t.holder and s.level = 'Assignment' and ${live('s')}
  and ((s.plane = 'directory' and s.scope = '/') or (s.plane = i.plane and s.scope = any(i.chain)))`,
)}
${look('r', 'roles', 'r.plane = s.plane and r.id = s.role')}
${basis('s')}
union all
select f.n, 'linked', ${scheduleJson('s', 'b')}
from foundation f ${look('b', 'schedules', 'b.id = f.id')} ${look('s', 'schedules', `s.basis_id = f.id and ${live('s')}`)}
union all
select i.n, 'pending', ${requestJson('r')}
from item i ${look('r', 'requests', `r.principal_id = i.principal and r.plane = i.plane and r.role = i.role and r.scope = i.scope and r.${PENDING}`)}
union all
select f.n, 'pending', ${requestJson('r')}
from foundation f ${look('r', 'requests', `r.eligibility_id = f.id and r.status in ('PendingApproval', 'PendingAdminDecision', 'Granted')`)}
union all
select i.n, 'policy', jsonb_build_object('scope', p.scope, 'changed', p.changed)
from item i ${look('p', 'policies', 'p.plane = i.plane and p.role = i.role and p.scope = any(i.chain)')}
union all
select i.n, 'name', to_jsonb(r.id)
from item i ${look('r', 'requests', 'i.name is not null and r.plane = i.plane and r.scope = i.scope and r.name = i.name')}
union all
select i.n, 'spent', to_jsonb(r.id)
from item i ${look('r', 'requests', `i.proof is not null and r.proof ->> 'spends' is not null and r.proof ->> 'spends' = i.proof`)}
union all
select i.n, 'named', ${scheduleJson('s', 'b')}
from item i ${look(
  's',
  'schedules',
  `i.assignment is not null and lower(s.name) = i.assignment and ${live('s')} and s.plane = i.plane and s.scope = i.scope
  and s.level = 'Assignment' and (s.ends_at is null or s.ends_at > $2)`,
)} ${basis('s')}
union all
select i.n, 'request', ${requestJson('r')}
from item i ${look('r', 'requests', 'r.id = i.request')}
union all
select i.n, 'approval', ${approvalJson('a')}
from item i ${look('a', 'approvals', 'a.request_id = i.request')}
union all
select i.n, 'count', to_jsonb((
  select count(*) from scopes c
  cross join lateral (select 1 from schedules s where s.plane = 'resource' and s.scope = c.id and s.level = 'Assignment' and ${live('s')} offset 0) s
  where c.plane = 'resource' and (c.id = i.counted or c.ancestors @> array[i.counted])))
from item i
where i.counted is not null`
