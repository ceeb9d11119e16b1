// A browser sent to an identity provider, and back: bound to this browser by a cookie, to the sign-in it interrupts, and to one state
// that is used once. Whatever goes wrong is a page, never another round.

import { randomBytes } from 'node:crypto'
import type { Context } from 'hono'
import type { OidcInteraction } from 'oidc-provider'
import { type Fault, fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { acrFor, comeBack, enabledProvider, finishExternal, judgeAnswer, sendAway, wantsFresh } from '../../operations/external-sign-in.ts'
import { beginSignIn } from '../../operations/sign-in.ts'
import { begunHere } from './begun.ts'
import { type At, innerOf, OVER, refusedPage } from './browser.ts'
import { addressThere, claimsOf } from './external-provider.ts'
import { finishSignIn, wantedOf } from './finish.ts'
import { SIGN_IN } from './provider.ts'

const COOKIE = 'stint_external'
const LIFE_SECONDS = 600
const VALUE = /^[\w-]{43}$/

const random = (): string => randomBytes(32).toString('base64url')

function cookie(publicUrl: string, value: string): string {
  const life = value === '' ? 'Max-Age=0' : `Max-Age=${LIFE_SECONDS}`
  return `${COOKIE}=${value}; Path=/authority; HttpOnly; SameSite=Lax; ${life}${publicUrl.startsWith('https:') ? '; Secure' : ''}`
}

/** The browser's own secret; null where it has none, or two, of which one is somebody else's. */
function browserOf(c: Context): string | null {
  const pairs = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim())
  const [value, ...more] = pairs.filter((pair) => pair.startsWith(`${COOKIE}=`)).map((pair) => pair.slice(COOKIE.length + 1))
  return value !== undefined && more.length === 0 && VALUE.test(value) ? value : null
}

const to = (location: string, set: string): Response =>
  new Response(null, { status: 303, headers: { location, 'set-cookie': set, 'cache-control': 'no-store' } })

const refused = (at: At, detail: string) => refusedPage(at, fault('ExternalSignInRefused', { detail }))

/** Where a sign-in page links to a provider. */
export const externalHref = (uid: string, providerId: string): string => `${SIGN_IN}/${uid}/external/${providerId}`

/** Sends a browser that is in the middle of a sign-in to a provider. */
async function beginExternal(at: At, found: OidcInteraction, providerId: string): Promise<Response> {
  const { deps, about } = at
  const { ctx, publicUrl } = deps
  const counted = await beginSignIn(ctx, about.address)
  if (!counted.ok) return refusedPage(at, counted.fault)
  const provider = isGuid(providerId) ? await enabledProvider(ctx, providerId) : null
  if (!provider) return refusedPage(at, fault('ProviderNotFound', { id: providerId.slice(0, 100) }))
  const { contexts, methods, bound } = wantedOf(found)
  const wanted = { contexts, methods, bound }
  const [state, nonce, verifier, browser] = [random(), random(), random(), random()]
  const going = { state, nonce, verifier, fresh: wantsFresh(wanted), acr: acrFor(provider.settings, wanted) }
  const address = await addressThere(ctx, publicUrl, provider, going)
  if (!address.ok) return refusedPage(at, address.fault)
  await sendAway(ctx, { state, nonce, verifier, browser, interaction: found.uid, providerId: provider.id, wanted })
  return to(address.value, cookie(publicUrl, browser))
}

/** `GET /authority/sign-in/:uid/external/:provider`. */
export async function goExternal(at: At): Promise<Response> {
  const found = await begunHere(at)
  return found ? beginExternal(at, found, at.c.req.param('provider') ?? '') : refusedPage(at, OVER)
}

// What a provider may say instead of a code, in our words: its own are never shown.
const ERRORS: Readonly<Record<string, string>> = {
  access_denied: 'you, or the identity provider, declined',
  login_required: 'the identity provider did not ask you to sign in',
  interaction_required: 'the identity provider did not ask you to sign in',
  unmet_authentication_requirements: 'the identity provider cannot give the proof that is asked for',
  temporarily_unavailable: 'the identity provider is not available: try again in a moment',
}

/** `GET /authority/callback/:provider`: the provider sent the browser back. */
export async function externalBack(at: At): Promise<Response> {
  const { c, deps, about } = at
  const { ctx, publicUrl, log } = deps
  const url = new URL(c.req.url)
  const one = (name: string) => (url.searchParams.getAll(name).length > 1 ? null : url.searchParams.get(name))
  const [state, browser] = [one('state'), browserOf(c)]
  if (state === null || !VALUE.test(state) || browser === null)
    return refused(at, 'it was not begun in this browser: start again in the application')
  const back = await comeBack(ctx, state, browser)
  if (!back.ok) return refusedPage(at, back.fault)
  const { provider, interaction, nonce, verifier } = back.value
  const note = (f: Fault) =>
    log.warn(
      { requestId: about.correlationId, provider: provider.name, code: f.code, words: f.words },
      'a sign-in at an identity provider was refused',
    )
  const failed = (f: Fault) => {
    note(f)
    return refusedPage(at, f)
  }
  const wrong = (detail: string) => failed(fault('ExternalSignInRefused', { detail }))
  if (provider.name.toLowerCase() !== c.req.param('provider'))
    return wrong('it came back from another identity provider than it was sent to')
  const error = one('error')
  // Judged before an error is believed, too: who sends it (RFC 9207).
  const iss = url.searchParams.get('iss')
  if (iss !== null && iss !== provider.issuer) return wrong('it came back from another identity provider than it was sent to')
  if (error !== null || url.searchParams.has('error'))
    return wrong((error !== null && Object.hasOwn(ERRORS, error) ? ERRORS[error] : undefined) ?? 'the identity provider refused')
  const claims = await claimsOf(ctx, publicUrl, provider, { state, nonce, verifier, search: url.search })
  if (!claims.ok) return failed(claims.fault)
  const judged = await judgeAnswer(ctx, state, back.value, claims.value, about.address)
  if (!judged.ok) return failed(judged.fault)
  // Under the path that the interaction's own cookie is sent to.
  return to(`${SIGN_IN}/${interaction}/external`, cookie(publicUrl, browser))
}

/** `GET /authority/sign-in/:uid/external`: on to the application, once. */
export async function endExternal(at: At): Promise<Response> {
  const { c, deps, service, about } = at
  const [found, browser] = [await begunHere(at), browserOf(c)]
  if (!found || browser === null) return refusedPage(at, OVER)
  const { client_id: appId } = found.params
  const signed = await finishExternal(deps.ctx, {
    ...{ browser, interaction: found.uid, appId: typeof appId === 'string' ? appId : '', bound: wantedOf(found).bound },
    ...{ address: about.address, agent: about.agent, correlationId: about.correlationId },
  })
  if (!signed.ok) return refusedPage(at, signed.fault)
  const response = await finishSignIn(deps, service, innerOf(c, `${SIGN_IN}/${found.uid}`, 'all'), signed.value)
  response.headers.append('set-cookie', cookie(deps.publicUrl, ''))
  return response
}
