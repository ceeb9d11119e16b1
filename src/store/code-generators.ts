// Code generators and recovery codes, as rows. A step, and a code, is taken once by one statement.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface GeneratorRow {
  readonly sealed: Buffer
  readonly confirmed: boolean
}

/** A person's generator, or null. */
export const selectGenerator = async (tx: Sql, principalId: string): Promise<GeneratorRow | null> =>
  (
    await tx.query<GeneratorRow>(
      'select sealed, confirmed_at is not null as confirmed from code_generators where principal_id = $1',
      [principalId],
      'generator',
    )
  )[0] ?? null

/** Begins a new one, in place of one that was never confirmed; false where a confirmed one is there. */
export const beginGeneratorRow = async (tx: Sql, principalId: string, sealed: Buffer, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `insert into code_generators as g (principal_id, sealed, created_at) values ($1, $2, $3)
       on conflict (principal_id) do update set sealed = excluded.sealed, created_at = excluded.created_at
       where g.confirmed_at is null returning 1 as begun`,
      [principalId, sealed, formatInstant(now)],
    )
  ).length > 0

/** Puts a confirmed one in place of whatever is there. */
export const writeGenerator = async (tx: Sql, principalId: string, sealed: Buffer, step: number, now: Instant): Promise<void> => {
  await tx.query(
    `insert into code_generators (principal_id, sealed, confirmed_at, last_step, created_at) values ($1, $2, $4, $3, $4)
     on conflict (principal_id) do update set sealed = excluded.sealed, confirmed_at = excluded.confirmed_at,
       last_step = excluded.last_step, created_at = excluded.created_at`,
    [principalId, sealed, step, formatInstant(now)],
  )
}

/** Confirms one by its first code; false where it was confirmed already, or is another one by now. */
export const confirmGeneratorRow = async (tx: Sql, principalId: string, sealed: Buffer, step: number, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `update code_generators set confirmed_at = $4, last_step = $3
       where principal_id = $1 and sealed = $2 and confirmed_at is null returning 1 as confirmed`,
      [principalId, sealed, step, formatInstant(now)],
    )
  ).length > 0

/** Takes a step: none is taken twice, nor one before it, by whichever process. */
export const takeStep = async (tx: Sql, principalId: string, step: number): Promise<boolean> =>
  (
    await tx.query(
      `update code_generators set last_step = $2
       where principal_id = $1 and confirmed_at is not null and (last_step is null or last_step < $2) returning 1 as taken`,
      [principalId, step],
      'generator-step',
    )
  ).length > 0

export const removeGeneratorRow = async (tx: Sql, principalId: string): Promise<boolean> =>
  (await tx.query('delete from code_generators where principal_id = $1 returning 1 as gone', [principalId])).length > 0

/** Puts new recovery codes (SHA-256, hexadecimal) in place of the old ones. */
export async function writeRecoveryCodes(tx: Sql, principalId: string, digests: readonly string[]): Promise<void> {
  await tx.query('delete from recovery_codes where principal_id = $1', [principalId])
  await tx.query(`insert into recovery_codes (digest, principal_id) select decode(d, 'hex'), $1 from unnest($2::text[]) as d`, [
    principalId,
    digests,
  ])
}

/** Uses a recovery code of a person up; false if it is none of theirs, or was used. */
export const useRecoveryCode = async (tx: Sql, principalId: string | null, digest: string, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      `update recovery_codes set used_at = $3 where principal_id = $1 and digest = decode($2, 'hex') and used_at is null returning 1 as used`,
      [principalId, digest, formatInstant(now)],
      'recovery-use',
    )
  ).length > 0
