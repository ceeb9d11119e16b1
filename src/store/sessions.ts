// What people are signed in to, as rows.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

/** How somebody proved who they are. */
export interface EvidenceRow {
  readonly methods: readonly string[]
  readonly provenAt: Instant
  /** Contexts that are stated, not judged. */
  readonly contexts: readonly string[]
  readonly providerId: string | null
  readonly compliantDevice: boolean
  /** What the proof was made for; null where for nothing in particular. */
  readonly bound: string | null
}

export interface SessionRow extends EvidenceRow {
  readonly id: string
  readonly principalId: string
  readonly appId: string | null
  readonly address: string | null
  readonly agent: string | null
  readonly beganAt: Instant
  readonly seenAt: Instant
  readonly endsAt: Instant
}

const COLUMNS = `id, principal_id as "principalId", app_id as "appId", methods, proven_at as "provenAt", contexts,
  provider_id as "providerId", compliant_device as "compliantDevice", bound, address, agent, began_at as "beganAt", seen_at as "seenAt",
  ends_at as "endsAt"`
const LIVE = 'ended_at is null and ends_at > '

/** Adds a session; `cookie` is the SHA-256 of a browser's, hexadecimal. */
export const addSession = async (tx: Sql, s: SessionRow, cookie: string | null): Promise<void> => {
  await tx.query(
    `insert into sessions (id, principal_id, app_id, cookie, methods, proven_at, contexts, provider_id, compliant_device, bound, address,
       agent, began_at, seen_at, ends_at)
     values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`,
    [
      ...[s.id, s.principalId, s.appId, cookie, s.methods, formatInstant(s.provenAt), s.contexts, s.providerId, s.compliantDevice],
      ...[s.bound, s.address, s.agent, formatInstant(s.beganAt), formatInstant(s.seenAt), formatInstant(s.endsAt)],
    ],
    'session-add',
  )
}

/** Joins a session to the grant that came of it. */
export const joinGrant = async (tx: Sql, id: string, grantId: string): Promise<void> => {
  await tx.query('update sessions set grant_id = $2 where id = $1 and grant_id is null', [id, grantId], 'session-grant')
}

/** The live session of a grant, or null. */
export const selectSessionOfGrant = async (tx: Sql, grantId: string, now: Instant): Promise<SessionRow | null> =>
  (
    await tx.query<SessionRow>(
      `select ${COLUMNS} from sessions where grant_id = $1 and ${LIVE} $2`,
      [grantId, formatInstant(now)],
      'session-of-grant',
    )
  )[0] ?? null

/** The live session of a browser's cookie, or null. */
export const selectSessionOfCookie = async (tx: Sql, cookie: string, now: Instant): Promise<SessionRow | null> =>
  (
    await tx.query<SessionRow>(
      `select ${COLUMNS} from sessions where cookie = decode($1, 'hex') and ${LIVE} $2`,
      [cookie, formatInstant(now)],
      'session-of-cookie',
    )
  )[0] ?? null

/** A person's live sessions, the newest first; `limit` at most. */
export const selectSessions = (tx: Sql, principalId: string, now: Instant, limit: number): Promise<readonly SessionRow[]> =>
  tx.query<SessionRow>(
    `select ${COLUMNS} from sessions where principal_id = $1 and ${LIVE} $2 order by began_at desc, id limit $3`,
    [principalId, formatInstant(now), limit],
    'sessions',
  )

/** Is it a person's, and still live? */
export const isLiveSession = async (tx: Sql, principalId: string, id: string, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `select 1 from sessions where id = $1 and principal_id = $2 and ${LIVE} $3`,
      [id, principalId, formatInstant(now)],
      'session-live',
    )
  ).length > 0

/** When a session was last used. */
export const touchSession = async (tx: Sql, id: string, now: Instant): Promise<void> => {
  await tx.query('update sessions set seen_at = greatest(seen_at, $2) where id = $1', [id, formatInstant(now)], 'session-seen')
}

/** Ends one session of a person, with whatever was issued on it; false if there is no such live one. */
export async function endSession(tx: Sql, principalId: string, id: string, now: Instant): Promise<boolean> {
  const [ended] = await tx.query<{ grantId: string | null }>(
    `update sessions set ended_at = $3 where id = $1 and principal_id = $2 and ended_at is null returning grant_id as "grantId"`,
    [id, principalId, formatInstant(now)],
  )
  if (!ended) return false
  if (ended.grantId !== null) await tx.query('delete from authority_state where grant_id = $1', [ended.grantId])
  return true
}

/** Ends all sessions of a person. */
export const endSessionsOf = async (tx: Sql, principalId: string, now: Instant): Promise<void> => {
  await tx.query('update sessions set ended_at = $2 where principal_id = $1 and ended_at is null', [principalId, formatInstant(now)])
}

/** Ends a person's sessions but one, with whatever was issued on them; how many. */
export async function endOtherSessions(tx: Sql, principalId: string, kept: string, now: Instant): Promise<number> {
  const ended = await tx.query<{ grantId: string | null }>(
    `update sessions set ended_at = $3 where principal_id = $1 and id <> $2 and ended_at is null and ends_at > $3
     returning grant_id as "grantId"`,
    [principalId, kept, formatInstant(now)],
  )
  const grants = ended.flatMap(({ grantId }) => (grantId === null ? [] : [grantId]))
  if (grants.length > 0) await tx.query('delete from authority_state where grant_id = any($1::text[])', [grants])
  return ended.length
}
