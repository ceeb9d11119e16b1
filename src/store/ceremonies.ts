// What a browser is in the middle of, as rows: kept under the hash of what it is bound to, taken once.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export type CeremonyPayload = Readonly<Record<string, unknown>>

/** Keeps one, in place of an older one of the same key (SHA-256, hexadecimal). */
export const writeCeremony = async (tx: Sql, key: string, payload: CeremonyPayload, endsAt: Instant): Promise<void> => {
  await tx.query(
    `insert into ceremonies (key, payload, ends_at) values (decode($1, 'hex'), $2, $3)
     on conflict (key) do update set payload = excluded.payload, ends_at = excluded.ends_at`,
    [key, JSON.stringify(payload), formatInstant(endsAt)],
    'ceremony-write',
  )
}

/** One under way, or null. */
export const selectCeremony = async (tx: Sql, key: string, now: Instant): Promise<CeremonyPayload | null> =>
  (
    await tx.query<{ payload: CeremonyPayload }>(
      `select payload from ceremonies where key = decode($1, 'hex') and ends_at > $2`,
      [key, formatInstant(now)],
      'ceremony',
    )
  )[0]?.payload ?? null

/** Takes one away, and answers what it held; null for whoever comes second, or too late. */
export const takeCeremony = async (tx: Sql, key: string, now: Instant): Promise<CeremonyPayload | null> =>
  (
    await tx.query<{ payload: CeremonyPayload }>(
      `delete from ceremonies where key = decode($1, 'hex') and ends_at > $2 returning payload`,
      [key, formatInstant(now)],
      'ceremony-take',
    )
  )[0]?.payload ?? null
