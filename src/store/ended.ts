// What ended lately, and what happened to a request.

import { formatInstant, type Instant } from '../domain/time.ts'
import { scheduleJson } from './facts-sql.ts'
import type { ListedSchedule } from './list.ts'
import type { Sql } from './sql.ts'

const ENDED = `
select ${scheduleJson('s', 'b')} as schedule,
  jsonb_build_object('id', p.id, 'kind', p.kind, 'displayName', p.display_name, 'upn', p.upn, 'mail', p.mail, 'enabled', p.enabled,
    'assignableToRole', p.assignable_to_role) as principal,
  jsonb_build_object('id', d.id, 'name', d.name, 'builtIn', d.built_in) as role,
  jsonb_build_object('id', c.id, 'kind', c.kind, 'displayName', c.display_name, 'spelling', c.spelling) as scope
from schedules s
join principals p on p.id = s.principal_id
join roles d on d.plane = s.plane and d.id = s.role
join scopes c on c.plane = s.plane and c.id = s.scope
left join schedules b on b.id = s.basis_id
where s.principal_id = $1 and s.level = 'Assignment' and s.ends_at <= $2 and s.ends_at > $3 and s.status not in ('Canceled', 'Failed')
order by s.ends_at desc, s.id limit $4`

type Ended = Pick<ListedSchedule, 'schedule' | 'principal' | 'role' | 'scope'>

/** Assignments of this principal that ended after `since`, latest first. */
export const selectEnded = (tx: Sql, principalId: string, now: Instant, since: Instant, limit: number): Promise<readonly Ended[]> =>
  tx.query<Ended & Record<string, unknown>>(ENDED, [principalId, formatInstant(now), formatInstant(since), limit], 'ended')

export interface Happened {
  readonly position: number
  readonly id: string
  readonly at: Instant
  readonly subject: string
  readonly subjectId: string
  readonly from: string | null
  readonly to: string | null
  readonly action: string | null
  readonly reason: string | null
}

/** Events of a request after a position, in order. */
export const selectHappened = (tx: Sql, requestId: string, after: number): Promise<readonly Happened[]> =>
  tx.query<Happened & Record<string, unknown>>(
    `select position, id, (extract(epoch from at) * 1000)::bigint as at, subject, subject_id as "subjectId", from_state as from,
       to_state as to, action, reason
     from events where request_id = $1 and position > $2 order by position limit 1000`,
    [requestId, after],
    'request-events',
  )
