// What each list can be filtered and ordered by, in Graph's property names; ARM's differ in a few and stand beside them.
// `s` is the schedule, `r` the request, `b` the eligibility beneath.

import type { Columns } from './filter-sql.ts'

const guid = (value: string): string => value.split('/').at(-1)?.toLowerCase() ?? ''

/** Kept in lower case already: compared as it is, so that the index serves. */
const lower = (value: string): string => value.toLowerCase()

/** A role in any spelling: filters compare by GUID, ignoring case and prefix (D23). */
const role = (alias: string) => ({ sql: `${alias}.role`, type: 'text' as const, read: guid })
const pascal = (sql: string) => ({ sql, type: 'ci' as const })

const privilege = (a: string): Columns => ({
  principalid: { sql: `${a}.principal_id`, type: 'uuid' },
  roledefinitionid: role(a),
  accessid: { sql: `${a}.role`, type: 'text', read: lower },
  groupid: { sql: `${a}.scope`, type: 'text', read: lower },
  directoryscopeid: { sql: `${a}.scope`, type: 'ci' },
  appscopeid: { sql: 'null::text', type: 'text' },
  scope: { sql: `${a}.scope`, type: 'ci' },
  status: pascal(`${a}.status`),
})

/** `{group}_{access}_{guid}` names a schedule on the group plane; a bare GUID elsewhere (D24). */
const scheduleId = (sql: string) => ({ sql, type: 'uuid' as const, read: (v: string) => v.split('_').at(-1) ?? null })

export const REQUEST_COLUMNS: Columns = {
  ...privilege('r'),
  id: { sql: 'r.id', type: 'uuid' },
  name: { sql: 'coalesce(r.name, r.id::text)', type: 'ci' },
  action: pascal('r.action'),
  requesttype: pascal('r.action'),
  createdby: { sql: 'r.requested_by', type: 'uuid' },
  'createdby/user/id': { sql: 'r.requested_by', type: 'uuid' },
  requestorid: { sql: 'r.requested_by', type: 'uuid' },
  approvalid: { sql: 'r.approval_id', type: 'uuid', read: guid },
  targetscheduleid: scheduleId('r.schedule_id'),
  createddatetime: { sql: 'r.created_at', type: 'time' },
  createdon: { sql: 'r.created_at', type: 'time' },
  completeddatetime: { sql: 'r.completed_at', type: 'time' },
}

export const SCHEDULE_COLUMNS: Columns = {
  ...privilege('s'),
  id: scheduleId('s.id'),
  name: { sql: 's.name', type: 'ci' },
  createdusing: { sql: 's.request_id', type: 'uuid' },
  roleassignmentscheduleid: scheduleId('s.id'),
  roleeligibilityscheduleid: scheduleId('s.id'),
  assignmentscheduleid: scheduleId('s.id'),
  eligibilityscheduleid: scheduleId('s.id'),
  roleassignmentoriginid: scheduleId('s.id'),
  assignmenttype: { sql: `case when s.source = 'Activated' then 'activated' else 'assigned' end`, type: 'ci' },
  membertype: { sql: 'member_type', type: 'ci' },
  createddatetime: { sql: 's.created_at', type: 'time' },
  createdon: { sql: 's.created_at', type: 'time' },
  modifieddatetime: { sql: 's.modified_at', type: 'time' },
  startdatetime: { sql: 's.starts_at', type: 'time' },
  enddatetime: { sql: 's.ends_at', type: 'time' },
}
