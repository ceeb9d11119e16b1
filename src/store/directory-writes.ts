// People, groups and units as rows: changed, and taken out of the directory. Who is gone is kept, without its names, for what was
// written about it.

import type { ApprovalFact } from '../domain/approval/approval.ts'
import type { Privilege } from '../domain/privilege.ts'
import type { RequestFact } from '../domain/request/request.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { approvalJson, lookMaybe, requestJson, scheduleJson } from './facts-sql.ts'
import { standsFor } from './list-sql.ts'
import type { Sql } from './sql.ts'

/** What changes of a principal; what is left out stays, an attribute that is null goes. */
export interface PrincipalEdit {
  readonly displayName?: string
  readonly upn?: string
  readonly mail?: string | null
  readonly attributes: Readonly<Record<string, unknown>>
}

const UPDATE = `
update principals set display_name = coalesce($2, display_name), upn = coalesce(lower($3), upn), mail = case when $4 then $5 else mail end,
  attributes = jsonb_strip_nulls(attributes || $6::jsonb)
where id = $1`

/** Changes a principal, the name of its scope if it is a group, and the name it answers to if that is new. */
export async function updatePrincipal(tx: Sql, id: string, edit: PrincipalEdit): Promise<void> {
  if (edit.upn !== undefined)
    await tx.query('delete from principal_names where principal_id = $1 and name = (select upn from principals where id = $1)', [id])
  const attributes = JSON.stringify(edit.attributes)
  await tx.query(UPDATE, [id, edit.displayName ?? null, edit.upn ?? null, edit.mail !== undefined, edit.mail ?? null, attributes])
  if (edit.upn !== undefined) await tx.query('insert into principal_names (name, principal_id) values (lower($2), $1)', [id, edit.upn])
  if (edit.displayName !== undefined)
    await tx.query(`update scopes set display_name = $2 where plane = 'group' and id = $1::text`, [id, edit.displayName])
}

export const writeManager = async (tx: Sql, id: string, managerId: string | null): Promise<void> => {
  await tx.query('update principals set manager_id = $2 where id = $1', [id, managerId])
}

/** Would this person come above themselves if `managerId` became their manager? */
export async function wouldCircle(tx: Sql, id: string, managerId: string): Promise<boolean> {
  const rows = await tx.query(
    `with recursive up as (
       select $2::uuid as id union select p.manager_id from up join principals p on p.id = up.id where p.manager_id is not null
     ) select 1 from up where id = $1`,
    [id, managerId],
  )
  return rows.length > 0
}

const FORGET = [
  'delete from principal_names where principal_id = $1',
  'delete from unit_members where principal_id = $1',
  'update principals set manager_id = null where manager_id = $1',
  `update principals set deleted_at = $2, upn = replace(id::text, '-', '') || upn where id = $1`,
  `update scopes set deleted_at = $2 where plane = 'group' and id = $1::text`,
]

/** Takes a principal out of the directory: its names are free again, its row stays for what speaks of it. */
export async function forgetPrincipal(tx: Sql, id: string, now: Instant): Promise<void> {
  for (const text of FORGET) await tx.query(text, text.includes('$2') ? [id, formatInstant(now)] : [id])
}

/** How many groups may hold roles. */
export const countAssignable = async (tx: Sql): Promise<number> =>
  (
    await tx.query<{ n: number }>(
      `select count(*)::int as n from principals where assignable_to_role and kind = 'group' and deleted_at is null`,
    )
  )[0]?.n ?? 0

const LIVE = `in ('Granted', 'Provisioned')`
const PRIVILEGED = `
select 1 from schedules s ${lookMaybe('g', 'principals', 'g.id = s.group_id')}
where s.principal_id = any(array${standsFor('$1::uuid', '$2::timestamptz')}) and s.status ${LIVE} and (s.ends_at is null or s.ends_at > $2)
  and (s.plane = 'directory' or g.assignable_to_role)
limit 1`

/** Holds it a directory role, or a part in a group that may hold one, or is it eligible for either? */
export const isPrivileged = async (tx: Sql, id: string, now: Instant): Promise<boolean> =>
  (await tx.query(PRIVILEGED, [id, formatInstant(now)])).length > 0

const TOUCHED = `s.status ${LIVE} and (s.principal_id = $1 or (s.plane = $2 and s.scope = $3))`
const ENDING = `
select ${scheduleJson('s', 'b')} as data from schedules s left join schedules b on b.id = s.basis_id
where s.status ${LIVE} and (s.id in (select s.id from schedules s where ${TOUCHED})
  or s.basis_id in (select s.id from schedules s where ${TOUCHED}))
order by s.id for update of s`
const WAITING = `
select ${requestJson('r')} as request, case when a.id is not null then ${approvalJson('a')} end as approval
from requests r left join approvals a on a.request_id = r.id and a.status = 'InProgress'
where (r.status in ('PendingApproval', 'PendingAdminDecision') and (r.principal_id = $1 or (r.plane = $2 and r.scope = $3)
    or r.eligibility_id = any($4::uuid[])))
  or (r.status = 'Granted' and r.schedule_id = any($4::uuid[]))
order by r.id for update of r`

/** What ends with a principal or a scope: its schedules, those that rest on them, and the requests that wait. Locked. */
export async function endingWith(tx: Sql, principalId: string | null, scope: Pick<Privilege, 'plane' | 'scope'> | null) {
  const at = [principalId, scope?.plane ?? null, scope?.scope ?? null]
  // Whoever gives something there right now is waited for; whoever comes later finds it gone.
  await tx.query('select 1 from scopes where plane = $1 and id = $2 for update', at.slice(1))
  const schedules = (await tx.query<{ data: ScheduleFact }>(ENDING, at)).map((row) => row.data)
  const ids = schedules.map((s) => s.id)
  const requests = await tx.query<{ request: RequestFact; approval: ApprovalFact | null }>(WAITING, [...at, ids])
  return { schedules, requests }
}
