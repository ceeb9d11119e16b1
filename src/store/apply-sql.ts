// The one statement that writes changes: rows to add, rows to move by compare-and-set, their events, and what is to be told.
// Every part takes its rows as JSON; an empty list costs next to nothing. It answers how many rows moved, and whose
// grants must be derived anew.

import { addEvents } from './event-row.ts'

export const APPLY = `
with
added_requests as (
  insert into requests (id, plane, scope, role, principal_id, level, action, status, requested_by, created_at, completed_at,
    schedule_id, eligibility_id, approval_id, starts_at, ends_at, ask, proof, snapshot, name)
  select id, plane, scope, role, principal_id, level, action, status, requested_by, created_at, completed_at,
    schedule_id, eligibility_id, approval_id, starts_at, ends_at, ask, proof, snapshot, name
  from jsonb_to_recordset($1::jsonb) as r(id uuid, plane text, scope text, role text, principal_id uuid, level text, action text,
    status text, requested_by uuid, created_at timestamptz, completed_at timestamptz, schedule_id uuid, eligibility_id uuid,
    approval_id uuid, starts_at timestamptz, ends_at timestamptz, ask jsonb, proof jsonb, snapshot jsonb, name text)
),
added_schedules as (
  insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, ends_at, created_at,
    modified_at, request_id, basis_id, condition, condition_version, description)
  select id, name, plane, scope, role, principal_id, level, source, status, starts_at, ends_at, created_at,
    modified_at, request_id, basis_id, condition, condition_version, description
  from jsonb_to_recordset($2::jsonb) as s(id uuid, name text, plane text, scope text, role text, principal_id uuid, level text,
    source text, status text, starts_at timestamptz, ends_at timestamptz, created_at timestamptz, modified_at timestamptz,
    request_id uuid, basis_id uuid, condition text, condition_version text, description text)
),
-- What a new schedule speaks of is held still, and must not have been deleted since it was judged: who deletes it comes first or sees it.
grounded as (
  select 1
  from jsonb_to_recordset($2::jsonb) as s(plane text, scope text, role text, principal_id uuid)
  cross join lateral (select 1 from principals p where p.id = s.principal_id and p.deleted_at is null for key share) p
  cross join lateral (select 1 from roles r where r.plane = s.plane and r.id = s.role and r.deleted_at is null for key share) r
  cross join lateral (select 1 from scopes c where c.plane = s.plane and c.id = s.scope and c.deleted_at is null for key share) c
),
added_approvals as (
  insert into approvals (id, request_id, status, stage, due_at)
  select id, request_id, status, stage, due_at
  from jsonb_to_recordset($3::jsonb) as a(id uuid, request_id uuid, status text, stage jsonb, due_at timestamptz)
),
moved_requests as (
  update requests t set status = m.to_state, completed_at = m.completed_at, schedule_id = m.schedule_id,
    starts_at = m.starts_at, ends_at = m.ends_at
  from jsonb_to_recordset($4::jsonb) as m(id uuid, from_state text, to_state text, completed_at timestamptz, schedule_id uuid,
    starts_at timestamptz, ends_at timestamptz)
  where t.id = m.id and t.status = m.from_state
  returning 1
),
moved_schedules as (
  update schedules t set status = m.to_state, ends_at = m.ends_at, modified_at = $8
  from jsonb_to_recordset($5::jsonb) as m(id uuid, from_state text, to_state text, ends_at timestamptz)
  where t.id = m.id and t.status = m.from_state
  returning t.plane, t.scope, t.role, t.principal_id, t.level
),
moved_approvals as (
  update approvals t set status = m.to_state, decision = m.decision
  from jsonb_to_recordset($6::jsonb) as m(id uuid, from_state text, to_state text, decision jsonb)
  where t.id = m.id and t.status = m.from_state
  returning 1
),
told as (${addEvents('$7')}
),
posted as (
  insert into outbox (topic, event_id, due_at)
  select topic, event_id, $8
  from jsonb_to_recordset($9::jsonb) as o(topic text, event_id uuid, plane text, role text)
  -- a membership may reach any target; another assignment only one that its privilege is bound to
  where topic <> 'holding'
    or exists (select from bindings b where o.role = 'member' or (b.plane = o.plane and b.role = o.role))
),
-- the first assignment brings a scope under management, for good (behaviour 2.3 rule 11)
managed as (
  update scopes c set managed_at = $8
  from jsonb_to_recordset($2::jsonb) as s(plane text, scope text, source text)
  where c.plane = s.plane and c.id = s.scope and c.managed_at is null and s.source <> 'Outside'
),
-- who holds a bound privilege themselves, there or from a scope above
touched as (
  select distinct x.principal_id
  from (
    select plane, scope, role, principal_id, level
    from jsonb_to_recordset($2::jsonb) as s(plane text, scope text, role text, principal_id uuid, level text)
    union all select * from moved_schedules
  ) x
  join bindings b on b.plane = x.plane and b.role = x.role
  join scopes c on c.plane = b.plane and c.id = b.scope
  where x.level = 'Assignment' and (x.scope = b.scope or x.scope = any(c.ancestors))
)
select (select count(*) from moved_requests)::int as requests,
  (select count(*) from moved_schedules)::int as schedules,
  (select count(*) from moved_approvals)::int as approvals,
  (select count(*) from grounded)::int as grounded,
  array(select principal_id::text from touched) as touched`
