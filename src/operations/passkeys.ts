// Passkeys (WebAuthn level 3): a credential of this very origin whose user was verified by it. The challenge is ours, kept for the browser
// that asked, and good once.

import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type VerifiedRegistrationResponse,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server'
import { type Fault, fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { MINUTE } from '../domain/time.ts'
import { addPasskey, selectPasskey, selectPasskeys, usePasskey } from '../store/passkeys.ts'
import type { Sql } from '../store/sql.ts'
import { beginCeremony, endCeremony } from './ceremonies.ts'
import type { Ctx } from './context.ts'
import { type Around, admit, type Person, type SignedIn } from './sign-in.ts'

/** What signing in with a passkey counts as: it verified its user, so it is two factors. */
const PASSKEY_METHODS: readonly string[] = ['fido', 'passkey', 'mfa']
const MOST_PASSKEYS = 20
const TIMEOUT_MS = 5 * MINUTE
const LONGEST_RESPONSE = 32_000

const bad = (detail: string): Fault => fault('PasskeyRefused', { detail })
const TRY_AGAIN = bad('try again')

/** Who asks for the credential: the host of the public address. */
const partyOf = (publicUrl: string) => ({ id: new URL(publicUrl).hostname, origin: new URL(publicUrl).origin })

/** What the library said, as far as a person can act on it; nothing of what was sent is repeated. */
const wordsOf = (error: unknown): Fault =>
  error instanceof Error && /user verification|could not be verified/i.test(error.message)
    ? bad('it did not verify you: set it up with a PIN, a fingerprint or your face')
    : TRY_AGAIN

/** A browser's answer; null where it is none. Its types are checked by the library, field by field. */
// biome-ignore lint/suspicious/noExplicitAny: the library judges it
function answerOf(text: string): any {
  if (text.length > LONGEST_RESPONSE) return null
  try {
    const answer: unknown = JSON.parse(text)
    return typeof answer === 'object' && answer !== null && 'response' in answer ? answer : null
  } catch {
    return null
  }
}

/** What a browser needs to make a passkey for a person; `at` is what it is bound by. */
export async function beginRegistration(ctx: Ctx, at: string, publicUrl: string, person: Person): Promise<object> {
  const there = await selectPasskeys(ctx.db, person.id, MOST_PASSKEYS)
  const options = await generateRegistrationOptions({
    rpName: ctx.tenant().displayName,
    rpID: partyOf(publicUrl).id,
    userID: new Uint8Array(Buffer.from(person.id)),
    userName: person.upn,
    userDisplayName: person.displayName,
    timeout: TIMEOUT_MS,
    attestationType: 'none',
    // Found by the browser itself, so that nobody is asked for a name, and nobody's keys are told to whoever types one.
    authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
    excludeCredentials: there.map(({ id }) => ({ id })),
  })
  await beginCeremony(ctx, 'registration', at, { challenge: options.challenge, personId: person.id })
  return options
}

export type NewCredential = NonNullable<VerifiedRegistrationResponse['registrationInfo']> & { readonly transports: readonly string[] }

/** A new passkey as the browser made it. Faults: `CeremonyOver`, `PasskeyRefused`. */
export async function judgeRegistration(
  ctx: Ctx,
  at: string,
  publicUrl: string,
  personId: string,
  text: string,
): Promise<Result<NewCredential>> {
  const begun = await endCeremony(ctx, ctx.db, 'registration', at)
  if (typeof begun?.challenge !== 'string' || begun.personId !== personId) return refuse(fault('CeremonyOver'))
  const { id, origin } = partyOf(publicUrl)
  const response = answerOf(text)
  if (!response) return refuse(TRY_AGAIN)
  try {
    const judged = await verifyRegistrationResponse({
      response,
      expectedChallenge: begun.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
    })
    if (!judged.verified) return refuse(TRY_AGAIN)
    const named: unknown = response.response.transports
    const transports = Array.isArray(named)
      ? named.filter((one): one is string => typeof one === 'string' && one.length < 20).slice(0, 8)
      : []
    return ok({ ...judged.registrationInfo, transports })
  } catch (error) {
    return refuse(wordsOf(error))
  }
}

const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Keeps a new passkey within a transaction. Fault: `PasskeyRefused`, where it is somebody's already or there are too many. */
export async function keepPasskey(ctx: Ctx, tx: Sql, personId: string, name: string, made: NewCredential): Promise<Result<{ id: string }>> {
  if ((await selectPasskeys(tx, personId, MOST_PASSKEYS)).length >= MOST_PASSKEYS)
    return refuse(bad(`there are ${MOST_PASSKEYS} already: remove one first`))
  const { credential, aaguid, credentialDeviceType: deviceType, credentialBackedUp: backedUp, transports } = made
  const publicKey = Buffer.from(credential.publicKey).toString('base64url')
  const row = { id: credential.id, principalId: personId, name, publicKey, counter: credential.counter, transports }
  const more = { aaguid: GUID.test(aaguid) ? aaguid : null, deviceType, backedUp, createdAt: ctx.now() }
  return (await addPasskey(tx, { ...row, ...more })) ? ok({ id: credential.id }) : refuse(bad('it is enrolled already'))
}

/** What a browser needs to sign in with a passkey; it knows itself which ones it has. */
export async function beginAssertion(ctx: Ctx, at: string, publicUrl: string): Promise<object> {
  const options = await generateAuthenticationOptions({
    rpID: partyOf(publicUrl).id,
    userVerification: 'required',
    timeout: TIMEOUT_MS,
    allowCredentials: [],
  })
  await beginCeremony(ctx, 'assertion', at, { challenge: options.challenge })
  return options
}

const ownerOf = (handle: unknown): string | null => (typeof handle === 'string' ? Buffer.from(handle, 'base64url').toString('utf8') : null)

/** Signs a person in by a passkey. Never throttled: it cannot be guessed. Faults: `CeremonyOver`, `PasskeyRefused`, `AccountDisabled`, `ProofTooWeak`. */
export async function signInByPasskey(ctx: Ctx, at: string, publicUrl: string, text: string, around: Around): Promise<Result<SignedIn>> {
  const begun = await endCeremony(ctx, ctx.db, 'assertion', at)
  if (typeof begun?.challenge !== 'string') return refuse(fault('CeremonyOver'))
  const response = answerOf(text)
  const known = typeof response?.id === 'string' && response.id.length < 2_000 ? await selectPasskey(ctx.db, response.id) : null
  if (!known) return refuse(bad('it is not enrolled here'))
  if (ownerOf(response.response?.userHandle) !== known.principalId) return refuse(TRY_AGAIN)
  const { id, origin } = partyOf(publicUrl)
  let counter: number
  try {
    const judged = await verifyAuthenticationResponse({
      response,
      expectedChallenge: begun.challenge,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
      credential: { id: known.id, publicKey: new Uint8Array(Buffer.from(known.publicKey, 'base64url')), counter: known.counter },
    })
    if (!judged.verified) return refuse(TRY_AGAIN)
    counter = judged.authenticationInfo.newCounter
  } catch (error) {
    return refuse(wordsOf(error))
  }
  return admit(ctx, known.principalId, { methods: PASSKEY_METHODS, by: 'passkey' }, around, async (tx) =>
    (await usePasskey(tx, known.id, counter, ctx.now())) ? ok(true) : refuse(bad('its counter did not grow: there may be a copy of it')),
  )
}
