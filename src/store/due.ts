// Rows whose time has come, taken by `skip locked` so that many workers share them and a dead one holds nothing up.
// Each function is one statement; the caller's transaction writes what follows.

import type { ApprovalFact } from '../domain/approval/approval.ts'
import type { RequestFact } from '../domain/request/request.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { approvalJson, requestJson, scheduleJson } from './facts-sql.ts'
import type { Sql } from './sql.ts'

const ENDING = `
with due as (
  select * from schedules where status in ('Granted', 'Provisioned') and ends_at <= $1 order by ends_at limit $2 for update skip locked
)
select ${scheduleJson('s', 'b')} as data from due s left join schedules b on b.id = s.basis_id`

/** Schedules past their end. */
export const takeEnding = async (tx: Sql, now: Instant, limit: number): Promise<readonly ScheduleFact[]> =>
  (await tx.query<{ data: ScheduleFact }>(ENDING, [formatInstant(now), limit], 'due-ending')).map((r) => r.data)

const STARTING = `
with due as (
  select * from schedules where status = 'Granted' and starts_at <= $1 and (ends_at is null or ends_at > $1)
  order by starts_at limit $2 for update skip locked
)
select ${scheduleJson('s', 'b')} as schedule, case when r.id is not null then ${requestJson('r')} end as request
from due s left join schedules b on b.id = s.basis_id
left join requests r on r.schedule_id = s.id and r.status = 'Granted'`

/** Schedules whose start has come, each with the request that waits for it. */
export const takeStarting = (tx: Sql, now: Instant, limit: number) =>
  tx.query<{ schedule: ScheduleFact; request: RequestFact | null }>(STARTING, [formatInstant(now), limit], 'due-starting')

const LAPSED = `
with due as (
  select * from approvals where status = 'InProgress' and due_at <= $1 order by due_at limit $2 for update skip locked
)
select ${approvalJson('a')} as approval, ${requestJson('r')} as request
from due a join requests r on r.id = a.request_id and r.status = 'PendingApproval'`

/** Approvals that nobody decided in time. */
export const takeLapsed = (tx: Sql, now: Instant, limit: number) =>
  tx.query<{ approval: ApprovalFact; request: RequestFact }>(LAPSED, [formatInstant(now), limit], 'due-lapsed')

const LIVE = `status in ('Granted', 'Provisioned')`
const MEMBERSHIP = `m.plane = 'group' and m.role = 'member' and m.level = 'Assignment' and m.${LIVE}
      and m.starts_at <= $2 and (m.ends_at is null or m.ends_at > $2)`

// An activation has lost its ground when its eligibility was ended, or belongs to a group the holder has left, or when its
// holder was disabled or deleted. Access has ended with that already (D10); this finds the rows to tidy. Each branch starts from an
// index of the few rows in question.
const GROUNDLESS = `
with gone as (
  select s.id from principals p
  cross join lateral (select id from schedules where principal_id = p.id and ${LIVE} and source = 'Activated' offset 0) s
  where not p.enabled or p.deleted_at is not null
  union
  select s.id from schedules s join schedules b on b.id = s.basis_id
  where s.source = 'Activated' and s.${LIVE} and (b.status not in ('Granted', 'Provisioned')
    or (b.principal_id <> s.principal_id and not exists (
      with recursive up as (
        select m.group_id from schedules m where m.principal_id = s.principal_id and ${MEMBERSHIP}
        union
        select m.group_id from up join schedules m on m.principal_id = up.group_id and ${MEMBERSHIP}
      ) select 1 from up where up.group_id = b.principal_id)))
)
select ${scheduleJson('s', 'b')} as data
from schedules s join schedules b on b.id = s.basis_id
where s.id in (select id from gone limit $1) and (s.ends_at is null or s.ends_at > $2) and s.${LIVE}
for update of s skip locked`

/** Activations without ground. */
export const takeGroundless = async (tx: Sql, now: Instant, limit: number): Promise<readonly ScheduleFact[]> =>
  (await tx.query<{ data: ScheduleFact }>(GROUNDLESS, [limit, formatInstant(now)], 'due-groundless')).map((r) => r.data)

const ORPHANED = `
select ${requestJson('r')} as request, case when a.id is not null then ${approvalJson('a')} end as approval
from principals p
cross join lateral (select * from requests where principal_id = p.id and status in ('PendingApproval', 'PendingAdminDecision') offset 0) x
join requests r on r.id = x.id
left join approvals a on a.request_id = r.id and a.status = 'InProgress'
where not p.enabled or p.deleted_at is not null
limit $1
for update of r skip locked`

/** Pending requests of people who were disabled or deleted. */
export const takeOrphaned = (tx: Sql, limit: number) =>
  tx.query<{ request: RequestFact; approval: ApprovalFact | null }>(ORPHANED, [limit], 'due-orphaned')

const DELETED = `
with gone as (
  select s.id from principals p
  cross join lateral (select id from schedules where principal_id = p.id and ${LIVE} offset 0) s where p.deleted_at is not null
  union
  select s.id from roles r
  cross join lateral (select id from schedules where plane = r.plane and role = r.id and ${LIVE} offset 0) s where r.deleted_at is not null
  union
  select s.id from scopes c
  cross join lateral (select id from schedules where plane = c.plane and scope = c.id and ${LIVE} offset 0) s where c.deleted_at is not null
)
select ${scheduleJson('s', 'b')} as data
from schedules s left join schedules b on b.id = s.basis_id
where s.id in (select id from gone limit $1) and s.${LIVE}
for update of s skip locked`

/** Schedules whose principal, role or scope was deleted. */
export const takeDeleted = async (tx: Sql, limit: number): Promise<readonly ScheduleFact[]> =>
  (await tx.query<{ data: ScheduleFact }>(DELETED, [limit], 'due-deleted')).map((r) => r.data)

const NEXT = `
select min(at) as at from (
  (select starts_at as at from schedules where status = 'Granted' order by starts_at limit 1)
  union all (select ends_at from schedules where status in ('Granted', 'Provisioned') and ends_at is not null order by ends_at limit 1)
  union all (select due_at from approvals where status = 'InProgress' order by due_at limit 1)
) due`

/** The earliest instant at which something falls due, or null. */
export const nextDue = async (tx: Sql): Promise<Instant | null> =>
  (await tx.query<{ at: Instant | null }>(NEXT, [], 'due-next'))[0]?.at ?? null
