// Assertions that an application signs in with: its own, by a registered certificate, or one of an issuer it trusts.
// Its own is used once for each resource: libraries keep one for some minutes and show it for several. An issuer's may be shown
// again, as a pipeline does whose one token stands for the whole job.

import { createPublicKey, type KeyObject } from 'node:crypto'
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { MINUTE, SECOND } from '../../domain/time.ts'
import { type AssertionKey, assertionKeys, type SigningApp, useAssertion } from '../../operations/app-sign-in.ts'
import type { Ctx } from '../../operations/context.ts'
import { fetchKeys } from './federated-keys.ts'

const MAX_ASSERTION = 16_384
const LEEWAY_SECONDS = 60
/** An application's own assertion is made for the moment; one that lives longer could be used by whoever finds it. */
const LONGEST_MS = 24 * 60 * MINUTE
const ALGORITHMS = ['RS256', 'PS256', 'ES256']

const wrong = (detail: string) => refuse(fault('WrongAssertion', { detail }))

const header = (token: string) => {
  try {
    return { head: decodeProtectedHeader(token), body: decodeJwt(token) }
  } catch {
    return null
  }
}

const REASONS: Readonly<Record<string, string>> = {
  aud: 'it is for somebody else',
  iss: 'it is from another issuer',
  sub: 'it is about another subject',
  exp: 'it has ended, or does not say when it ends',
  nbf: 'it is not valid yet',
}

function reasonOf(error: unknown): Result<never> {
  if (error instanceof errors.JWTExpired) return wrong(REASONS.exp!)
  if (error instanceof errors.JWTClaimValidationFailed) return wrong(REASONS[error.claim] ?? `its claim \`${error.claim}\` is wrong`)
  if (error instanceof errors.JOSEError) return wrong('its signature does not hold')
  throw error
}

/** The registered certificate that an assertion names by a thumbprint. It is never taken from the assertion itself. */
function certificateOf(keys: readonly AssertionKey[], head: Readonly<Record<string, unknown>>): KeyObject | null {
  const found = keys.find(
    (one) =>
      one.kind === 'certificate' &&
      (typeof head['x5t#S256'] === 'string' ? one.thumbprint === head['x5t#S256'] : one.thumbprintSha1 === head.x5t),
  )
  return found?.publicKey ? createPublicKey(found.publicKey) : null
}

async function own(ctx: Ctx, app: SigningApp, token: string, keys: readonly AssertionKey[], head: object, audiences: readonly string[]) {
  const key = certificateOf(keys, head as Readonly<Record<string, unknown>>)
  if (!key) return wrong('no certificate of this application has the thumbprint it names')
  const algorithms = ALGORITHMS.filter((alg) => (key.asymmetricKeyType === 'ec') === alg.startsWith('ES'))
  const options = {
    algorithms,
    issuer: app.appId,
    subject: app.appId,
    audience: [...audiences],
    currentDate: new Date(ctx.now()),
    clockTolerance: LEEWAY_SECONDS,
    requiredClaims: ['exp', 'jti'],
  }
  return jwtVerify(token, key, options).then(({ payload }) => ok(payload), reasonOf)
}

async function federated(ctx: Ctx, token: string, keys: readonly AssertionKey[], body: JWTPayload): Promise<Result<JWTPayload>> {
  const found = keys.find((one) => one.kind === 'federated' && one.issuer === body.iss && one.subject === body.sub)
  if (!found?.issuer || !found.subject || !found.audience) return wrong('no issuer that this application trusts says so of this subject')
  const given = found.keys ? ok(found.keys) : await fetchKeys(found.issuer, ctx.now)
  if (!given.ok) return given
  const options = {
    algorithms: ALGORITHMS,
    issuer: found.issuer,
    subject: found.subject,
    audience: found.audience,
    currentDate: new Date(ctx.now()),
    clockTolerance: LEEWAY_SECONDS,
    requiredClaims: ['exp'],
  }
  return jwtVerify(token, createLocalJWKSet(given.value as never), options).then(({ payload }) => ok(payload), reasonOf)
}

/** What surrounds an assertion: whom it may be for, what it is used for, where it came from. */
export interface Around {
  readonly audiences: readonly string[]
  readonly resource: string
  readonly address: string | null
}

/** Checks an assertion and uses it up. Faults: `WrongAssertion`, `AlreadyUsed`. */
export async function checkAssertion(
  ctx: Ctx,
  app: SigningApp,
  token: string,
  { audiences, resource, address }: Around,
): Promise<Result<true>> {
  const parts = token.length <= MAX_ASSERTION ? header(token) : null
  if (!parts) return wrong('it is not a signed token of three parts')
  const keys = await assertionKeys(ctx, app.appId)
  const itsOwn = parts.body.iss === app.appId
  const payload = itsOwn ? await own(ctx, app, token, keys, parts.head, audiences) : await federated(ctx, token, keys, parts.body)
  if (!payload.ok) return payload
  const { exp = 0, jti } = payload.value
  if (exp * SECOND > ctx.now() + LONGEST_MS) return wrong('it lives longer than a day')
  if (!itsOwn) return ok(true)
  return useAssertion(ctx, { appId: app.appId, id: String(jti), resource, address, endsAt: (exp + LEEWAY_SECONDS) * SECOND })
}
