// Links that let somebody enrol, as rows: one live one a person, bound to the browser that opens it first, used once.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface EnrolmentRow {
  readonly principalId: string
  readonly madeBy: string | null
  /** Might its maker have made it for somebody privileged? */
  readonly forPrivileged: boolean
  readonly endsAt: Instant
}

/** Whose a link is, and whether it is good for somebody privileged too. */
export type Enrols = Pick<EnrolmentRow, 'principalId' | 'forPrivileged'>

const ENROLS = 'principal_id as "principalId", for_privileged as "forPrivileged"'
// A link ends with whoever made it.
const LIVE = `used_at is null and (made_by is null
  or exists (select 1 from principals m where m.id = made_by and m.enabled and m.deleted_at is null)) and ends_at >`

/** Adds one (`digest`: SHA-256, hexadecimal); those before it are worth nothing any more. */
export async function addEnrolment(tx: Sql, digest: string, row: EnrolmentRow, now: Instant): Promise<void> {
  await tx.query('delete from enrolments where principal_id = $1', [row.principalId])
  await tx.query(
    `insert into enrolments (digest, principal_id, made_by, for_privileged, created_at, ends_at)
     values (decode($1, 'hex'), $2, $3, $4, $5, $6)`,
    [digest, row.principalId, row.madeBy, row.forPrivileged, formatInstant(now), formatInstant(row.endsAt)],
  )
}

/** Binds a live one to a browser; false where it is bound to another, used, over or unknown. */
export const bindEnrolment = async (tx: Sql, digest: string, browser: string, now: Instant): Promise<Enrols | null> =>
  (
    await tx.query<Enrols & Record<string, unknown>>(
      `update enrolments set browser = decode($2, 'hex'), opened_at = $3
       where digest = decode($1, 'hex') and browser is null and ${LIVE} $3 returning ${ENROLS}`,
      [digest, browser, formatInstant(now)],
    )
  )[0] ?? null

/** Is it live, and this browser's? */
export const isBoundTo = async (tx: Sql, digest: string, browser: string, now: Instant): Promise<boolean> =>
  (
    await tx.query(`select 1 from enrolments where digest = decode($1, 'hex') and browser = decode($2, 'hex') and ${LIVE} $3`, [
      digest,
      browser,
      formatInstant(now),
    ])
  ).length > 0

/** The live one that a browser opened, or null. */
export const selectEnrolment = async (tx: Sql, browser: string, now: Instant): Promise<Enrols | null> =>
  (
    await tx.query<Enrols & Record<string, unknown>>(
      `select ${ENROLS} from enrolments where browser = decode($1, 'hex') and ${LIVE} $2`,
      [browser, formatInstant(now)],
      'enrolment',
    )
  )[0] ?? null

/** Uses one up; null for whoever comes second. */
export const useEnrolment = async (tx: Sql, browser: string, now: Instant): Promise<Enrols | null> =>
  (
    await tx.query<Enrols & Record<string, unknown>>(
      `update enrolments set used_at = $2
       where browser = decode($1, 'hex') and ${LIVE} $2 returning ${ENROLS}`,
      [browser, formatInstant(now)],
    )
  )[0] ?? null

/** When the live link of a person ends, or null. */
export const liveEnrolment = async (tx: Sql, principalId: string, now: Instant): Promise<Instant | null> =>
  (
    await tx.query<{ endsAt: Instant }>(`select ends_at as "endsAt" from enrolments where principal_id = $1 and ${LIVE} $2`, [
      principalId,
      formatInstant(now),
    ])
  )[0]?.endsAt ?? null
