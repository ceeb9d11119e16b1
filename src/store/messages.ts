// What is to be told, and what was. Claims are `skip locked`, so that many workers share them and none waits; everything that a
// telling needs is loaded for all claimed events at once.

import type { Edge } from '../domain/access/groups.ts'
import type { Occasion } from '../domain/messages/occasion.ts'
import type { Rule } from '../domain/policy/rule.ts'
import type { Privilege } from '../domain/privilege.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { approvalJson, basisJson, membership, requestJson, scheduleJson } from './facts-sql.ts'
import type { Sql } from './sql.ts'

/** An event that somebody may have to be told of. */
export interface Posted {
  readonly id: number
  readonly eventId: string
  readonly attempts: number
}

const CLAIM = `
select id, event_id as "eventId", attempts from outbox
where topic = 'message' and due_at <= $1 and (attempts > 0) = $2 and ($3::bigint is null or id = $3)
order by due_at, id limit $4 for update skip locked`

/** Takes what is due, until the transaction ends: what was never tried, what is tried again, or one row. */
export const claimPosted = (tx: Sql, now: Instant, again: boolean, only: number | null, limit: number): Promise<Posted[]> =>
  tx.query<Posted & Record<string, unknown>>(CLAIM, [formatInstant(now), again, only, limit], 'messages-claim')

/** Posts events that `apply` does not post itself. */
export const postEvents = async (tx: Sql, eventIds: readonly string[], now: Instant): Promise<void> => {
  await tx.query(
    `insert into outbox (topic, event_id, due_at) select 'message', id, $2 from unnest($1::uuid[]) as id`,
    [eventIds, formatInstant(now)],
    'messages-post',
  )
}

/** They have been told, or nobody is. */
export const dropPosted = async (tx: Sql, ids: readonly number[]): Promise<void> => {
  await tx.query('delete from outbox where id = any($1::bigint[])', [ids], 'messages-drop')
}

/** To be tried again at `due`. */
export const postpone = async (tx: Sql, id: number, due: Instant, why: string): Promise<void> => {
  await tx.query(
    'update outbox set attempts = attempts + 1, due_at = $2, last_error = $3 where id = $1',
    [id, formatInstant(due), why],
    'messages-postpone',
  )
}

/** When something is to be told next, or null. */
export const nextPosted = async (tx: Sql): Promise<Instant | null> =>
  (
    await tx.query<{ at: Instant | null }>(
      `select min(due_at) as at from (select due_at from outbox where topic = 'message' order by due_at limit 1) next`,
      [],
      'messages-next',
    )
  )[0]?.at ?? null

const OCCASIONS = `
select jsonb_build_object(
    'eventId', e.id, 'at', (extract(epoch from e.at) * 1000)::bigint, 'machine', e.machine, 'from', e.from_state, 'to', e.to_state,
    'level', e.level, 'action', e.action, 'source', e.data ->> 'source', 'reason', e.reason,
    'actorId', e.actor_id, 'by', doer.display_name,
    'privilege', jsonb_build_object('plane', e.plane, 'scope', e.scope, 'role', e.role),
    'role', jsonb_build_object('plane', d.plane, 'id', d.id, 'name', d.name, 'builtIn', d.built_in, 'privileged', d.privileged,
      'assignableScopes', d.assignable_scopes),
    'scope', jsonb_build_object('id', c.id, 'kind', c.kind, 'displayName', c.display_name, 'ancestors', c.ancestors),
    'principalId', p.id, 'who', p.display_name, 'isGroup', p.kind = 'group',
    'request', case when r.id is not null then ${requestJson('r')} end,
    'approval', case when a.id is not null then ${approvalJson('a')} end,
    'basisScope', b.scope,
    'start', case when e.machine = 'schedule' then e.data -> 'start' else to_jsonb((extract(epoch from r.starts_at) * 1000)::bigint) end,
    'end', case when e.machine = 'schedule' then e.data -> 'end' else to_jsonb((extract(epoch from r.ends_at) * 1000)::bigint) end
  ) as data
from unnest($1::uuid[]) as x(id)
join events e on e.id = x.id
join roles d on d.plane = e.plane and d.id = e.role
join scopes c on c.plane = e.plane and c.id = e.scope
join principals p on p.id = e.principal_id
left join principals doer on doer.id = e.actor_id
left join requests r on r.id = e.request_id
left join approvals a on a.request_id = r.id
left join schedules b on b.id = r.eligibility_id`

/** The occasions of these events. An event about no privilege is none. */
export const selectOccasions = async (tx: Sql, eventIds: readonly string[]): Promise<readonly Occasion[]> =>
  (await tx.query<{ data: Occasion }>(OCCASIONS, [eventIds], 'messages-occasions')).map((row) => row.data)

