// An identity provider asked: its discovery document, its keys, its token endpoint. Over https (http on this machine alone), by no
// redirect, five seconds and so many bytes at most; what it says counts only after all of it was judged here, by our clock.

import { createHash } from 'node:crypto'
import { createLocalJWKSet, decodeProtectedHeader, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type Instant, MINUTE, SECOND } from '../../domain/time.ts'
import type { Ctx } from '../../operations/context.ts'
import { type ProviderRow, providerSecret } from '../../operations/identity-providers.ts'
import { isAskable } from '../../operations/provider-rules.ts'

const PATIENCE_MS = 5_000
const MAX_BYTES = 128 * 1024
const KEPT_MS = 5 * MINUTE
/** A failure is remembered for a moment, so that a dead provider is not asked for each browser; an unknown key asks anew as seldom. */
const FAILED_MS = 5 * SECOND
const MOST = 100
const LEEWAY_SECONDS = 60
/** Between a token's making and its use lies one redirect. */
const OLDEST_SECONDS = 600
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

const unreachable = (detail: string) => refuse(fault('ProviderUnreachable', { detail }))
const wrong = (detail: string) => refuse(fault('ExternalSignInRefused', { detail }))

/** A provider on this machine may use http there; any other, and whatever it names, https. */
const mayAsk = (url: string, issuer: string): boolean =>
  isAskable(url) && (new URL(url).protocol === 'https:' || new URL(issuer).protocol === 'http:')

/** Asks a provider within bounds. Throws beyond them. */
async function bounded(issuer: string, url: string, init: RequestInit): Promise<Response> {
  if (!mayAsk(url, issuer)) throw new Error('an address that is not asked')
  const answer = await fetch(url, { ...init, redirect: 'error', credentials: 'omit', signal: AbortSignal.timeout(PATIENCE_MS) })
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of answer.body ?? []) {
    size += chunk.length
    if (size > MAX_BYTES) throw new Error('too large')
    chunks.push(chunk)
  }
  const empty = answer.status === 204 || answer.status === 304
  return new Response(empty ? null : Buffer.concat(chunks), { status: answer.status, headers: answer.headers })
}

const fetchOf =
  (issuer: string): oidc.CustomFetch =>
  (url, init) =>
    bounded(issuer, url, init as RequestInit)

interface Found {
  readonly metadata: oidc.ServerMetadata
  readonly keys: JSONWebKeySet
}

interface Kept {
  readonly at: Instant
  readonly until: Instant
  readonly answer: Promise<Result<Found>>
}

const kept = new Map<string, Kept>()

async function look(issuer: string): Promise<Result<Found>> {
  try {
    const insecure = new URL(issuer).protocol === 'http:'
    const config = await oidc.discovery(new URL(issuer), 'discovery', undefined, oidc.None(), {
      [oidc.customFetch]: fetchOf(issuer),
      timeout: PATIENCE_MS / SECOND,
      execute: insecure ? [oidc.allowInsecureRequests] : [],
    })
    const metadata = config.serverMetadata()
    // A document that speaks for somebody else is a mix-up (RFC 8414, 3.3).
    if (metadata.issuer !== issuer) return unreachable('its discovery document speaks for another issuer')
    const { authorization_endpoint: authorize = '', token_endpoint: token = '', jwks_uri: jwks = '' } = metadata
    if (![authorize, token, jwks].every((url) => mayAsk(url, issuer)))
      return unreachable('its discovery document names no address that can be asked')
    const set = (await (await bounded(issuer, jwks, { headers: { accept: 'application/json' } })).json()) as JSONWebKeySet | null
    if (!Array.isArray(set?.keys)) return unreachable('it shows no keys')
    return ok({ metadata: { ...metadata }, keys: { keys: set.keys.slice(0, 50) } })
  } catch {
    return unreachable('it does not answer as it should')
  }
}

/** What a provider says of itself, kept for some minutes; `anew` asks again, though not more often than every few seconds. */
export async function discover(issuer: string, now: () => Instant, anew = false): Promise<Result<Found>> {
  const held = kept.get(issuer)
  if (held && held.until > now() && !(anew && now() - held.at > FAILED_MS)) return held.answer
  if (kept.size >= MOST) kept.clear()
  const at = now()
  const answer = look(issuer)
  kept.set(issuer, { at, until: at + KEPT_MS, answer })
  const result = await answer
  if (!result.ok) kept.set(issuer, { at, until: now() + FAILED_MS, answer })
  return result
}

async function configOf(ctx: Ctx, p: ProviderRow, { metadata }: Found): Promise<oidc.Configuration> {
  const secret = (await providerSecret(ctx, p.id)) ?? ''
  const auth = { basic: () => oidc.ClientSecretBasic(secret), post: () => oidc.ClientSecretPost(secret), none: () => oidc.None() }
  // Judged by the database's clock below; the library's own is this machine's, and may be off by a little.
  const client = { client_id: p.clientId, [oidc.clockTolerance]: 300 }
  const config = new oidc.Configuration(metadata, p.clientId, client, auth[p.settings.clientAuth]())
  config[oidc.customFetch] = fetchOf(p.issuer)
  config.timeout = PATIENCE_MS / SECOND
  if (new URL(p.issuer).protocol === 'http:') oidc.allowInsecureRequests(config)
  return config
}

