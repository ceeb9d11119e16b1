// Recovery codes: ten, shown once, kept as hashes, each used once. One opens the account's own pages, there to enrol a new passkey; it is
// no way to sign in to anything else.

import { randomBytes } from 'node:crypto'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { selectSignInNamed } from '../store/authority-people.ts'
import { useRecoveryCode, writeRecoveryCodes } from '../store/code-generators.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'
import { type Around, admit, type SignedIn } from './sign-in.ts'
import { countGuess, forgetGuess } from './throttle.ts'

const CODES = 10
const GROUPS = 4
const GROUP = 5
// Without what is easily mistaken for something else: 32 letters, five bits each.
const LETTERS = '23456789abcdefghijkmnpqrstuvwxyz'

const code = (): string =>
  [...randomBytes(GROUPS * GROUP)].map((byte, i) => `${i > 0 && i % GROUP === 0 ? '-' : ''}${LETTERS[byte % 32]}`).join('')

const digestOf = (personId: string, typed: string): string =>
  hashOf(`recovery\n${personId}\n${typed.toLowerCase().replace(/[^a-z0-9]/g, '')}`)

/** The method of a session that a recovery code opened: it counts as nothing. */
export const RECOVERY = 'recovery'

/** Makes new ones, in place of whatever there were; this once they can be read. */
export async function makeRecoveryCodes(tx: Sql, personId: string): Promise<readonly string[]> {
  const codes = Array.from({ length: CODES }, code)
  await writeRecoveryCodes(
    tx,
    personId,
    codes.map((one) => digestOf(personId, one)),
  )
  return codes
}

const NOBODY = '00000000-0000-0000-0000-000000000000'

/**
 * Opens the account's own pages by a recovery code, which it uses up. Guesses count as those of a password do. Faults: `SignInLocked`,
 * `WrongCode`, `AccountDisabled`.
 */
export async function signInByRecovery(ctx: Ctx, name: string, typed: string, around: Around): Promise<Result<SignedIn>> {
  const found = name.includes('\0') ? null : await selectSignInNamed(ctx.db, name.trim())
  const counted = await countGuess(ctx, 'password', found?.id ?? name.trim().toLowerCase(), around)
  if (!counted.ok) return counted
  const digest = digestOf(found?.id ?? NOBODY, typed)
  // The same work and words for whoever is unknown, or disabled.
  const wrong = refuse(fault('WrongCode'))
  const signed = await admit(ctx, found?.id ?? NOBODY, { methods: [RECOVERY], by: RECOVERY }, around, async (tx) => {
    if (!(await useRecoveryCode(tx, found?.id ?? NOBODY, digest, ctx.now()))) return wrong
    await forgetGuess(tx, counted.value)
    return ok(true)
  })
  return !signed.ok && signed.fault.code === 'AccountDisabled' ? wrong : signed
}
