// The command line as a client of the server's authority: where its endpoints are, and what it answers.

import { wallClock } from './clock.ts'
import { EXIT, Stop } from './exit.ts'

/** Known to every server of ours without registration (`STINT_CLI` there). */
export const CLIENT_ID = '5b1f7a1e-57d4-4c0b-9a57-0c11d57117c1'

const PATIENCE_MS = 15_000
const SECOND = 1_000

/** What a sign-in bought. */
export interface Tokens {
  readonly token: string
  /** Who, by name. */
  readonly as: string
  readonly refresh: string
  /** When the token ends, in milliseconds of our clock. */
  readonly endsAt: number
}

export interface Authority {
  readonly issuer: string
  /** For the browser: by the server's own name. */
  readonly authorize: string
  /** What the token is to be for: the server itself, by its own name. */
  readonly resource: string
}

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ((cause as Error & { code?: string }).code ?? cause.message) : String(cause)
}

async function ask(url: string, path: string, form: Readonly<Record<string, string>> | null): Promise<Record<string, unknown>> {
  const init = form === null ? {} : { method: 'POST', body: new URLSearchParams(form) }
  const answer = await fetch(`${url}${path}`, { ...init, redirect: 'error', signal: AbortSignal.timeout(PATIENCE_MS) }).catch(
    (error: unknown) => {
      throw new Stop(EXIT.unreachable, `${url} does not answer (${reasonOf(error)})`)
    },
  )
  const body: unknown = await answer.json().catch(() => null)
  if (typeof body !== 'object' || body === null) throw new Stop(EXIT.unreachable, `${url} is no server of Stint's`)
  return body as Record<string, unknown>
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** What the server says of itself. */
export async function authorityOf(url: string): Promise<Authority> {
  const found = await ask(url, '/organizations/v2.0/.well-known/openid-configuration', null)
  const [issuer, authorize] = [text(found.issuer), text(found.authorization_endpoint)]
  if (!URL.canParse(issuer) || !URL.canParse(authorize) || new URL(issuer).origin !== new URL(authorize).origin)
    throw new Stop(EXIT.unreachable, `${url} is no server of Stint's`)
  return { issuer, authorize, resource: new URL(issuer).origin }
}

/** The scope of everything the commands do. */
export const scopeOf = ({ resource }: Authority): string => `${resource}/.default offline_access openid profile`

/** The authority's own number and the ids for its log say nothing to a person. */
export const wordsOf = (description: unknown): string =>
  text(description)
    .replace(/^AADSTS\d+: /, '')
    .replace(/\.? Trace ID:.*$/s, '')

export type Grant = { readonly tokens: Tokens; readonly idToken: Readonly<Record<string, unknown>> }
export type Refusal = { readonly error: string; readonly words: string }

function payloadOf(token: unknown): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(text(token).split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Asks the token endpoint. */
export async function askToken(url: string, form: Readonly<Record<string, string>>): Promise<Grant | Refusal> {
  const body = await ask(url, '/organizations/oauth2/v2.0/token', { client_id: CLIENT_ID, ...form })
  if (typeof body.error === 'string') return { error: body.error, words: wordsOf(body.error_description) }
  const { access_token: token, refresh_token: refresh, expires_in: seconds } = body
  if (typeof token !== 'string' || typeof refresh !== 'string' || typeof seconds !== 'number')
    throw new Stop(EXIT.unreachable, `${url} answered without a token`)
  const idToken = payloadOf(body.id_token)
  const as = text(idToken.preferred_username) || text(payloadOf(token).upn)
  return { tokens: { token, as, refresh, endsAt: wallClock() + seconds * SECOND }, idToken }
}

export interface DeviceAsked {
  readonly code: string
  readonly message: string
  readonly intervalMs: number
}

/** Asks for a code that is typed in elsewhere. */
export async function askDevice(url: string, authority: Authority, claims: string | null): Promise<DeviceAsked> {
  const form = { client_id: CLIENT_ID, scope: scopeOf(authority), ...(claims === null ? {} : { claims }) }
  const body = await ask(url, '/organizations/oauth2/v2.0/devicecode', form)
  if (typeof body.error === 'string') throw new Stop(EXIT.unauthenticated, wordsOf(body.error_description))
  return { code: text(body.device_code), message: text(body.message), intervalMs: Number(body.interval ?? 5) * SECOND }
}
