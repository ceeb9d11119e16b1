// What is known of a person's sign-in, and failures to sign in, as rows.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface SignInRow {
  readonly id: string
  readonly displayName: string
  readonly upn: string
  readonly enabled: boolean
  readonly generation: number
  /** argon2id; null where none was set. */
  readonly password: string | null
  readonly passwordGrant: boolean
  readonly methods: readonly string[]
  readonly contexts: readonly string[]
  /** Set by a sample's operator, with what it counts as; else it is a password and no more. */
  readonly stated: boolean
  /** Has a code generator that showed its first code. */
  readonly generator: boolean
  readonly emergency: boolean
}

const ROW = `
select p.id, p.display_name as "displayName", p.upn, p.enabled, coalesce(s.generation, 0) as generation, s.password,
  coalesce(s.password_grant, false) as "passwordGrant", coalesce(s.methods, '{pwd}') as methods, coalesce(s.contexts, '{}') as contexts,
  coalesce(s.stated, false) as stated, p.is_emergency_access as emergency,
  exists (select 1 from code_generators g where g.principal_id = p.id and g.confirmed_at is not null) as generator
from principals p left join sign_ins s on s.principal_id = p.id
where p.kind = 'user' and p.upn is not null and p.deleted_at is null and`

/** The person of an id, or null. */
export const selectSignIn = async (tx: Sql, id: string): Promise<SignInRow | null> =>
  (await tx.query<SignInRow>(`${ROW} p.id = $1`, [id], 'sign-in'))[0] ?? null

/** The person who answers to a name, or null. */
export const selectSignInNamed = async (tx: Sql, name: string): Promise<SignInRow | null> =>
  (
    await tx.query<SignInRow>(
      `${ROW} p.id = (select n.principal_id from principal_names n where n.name = lower($1))`,
      [name],
      'sign-in-named',
    )
  )[0] ?? null

export interface NewPassword {
  readonly password: string
  readonly passwordGrant: boolean
  readonly methods: readonly string[]
  readonly contexts: readonly string[]
  readonly stated: boolean
}

/** Sets what a person signs in with, and raises the generation. */
export const writePassword = async (tx: Sql, id: string, p: NewPassword, now: Instant): Promise<void> => {
  await tx.query(
    `insert into sign_ins as s (principal_id, generation, password, password_grant, methods, contexts, stated, changed_at)
     values ($1, 1, $2, $3, $4, $5, $6, $7)
     on conflict (principal_id) do update set generation = s.generation + 1, password = excluded.password,
       password_grant = excluded.password_grant, methods = excluded.methods, contexts = excluded.contexts, stated = excluded.stated,
       changed_at = excluded.changed_at`,
    [id, p.password, p.passwordGrant, p.methods, p.contexts, p.stated, formatInstant(now)],
  )
}

/** Raises the generation: every token of the one before is worth nothing from now on. */
export const raiseGeneration = async (tx: Sql, id: string, now: Instant): Promise<void> => {
  await tx.query(
    `insert into sign_ins as s (principal_id, generation, changed_at) values ($1, 1, $2)
     on conflict (principal_id) do update set generation = s.generation + 1, changed_at = excluded.changed_at`,
    [id, formatInstant(now)],
  )
}

// In the order of their keys, so that two attempts never wait for each other.
const COUNT = `
insert into sign_in_failures as f (key, failures, until)
select decode(k, 'hex'), 1, $3 from unnest($1::text[]) as k order by k
on conflict (key) do update set failures = case when f.until <= $2 then 1 else f.failures + 1 end,
  until = case when f.until <= $2 then excluded.until else f.until end
returning encode(key, 'hex') as key, failures`

/** Counts an attempt under each key before it is judged, so that many at once get no more tries than one after the other. */
export const countAttempt = (
  tx: Sql,
  keys: readonly string[],
  now: Instant,
  until: Instant,
): Promise<readonly { key: string; failures: number }[]> =>
  tx.query(COUNT, [keys, formatInstant(now), formatInstant(until)], 'count-attempt')

/** Forgets the attempts under some keys, and takes one back under others. */
export async function forgetAttempts(tx: Sql, forgotten: readonly string[], takenBack: readonly string[]): Promise<void> {
  await tx.query(`delete from sign_in_failures where key in (select decode(k, 'hex') from unnest($1::text[]) k)`, [forgotten])
  await tx.query(
    `update sign_in_failures set failures = greatest(failures - 1, 0) where key in (select decode(k, 'hex') from unnest($1::text[]) k)`,
    [takenBack],
  )
}

/** Is this installation the sample? */
export const selectSample = async (tx: Sql): Promise<boolean> =>
  (await tx.query<{ sample: boolean }>(`select coalesce((settings ->> 'sample')::boolean, false) as sample from tenant`, [], 'sample'))[0]
    ?.sample ?? false

/** Is there a password of which the operator stated that it counts for all of these contexts and methods? */
export const isStated = async (tx: Sql, contexts: readonly string[], methods: readonly string[]): Promise<boolean> =>
  (
    await tx.query(
      'select 1 from sign_ins where stated and contexts @> $1::text[] and methods @> $2::text[] limit 1',
      [contexts, methods],
      'stated-password',
    )
  ).length > 0
