// Browsers that were sent to an identity provider, as rows. Found by hashes; each step is taken once, in one statement.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface UnderWay {
  readonly providerId: string
  readonly interaction: string
  readonly sealed: Buffer
  readonly wanted: Readonly<Record<string, unknown>>
  readonly beganAt: Instant
}

/** `state` and `browser` are SHA-256, hexadecimal. */
export const insertUnderWay = async (tx: Sql, u: UnderWay & { state: string; browser: string; endsAt: Instant }): Promise<void> => {
  await tx.query(
    `insert into external_sign_ins (state, provider_id, browser, interaction, sealed, wanted, began_at, ends_at)
     values (decode($1, 'hex'), $2, decode($3, 'hex'), $4, $5, $6, $7, $8)`,
    [
      ...[u.state, u.providerId, u.browser, u.interaction, u.sealed, JSON.stringify(u.wanted)],
      ...[formatInstant(u.beganAt), formatInstant(u.endsAt)],
    ],
    'external-begin',
  )
}

/** The browser is back: takes its state, once, if it is this browser's. Null for whoever comes second, late, or with another's. */
export const takeUnderWay = async (tx: Sql, state: string, browser: string, now: Instant): Promise<UnderWay | null> =>
  (
    await tx.query<UnderWay & Record<string, unknown>>(
      `update external_sign_ins set used_at = $3
       where state = decode($1, 'hex') and browser = decode($2, 'hex') and used_at is null and ends_at > $3
       returning provider_id as "providerId", interaction, sealed, wanted, began_at as "beganAt"`,
      [state, browser, formatInstant(now)],
      'external-take',
    )
  )[0] ?? null

/** Keeps whom the provider's answer is about. */
export const writeOutcome = async (tx: Sql, state: string, outcome: object): Promise<void> => {
  await tx.query(`update external_sign_ins set outcome = $2 where state = decode($1, 'hex')`, [state, JSON.stringify(outcome)])
}

export interface OutcomeRow {
  readonly providerId: string
  readonly outcome: Readonly<Record<string, unknown>>
}

/** Takes what was kept for this browser and sign-in, once. */
export const takeOutcome = async (tx: Sql, browser: string, interaction: string, now: Instant): Promise<OutcomeRow | null> =>
  (
    await tx.query<OutcomeRow & Record<string, unknown>>(
      `update external_sign_ins set finished_at = $3
       where state = (select state from external_sign_ins where browser = decode($1, 'hex') and interaction = $2
           and outcome is not null and finished_at is null and ends_at > $3 order by began_at desc limit 1)
         and finished_at is null
       returning provider_id as "providerId", outcome`,
      [browser, interaction, formatInstant(now)],
      'external-finish',
    )
  )[0] ?? null
