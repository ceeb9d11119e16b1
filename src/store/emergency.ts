// Accounts for emergencies as rows: who they are, what they can get in with, what is to be told of them.

import { GLOBAL_ADMINISTRATOR } from '../domain/access/directory-roles.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface EmergencyRow {
  readonly id: string
  readonly upn: string
  readonly displayName: string
  readonly enabled: boolean
  /** Holds Global Administrator actively, without end and without having activated it. */
  readonly administrator: boolean
  readonly sealedAt: Instant | null
  readonly sealedUsedAt: Instant | null
  readonly passkeys: number
}

const STANDING = `exists (select 1 from schedules s where s.principal_id = p.id and s.plane = 'directory' and s.scope = '/'
  and s.role = '${GLOBAL_ADMINISTRATOR}' and s.level = 'Assignment' and s.status = 'Provisioned' and s.source <> 'Activated'
  and s.starts_at <= $1 and s.ends_at is null)`

/** Nobody needs so many; a list is bounded all the same. */
const MOST = 100

const ACCOUNTS = `
select p.id, p.upn, p.display_name as "displayName", p.enabled, ${STANDING} as administrator,
  x.created_at as "sealedAt", x.last_used_at as "sealedUsedAt",
  (select count(*)::int from passkeys k where k.principal_id = p.id) as passkeys
from principals p left join sealed_secrets x on x.principal_id = p.id
where p.is_emergency_access and p.kind = 'user' and p.deleted_at is null order by p.upn limit ${MOST}`

/** All accounts for emergencies. */
export const selectEmergency = (tx: Sql, now: Instant): Promise<readonly EmergencyRow[]> =>
  tx.query<EmergencyRow & Record<string, unknown>>(ACCOUNTS, [formatInstant(now)], 'emergency-accounts')

export interface Candidate {
  readonly id: string
  readonly upn: string
  readonly enabled: boolean
  readonly isEmergencyAccess: boolean
  readonly administrator: boolean
  /** Kept by a source of identities, or known to an identity provider. */
  readonly foreign: boolean
}

/** Somebody by name, held still. */
export const lockCandidate = async (tx: Sql, name: string, now: Instant): Promise<Candidate | null> =>
  (
    await tx.query<Candidate & Record<string, unknown>>(
      `select p.id, p.upn, p.enabled, p.is_emergency_access as "isEmergencyAccess", ${STANDING} as administrator,
         exists (select 1 from identity_links l where l.principal_id = p.id)
           or exists (select 1 from external_identities x where x.principal_id = p.id) as foreign
       from principals p
       where p.id = (select n.principal_id from principal_names n where n.name = lower($2))
         and p.kind = 'user' and p.upn is not null and p.deleted_at is null for update of p`,
      [formatInstant(now), name],
    )
  )[0] ?? null

/** Marks a person as an account for emergencies, or takes the mark away. */
export const markEmergency = async (tx: Sql, id: string, on: boolean): Promise<void> => {
  await tx.query('update principals set is_emergency_access = $2 where id = $1', [id, on])
}

/** Keeps the hash of a new sealed secret in the place of the old one. */
export const writeSealedSecret = async (tx: Sql, id: string, digest: string, now: Instant): Promise<void> => {
  await tx.query(
    `insert into sealed_secrets (principal_id, digest, created_at) values ($1, $2, $3)
     on conflict (principal_id) do update set digest = excluded.digest, created_at = excluded.created_at, last_used_at = null`,
    [id, digest, formatInstant(now)],
  )
}

export const dropSealedSecret = async (tx: Sql, id: string): Promise<void> => {
  await tx.query('delete from sealed_secrets where principal_id = $1', [id])
}

/** The hash of the sealed secret of an account that is one for emergencies; null where there is none. */
export const selectSealedSecret = async (tx: Sql, id: string): Promise<string | null> =>
  (
    await tx.query<{ digest: string }>(
      `select x.digest from sealed_secrets x join principals p on p.id = x.principal_id
       where x.principal_id = $1 and p.is_emergency_access and p.deleted_at is null`,
      [id],
      'sealed-secret',
    )
  )[0]?.digest ?? null

/** It was used just now. */
export const touchSealedSecret = async (tx: Sql, id: string, now: Instant): Promise<void> => {
  await tx.query('update sealed_secrets set last_used_at = $2 where principal_id = $1', [id, formatInstant(now)])
}

/** An event that all administrators must hear of. */
export interface Alarm {
  /** Of the posting. */
  readonly row: number
  readonly eventId: string
  readonly attempts: number
  readonly at: Instant
  readonly kind: string
  readonly subject: string
  readonly subjectId: string
  readonly action: string | null
  readonly reason: string | null
  readonly data: Readonly<Record<string, string | number | boolean | null>>
  readonly actorId: string | null
  readonly actor: string | null
  readonly principalId: string | null
  readonly principal: string | null
  readonly role: string | null
  readonly scope: string | null
  readonly requestId: string | null
}

const CLAIM = `
with due as (
  select id, event_id, attempts from outbox where topic = 'emergency' and due_at <= $1 order by due_at, id limit 1 for update skip locked
)
select o.id as row, o.event_id as "eventId", o.attempts, e.at, e.kind, e.subject, e.subject_id as "subjectId", e.action, e.reason, e.data,
  e.actor_id as "actorId", a.display_name as actor, e.principal_id as "principalId", p.display_name as principal,
  r.name as role, e.scope, e.request_id as "requestId"
from due o join events e on e.id = o.event_id
left join principals a on a.id = e.actor_id
left join principals p on p.id = e.principal_id
left join roles r on r.plane = e.plane and r.id = e.role`

/** Takes one that is due, until the transaction ends. */
export const claimAlarm = async (tx: Sql, now: Instant): Promise<Alarm | null> =>
  (await tx.query<Alarm & Record<string, unknown>>(CLAIM, [formatInstant(now)], 'alarms-claim'))[0] ?? null

/** When the next one is due, or null. */
export const nextAlarm = async (tx: Sql): Promise<Instant | null> =>
  (
    await tx.query<{ at: Instant | null }>(
      `select min(due_at) as at from (select due_at from outbox where topic = 'emergency' order by due_at limit 1) next`,
      [],
      'alarms-next',
    )
  )[0]?.at ?? null

/** The accounts for emergencies that can read. */
export const selectEmergencyIds = async (tx: Sql): Promise<readonly string[]> =>
  (
    await tx.query<{ id: string }>(
      'select id from principals where is_emergency_access and enabled and deleted_at is null order by id limit 1000',
      [],
      'emergency-ids',
    )
  ).map(({ id }) => id)

export interface DrillRow {
  readonly at: Instant
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

/** The last drill, or null. */
export const selectLastDrill = async (tx: Sql): Promise<DrillRow | null> =>
  (
    await tx.query<DrillRow & Record<string, unknown>>(
      `select at, data from events where subject = 'drill' order by position desc limit 1`,
      [],
      'last-drill',
    )
  )[0] ?? null

/** Who was told of what a sign-in wrote, and who is there to be told. */
export const selectTold = async (tx: Sql, session: string): Promise<number> =>
  (
    await tx.query<{ n: number }>(
      `select count(*)::int as n from messages m join events e on e.id = m.event_id
       where m.kind = 'EmergencyAccess' and e.subject = 'person' and e.action = 'signIn' and e.data ->> 'session' = $1
         and e.position > (select max(position) - 1000 from events)`,
      [session],
    )
  )[0]?.n ?? 0
