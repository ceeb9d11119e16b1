// Bearer tokens: checked from top to bottom, each refusal with its reason and never with the token. Time is handed in.

import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { fault } from '../../domain/faults.ts'
import { ok, type Refused, type Result, refuse } from '../../domain/result.ts'
import { HOUR, type Instant, MINUTE, SECOND } from '../../domain/time.ts'
import { audienceKind } from './audience.ts'
import { type Claims, readClaims } from './claims.ts'
import { ALGORITHMS, type SigningKey, type VerifyingKey } from './keys.ts'

export interface TokenRules {
  readonly keys: readonly VerifyingKey[]
  readonly issuer: string
  readonly tenantId: string
  /** Our own address, which is an audience too. */
  readonly origin: string
  /** Looks for keys again: another process may have made one. */
  readonly glance?: () => Promise<void>
}

/** How far another machine's clock may be off. */
const LEEWAY_SECONDS = 30
const MAX_TOKEN_LIFE = 15 * MINUTE
const MAX_TOKEN = 16_384

const invalid = (detail: string): Refused => refuse(fault('InvalidToken', { detail }))

/** The token of an `Authorization` header. */
function bearerOf(header: string | null | undefined): Result<string> {
  const m = /^bearer +(\S+)$/i.exec(header?.trim() ?? '')
  return m ? ok(m[1]!) : refuse(fault('AuthenticationRequired'))
}

/** Checks the bearer token of a request and reads its claims. */
export async function verifyToken(header: string | null | undefined, rules: TokenRules, now: Instant): Promise<Result<Claims>> {
  const token = bearerOf(header)
  if (!token.ok) return token
  const key = await knownKey(token.value, rules)
  if (!key.ok) return key
  const payload = await verified(token.value, key.value, rules.issuer, now)
  if (!payload.ok) return payload
  const aud = [payload.value.aud ?? []].flat().find((one) => audienceKind(one, rules.origin) !== null)
  if (aud === undefined) return refuse(fault('InvalidAudience'))
  const claims = readClaims(payload.value, aud)
  if (!claims.ok) return claims
  if (claims.value.tid !== rules.tenantId.toLowerCase()) return invalid('it is for another tenant')
  // A sign-in in the future would pass for a fresh one for as long as the lie is large.
  if ((claims.value.auth_time ?? 0) > now + LEEWAY_SECONDS * SECOND) return invalid('its claim `auth_time` lies in the future')
  return claims
}

async function knownKey(token: string, rules: TokenRules): Promise<Result<VerifyingKey>> {
  const key = keyOf(token, rules.keys)
  if (key.ok || !rules.glance) return key
  await rules.glance()
  return keyOf(token, rules.keys)
}

// The key decides which algorithm holds, the token only names the key: so neither `none` nor a public key used as a
// shared secret has a way in.
function keyOf(token: string, keys: readonly VerifyingKey[]): Result<VerifyingKey> {
  const header = token.length <= MAX_TOKEN && token.split('.').length === 3 ? headerOf(token) : null
  if (!header) return invalid('it is not a signed token of three parts')
  if (!ALGORITHMS.some((alg) => alg === header.alg)) return invalid('its algorithm is not accepted')
  const key = keys.find(({ kid, alg }) => alg === header.alg && (header.kid === undefined || header.kid === kid))
  return key ? ok(key) : invalid('it is signed with a key that is not ours')
}

function headerOf(token: string): ReturnType<typeof decodeProtectedHeader> | null {
  try {
    return decodeProtectedHeader(token)
  } catch {
    return null
  }
}

async function verified(token: string, key: VerifyingKey, issuer: string, now: Instant): Promise<Result<JWTPayload>> {
  try {
    const options = {
      algorithms: [key.alg],
      issuer,
      currentDate: new Date(now),
      clockTolerance: LEEWAY_SECONDS,
      requiredClaims: ['exp', 'aud', 'oid', 'tid'],
    }
    return ok((await jwtVerify(token, key.publicKey, options)).payload)
  } catch (error) {
    if (error instanceof errors.JOSEError) return refusalOf(error)
    throw error
  }
}

const CLAIM_PROBLEMS: Readonly<Record<string, string>> = {
  nbf: 'it is not valid yet',
  iss: 'it is from another issuer',
}

function refusalOf(error: errors.JOSEError): Refused {
  if (error instanceof errors.JWTExpired) return invalid('it has expired: sign in again')
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalid('its signature does not hold')
  if (!(error instanceof errors.JWTClaimValidationFailed)) return invalid('it is not a well-formed token')
  const known = error.reason === 'check_failed' ? CLAIM_PROBLEMS[error.claim] : undefined
  return invalid(known ?? `its claim \`${error.claim}\` is missing or of the wrong form`)
}

export interface MintedClaims {
  readonly iss: string
  readonly aud: string
  readonly oid: string
  readonly tid: string
  readonly idtyp: 'user' | 'app'
  readonly upn?: string
  /** The same again, under the name that some clients read (clients, section 1). */
  readonly unique_name?: string
  readonly name?: string
  readonly app_displayname?: string
  readonly amr?: readonly string[]
  readonly acrs?: readonly string[]
  /** When the sign-in happened; left out, the token says that it does not know. */
  readonly auth_time?: Instant
  readonly scp?: string
  readonly roles?: readonly string[]
  readonly appid?: string
  readonly ses_gen?: number
  /** The sign-in it is issued on: it ends with it. */
  readonly sid?: string
}

/** Signs a token on the machine: 15 minutes at most (decision D33), or an hour where it rests on a sign-in that can be ended. */
export async function mintToken(key: SigningKey, claims: MintedClaims, now: Instant, ttlSeconds: number): Promise<Result<string>> {
  const life = ttlSeconds * SECOND
  const longest = claims.sid === undefined ? MAX_TOKEN_LIFE : HOUR
  if (!Number.isSafeInteger(ttlSeconds) || life <= 0 || life > longest)
    return refuse(fault('InvalidDuration', { value: `${ttlSeconds} s` }))
  const at = Math.floor(now / SECOND)
  const { auth_time, ...rest } = claims
  const payload = { ...rest, ver: '1.0', ...(auth_time === undefined ? {} : { auth_time: Math.floor(auth_time / SECOND) }) }
  const token = new SignJWT(payload as JWTPayload)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT' })
    .setIssuedAt(at)
    .setNotBefore(at)
    .setExpirationTime(at + ttlSeconds)
  return ok(await token.sign(key.privateKey))
}