/** Where the provider sends browsers back: one address for each, so that no answer of one passes for another's. */
export const callbackOf = (publicUrl: string, p: Pick<ProviderRow, 'name'>): string =>
  `${publicUrl}/authority/callback/${p.name.toLowerCase()}`

export interface Going {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** Nothing but a new proof will do; these contexts of the provider are asked for. */
  readonly fresh: boolean
  readonly acr: readonly string[]
}

/** The address to send a browser to. Fault: `ProviderUnreachable`. */
export async function addressThere(ctx: Ctx, publicUrl: string, p: ProviderRow, going: Going): Promise<Result<string>> {
  const found = await discover(p.issuer, ctx.now)
  if (!found.ok) return found
  const url = oidc.buildAuthorizationUrl(await configOf(ctx, p, found.value), {
    redirect_uri: callbackOf(publicUrl, p),
    scope: ['openid', ...p.settings.scopes].join(' '),
    state: going.state,
    nonce: going.nonce,
    code_challenge: createHash('sha256').update(going.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(going.fresh ? { prompt: 'login', max_age: '0' } : {}),
    ...(going.acr.length > 0 ? { acr_values: going.acr.join(' ') } : {}),
  })
  return ok(url.href)
}

/** The half of a hash that a token's `at_hash` is, by its own algorithm. */
function halfHash(alg: string, text: string): string {
  const bits = alg === 'EdDSA' ? '512' : alg.slice(2)
  const digest = createHash(`sha${bits}`).update(text).digest()
  return digest.subarray(0, digest.length / 2).toString('base64url')
}

type Claims = Readonly<Record<string, unknown>>

/** What the library leaves to us: the signature, our clock, for whom, and to which of our questions. */
async function judged(
  ctx: Ctx,
  p: ProviderRow,
  keys: JSONWebKeySet,
  idToken: string,
  nonce: string,
  access: string,
): Promise<Result<Claims>> {
  const { payload, protectedHeader } = await jwtVerify(idToken, createLocalJWKSet(keys), {
    algorithms: ALGORITHMS,
    issuer: p.issuer,
    audience: p.clientId,
    currentDate: new Date(ctx.now()),
    clockTolerance: LEEWAY_SECONDS,
    maxTokenAge: OLDEST_SECONDS,
    requiredClaims: ['exp', 'iat', 'sub', 'nonce'],
  })
  const { aud, azp, at_hash: half } = payload
  if (payload.nonce !== nonce) return wrong('its answer is to another question')
  if ((Array.isArray(aud) && aud.length > 1 && azp === undefined) || (azp !== undefined && azp !== p.clientId))
    return wrong('its answer was made for another application')
  if (half !== undefined && half !== halfHash(protectedHeader.alg, access)) return wrong('its answer does not hold together')
  return ok(payload)
}

async function verified(ctx: Ctx, p: ProviderRow, first: Found, idToken: string, nonce: string, access: string): Promise<Result<Claims>> {
  try {
    return await judged(ctx, p, first.keys, idToken, nonce, access)
  } catch (error) {
    if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
    // A key that was made since we looked.
    const again = await discover(p.issuer, ctx.now, true)
    return again.ok ? judged(ctx, p, again.value.keys, idToken, nonce, access) : again
  }
}

export interface Came {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  /** The query that the browser brought. */
  readonly search: string
}

const isNetwork = (error: unknown): boolean => error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')

/** Buys what a code is good for, and judges it. Faults: `ProviderUnreachable`, `ExternalSignInRefused`. */
export async function claimsOf(ctx: Ctx, publicUrl: string, p: ProviderRow, came: Came): Promise<Result<Claims>> {
  const found = await discover(p.issuer, ctx.now)
  if (!found.ok) return found
  try {
    const config = await configOf(ctx, p, found.value)
    const tokens = await oidc.authorizationCodeGrant(config, new URL(`${callbackOf(publicUrl, p)}${came.search}`), {
      pkceCodeVerifier: came.verifier,
      expectedState: came.state,
      expectedNonce: came.nonce,
      idTokenExpected: true,
    })
    const idToken = tokens.id_token ?? ''
    if (decodeProtectedHeader(idToken).crit !== undefined) return wrong('its answer is not understood')
    return await verified(ctx, p, found.value, idToken, came.nonce, tokens.access_token)
  } catch (error) {
    const cause = error instanceof Error ? error.cause : null
    if (isNetwork(error) || isNetwork(cause)) return unreachable('it does not answer as it should')
    // What it says is not repeated: it could say anything.
    return wrong('its answer is not one that can be believed')
  }
}
