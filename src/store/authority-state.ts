// The token service's own state, shared by all processes: each row is found by the hash of what opens it, and used once at most.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface StateRow {
  readonly model: string
  /** SHA-256 of the value, hexadecimal. */
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly accountId: string | null
  readonly grantId: string | null
  readonly uid: string | null
  /** SHA-256, hexadecimal. */
  readonly userCode: string | null
  readonly endsAt: Instant
}

// A device code that somebody approved or refused stays as it was decided: the second of two browsers changes nothing.
const SAVE = `
insert into authority_state as s (model, id, payload, account_id, grant_id, uid, user_code, ends_at)
values ($1, decode($2, 'hex'), $3, $4, $5, $6, decode($7, 'hex'), $8)
on conflict (model, id) do update set payload = excluded.payload, account_id = excluded.account_id, grant_id = excluded.grant_id,
  uid = excluded.uid, user_code = excluded.user_code, ends_at = excluded.ends_at
where s.used_at is null and not (s.model = 'DeviceCode' and s.payload ?| '{accountId,error}')
returning 1 as saved`

/** Writes a row, or over one that was not used yet; false where it was. */
export const saveState = async (tx: Sql, r: StateRow): Promise<boolean> =>
  (
    await tx.query(
      SAVE,
      [r.model, r.id, JSON.stringify(r.payload), r.accountId, r.grantId, r.uid, r.userCode, formatInstant(r.endsAt)],
      'state-save',
    )
  ).length > 0

export interface FoundState {
  readonly id: string
  readonly payload: Readonly<Record<string, unknown>>
  readonly usedAt: Instant | null
}

const FOUND = `select encode(id, 'hex') as id, payload, used_at as "usedAt" from authority_state where ends_at > `

export const findState = async (tx: Sql, model: string, id: string, now: Instant): Promise<FoundState | null> =>
  (await tx.query<FoundState>(`${FOUND} $3 and model = $1 and id = decode($2, 'hex')`, [model, id, formatInstant(now)], 'state-find'))[0] ??
  null

export const findStateByUid = async (tx: Sql, model: string, uid: string, now: Instant): Promise<FoundState | null> =>
  (await tx.query<FoundState>(`${FOUND} $3 and model = $1 and uid = $2`, [model, uid, formatInstant(now)], 'state-by-uid'))[0] ?? null

export const findStateByUserCode = async (tx: Sql, model: string, userCode: string, now: Instant): Promise<FoundState | null> =>
  (
    await tx.query<FoundState>(
      `${FOUND} $3 and model = $1 and user_code = decode($2, 'hex')`,
      [model, userCode, formatInstant(now)],
      'state-by-user-code',
    )
  )[0] ?? null

/** Uses a row up; false if somebody else was first. */
export const useState = async (tx: Sql, model: string, id: string, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `update authority_state set used_at = $3 where model = $1 and id = decode($2, 'hex') and used_at is null returning 1 as used`,
      [model, id, formatInstant(now)],
      'state-use',
    )
  ).length > 0

export const dropState = async (tx: Sql, model: string, id: string): Promise<void> => {
  await tx.query(`delete from authority_state where model = $1 and id = decode($2, 'hex')`, [model, id], 'state-drop')
}

export const dropStateOfGrant = async (tx: Sql, model: string, grantId: string): Promise<void> => {
  await tx.query('delete from authority_state where model = $1 and grant_id = $2', [model, grantId], 'state-drop-grant')
}

/** Ends whatever a person was given: codes, refresh tokens, grants, sessions. */
export const dropStateOfAccount = async (tx: Sql, accountId: string): Promise<void> => {
  await tx.query('delete from authority_state where account_id = $1', [accountId])
}

const SWEEPS = [
  `delete from authority_state where (model, id) in (select model, id from authority_state where ends_at <= $1 order by ends_at limit $2)`,
  `delete from spent_assertions where id in (select id from spent_assertions where ends_at <= $1 order by ends_at limit $2)`,
  `delete from sign_in_failures where key in (select key from sign_in_failures where until <= $1 order by until limit $2)`,
  `delete from ceremonies where key in (select key from ceremonies where ends_at <= $1 order by ends_at limit $2)`,
  `delete from enrolments where digest in (select digest from enrolments where ends_at <= $1 order by ends_at limit $2)`,
  `delete from external_sign_ins where state in (select state from external_sign_ins where ends_at <= $1 order by ends_at limit $2)`,
  `delete from sessions where id in (select id from sessions where ends_at <= $1 order by ends_at limit $2)`,
]

/** Removes what has ended, so many rows at most of each kind; answers how many went. */
export async function sweepState(tx: Sql, now: Instant, limit: number): Promise<number> {
  let gone = 0
  for (const text of SWEEPS) {
    const [row] = await tx.query<{ n: number }>(`with gone as (${text} returning 1) select count(*)::int as n from gone`, [
      formatInstant(now),
      limit,
    ])
    gone += row?.n ?? 0
  }
  return gone
}