/** Roles of a plane at scopes, numbered by whoever asks. */
export interface Holders {
  readonly n: number
  readonly plane: string
  readonly roles: readonly string[]
  readonly scopes: readonly string[]
}

const HOLDERS = `
select w.n, ${scheduleJson('s', 'b')} as schedule
from jsonb_to_recordset($1::jsonb) as w(n int, plane text, roles text[], scopes text[])
cross join lateral (
  select * from schedules s where s.plane = w.plane and s.scope = any(w.scopes) and s.role = any(w.roles)
    and s.status in ('Granted', 'Provisioned') and s.starts_at <= $2 and (s.ends_at is null or s.ends_at > $2) offset 0
) s
left join lateral (select * from schedules b where b.id = s.basis_id offset 0) b on true`

/** Who holds what in any way now. */
export const selectHolders = (tx: Sql, wanted: readonly Holders[], now: Instant) =>
  tx.query<{ n: number; schedule: ScheduleFact }>(HOLDERS, [JSON.stringify(wanted), formatInstant(now)], 'messages-holders')

const POLICIES = `
select p.plane, p.scope, p.role, p.changed
from jsonb_to_recordset($1::jsonb) as w(plane text, scope text, role text)
join policies p on p.plane = w.plane and p.scope = w.scope and p.role = w.role`

/** The changed rules of these policies. */
export const selectChanged = (tx: Sql, wanted: readonly Privilege[]) =>
  tx.query<Privilege & { changed: readonly Rule[] } & Record<string, unknown>>(POLICIES, [JSON.stringify(wanted)], 'messages-policies')

// Down from the groups named; and from those whose eligibility an activated membership rests on, to judge whether it stands.
const MEMBERSHIPS = `
with recursive grp as (
  select id from principals where id = any($1::uuid[]) and kind = 'group'
  union
  select g.id from grp
  join schedules s on s.group_id = grp.id and ${membership('s')}
  left join schedules b on b.id = s.basis_id
  join principals g on g.id in (s.principal_id, b.principal_id) and g.kind = 'group'
)
select jsonb_build_object('scheduleId', s.id, 'member', s.principal_id, 'group', s.group_id, 'source', s.source,
    'window', jsonb_build_object('start', (extract(epoch from s.starts_at) * 1000)::bigint,
      'end', (extract(epoch from s.ends_at) * 1000)::bigint), 'basis', ${basisJson('b')}) as data
from grp join schedules s on s.group_id = grp.id and ${membership('s')}
left join schedules b on b.id = s.basis_id`

/** The active memberships of these groups, transitively. */
export const selectMemberships = async (tx: Sql, groups: readonly string[], now: Instant): Promise<readonly Edge[]> =>
  (await tx.query<{ data: Edge }>(MEMBERSHIPS, [groups, formatInstant(now)], 'messages-memberships')).map((row) => row.data)

export interface NewMessage {
  readonly id: string
  readonly principalId: string
  readonly eventId: string
  readonly kind: string
  readonly words: string
  readonly requestId: string | null
  readonly at: Instant
}

const ADD = `
insert into messages (id, principal_id, event_id, kind, words, data, at)
select id, "principalId", "eventId", kind, words, jsonb_build_object('requestId', "requestId"), at
from jsonb_to_recordset($1::jsonb) as m(id uuid, "principalId" uuid, "eventId" uuid, kind text, words text, "requestId" uuid, at timestamptz)
on conflict on constraint messages_once_per_event do nothing`

/** Puts messages into inboxes; one that is there already stays as it is. */
export const addMessages = async (tx: Sql, messages: readonly NewMessage[]): Promise<void> => {
  await tx.query(ADD, [JSON.stringify(messages.map((m) => ({ ...m, at: formatInstant(m.at) })))], 'messages-add')
}

export interface Message {
  readonly id: string
  readonly kind: string
  readonly words: string
  readonly requestId: string | null
  readonly at: Instant
  readonly readAt: Instant | null
}

const INBOX = `
select id, kind, words, data ->> 'requestId' as "requestId", (extract(epoch from at) * 1000)::bigint as at,
  (extract(epoch from read_at) * 1000)::bigint as "readAt"
from messages where principal_id = $1 and ($3::timestamptz is null or (at, id) < ($3, $4::uuid))
order by at desc, id desc limit $2`

/** A person's messages, newest first. */
export const selectMessages = (
  tx: Sql,
  principalId: string,
  limit: number,
  after: { readonly at: Instant; readonly id: string } | null,
): Promise<readonly Message[]> =>
  tx.query<Message & Record<string, unknown>>(
    INBOX,
    [principalId, limit, after ? formatInstant(after.at) : null, after?.id ?? null],
    'messages',
  )
