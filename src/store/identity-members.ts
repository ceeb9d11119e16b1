// Memberships that sources put in place, as rows beside their schedules.

import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { scheduleJson } from './facts-sql.ts'
import type { Sql } from './sql.ts'

export interface MemberRow {
  readonly principalId: string
  /** The source that put it in place; null for a membership that somebody else gave. */
  readonly sourceId: string | null
  readonly schedule: ScheduleFact
}

/** Live memberships for good of a group: those of a source, and others that stand in their way. All, or of some principals. */
export const selectMembers = (tx: Sql, groupId: string, now: Instant, only: readonly string[] | null): Promise<readonly MemberRow[]> =>
  tx.query<MemberRow & Record<string, unknown>>(
    `select s.principal_id as "principalId", m.source_id as "sourceId", ${scheduleJson('s', 'b')} as schedule
     from schedules s left join schedules b on b.id = s.basis_id
     left join identity_members m on m.group_id = s.group_id and m.principal_id = s.principal_id and m.schedule_id = s.id
     where s.group_id = $1 and s.plane = 'group' and s.role = 'member' and s.level = 'Assignment' and s.source = 'Outside'
       and s.status in ('Granted', 'Provisioned') and (s.ends_at is null or s.ends_at > $2)
       and ($3::uuid[] is null or s.principal_id = any($3))
     order by s.principal_id`,
    [groupId, formatInstant(now), only],
    'identity-select-members',
  )

/** Groups of a source that a principal is in by its word. */
export const selectGroupsOf = async (tx: Sql, sourceId: string, principalId: string): Promise<readonly string[]> =>
  (
    await tx.query<{ id: string }>(
      `select m.group_id as id from identity_members m join schedules s on s.id = m.schedule_id and s.status in ('Granted', 'Provisioned')
       where m.principal_id = $1 and m.source_id = $2 order by 1`,
      [principalId, sourceId],
    )
  ).map((r) => r.id)

export interface MemberOf {
  readonly groupId: string
  readonly principalId: string
  readonly displayName: string
  readonly kind: string
}

const LISTED = `select m.group_id as "groupId", m.principal_id as "principalId", p.display_name as "displayName", p.kind
from identity_members m join schedules s on s.id = m.schedule_id and s.status in ('Granted', 'Provisioned')
join principals p on p.id = m.principal_id and p.deleted_at is null`

/** Members, by a source's word, of these groups. */
export const listMembers = (tx: Sql, groupIds: readonly string[]): Promise<readonly MemberOf[]> =>
  tx.query<MemberOf & Record<string, unknown>>(`${LISTED} where m.group_id = any($1::uuid[]) order by 1, 2`, [groupIds], 'identity-members')

export interface GroupOf {
  readonly principalId: string
  readonly groupId: string
  readonly displayName: string
}

/** Groups of a source that these people are in by its word. */
export const listGroupsOf = (tx: Sql, sourceId: string, principalIds: readonly string[]): Promise<readonly GroupOf[]> =>
  tx.query<GroupOf & Record<string, unknown>>(
    `select m.principal_id as "principalId", m.group_id as "groupId", g.display_name as "displayName"
     from identity_members m join schedules s on s.id = m.schedule_id and s.status in ('Granted', 'Provisioned')
     join principals g on g.id = m.group_id and g.deleted_at is null
     where m.principal_id = any($2::uuid[]) and m.source_id = $1 order by 1, 2`,
    [sourceId, principalIds],
    'identity-groups-of',
  )

/** How many memberships of a source stand, by group: what a run compares with. */
export const selectStanding = (tx: Sql, sourceId: string): Promise<readonly { groupId: string; principalId: string }[]> =>
  tx.query(
    `select m.group_id as "groupId", m.principal_id as "principalId" from identity_members m
     join schedules s on s.id = m.schedule_id and s.status in ('Granted', 'Provisioned') where m.source_id = $1`,
    [sourceId],
  )

/** Notes whose memberships these are from now on. */
export async function noteMembers(
  tx: Sql,
  sourceId: string,
  groupId: string,
  rows: readonly { readonly principalId: string; readonly scheduleId: string }[],
): Promise<void> {
  if (rows.length === 0) return
  await tx.query(
    `insert into identity_members (group_id, principal_id, source_id, schedule_id)
     select $1, "principalId", $2, "scheduleId" from jsonb_to_recordset($3::jsonb) as r("principalId" uuid, "scheduleId" uuid)
     on conflict (group_id, principal_id) do update set source_id = excluded.source_id, schedule_id = excluded.schedule_id`,
    [groupId, sourceId, JSON.stringify(rows)],
  )
}

export const forgetMembers = async (tx: Sql, groupId: string, principalIds: readonly string[]): Promise<void> => {
  if (principalIds.length > 0)
    await tx.query('delete from identity_members where group_id = $1 and principal_id = any($2::uuid[])', [groupId, principalIds])
}
