// What a browser does at the authority: authorize, come back from the sign-in page, enter a device's code. The library decides; the pages
// are ours, and so is what of a request reaches it.

import type { Context } from 'hono'
import { type Fault, fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { signingApp } from '../../operations/app-sign-in.ts'
import { beginSignIn } from '../../operations/sign-in.ts'
import { knownBrowser } from '../browser-cookies.ts'
import type { Deps } from '../deps.ts'
import { errorPage, pagePolicy } from '../html.ts'
import type { Asking } from './asking.ts'
import { rememberBegun } from './begun.ts'
import type { Inner, Outer } from './bridge.ts'
import { wantedClaims } from './claims-request.ts'
import { failure, libraryRefusal, refusalOf } from './errors.ts'
import { type Form, formOf, readForm } from './form.ts'
import { allResources, consentMissing } from './issuing.ts'
import { ROUTES } from './provider.ts'
import { readAsked, resourceOf } from './resources.ts'
import type { Service } from './service.ts'
import { traceOf } from './token-endpoint.ts'

export type At = { readonly c: Context; readonly deps: Deps; readonly service: Service; readonly about: Asking }

const html = (c: Context, text: string, status: 200 | 400 | 500 = 200): Response =>
  c.html(text, status, { 'content-security-policy': pagePolicy() })

/** A refusal that nothing may be redirected for: a page. */
export function refusedPage({ c, deps, about }: At, refused: Fault): Response {
  return html(c, errorPage(refused.words, refusalOf(refused, traceOf(c, deps, about)).body.trace_id), 400)
}

// Only the library's own cookies go on. The form cookie stays behind where a sign-in begins or ends: there is no single sign-on, so
// nobody is signed in by what an earlier sign-in left.
const COOKIES = { all: ['stint_form', 'stint_sign_in', 'stint_resume'], fresh: ['stint_sign_in', 'stint_resume'] } as const

function cookieOf(c: Context, names: readonly string[]): string {
  const pairs = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim())
  return pairs.filter((pair) => names.includes(pair.replace(/(?:\.sig)?=.*$/s, ''))).join('; ')
}

export const innerOf = (c: Context, url: string, kind: keyof typeof COOKIES, body?: string): Inner => ({
  method: c.req.method,
  url,
  headers: { accept: 'text/html', cookie: cookieOf(c, COOKIES[kind]) },
  ...(body === undefined ? {} : { body }),
})

/** An error that goes back to the application, in the reference's words. */
function withOurWords({ c, deps, about }: At, location: string): string {
  const refused = about.error && libraryRefusal(about.error, traceOf(c, deps, about))
  if (!refused || !URL.canParse(location)) return location
  const url = new URL(location)
  const fragment = new URLSearchParams(url.hash.slice(1))
  const params = fragment.has('error') ? fragment : url.searchParams
  if (!params.has('error')) return location
  params.set('error', refused.body.error)
  params.set('error_description', refused.body.error_description)
  if (params === fragment) url.hash = fragment.toString()
  return url.href
}

/** What the library answered a browser, with our pages and our policy. */
function shown(at: At, outer: Outer): Response {
  const { c, deps, about } = at
  const cookies = [outer.headers['set-cookie'] ?? []].flat().map(String)
  const location = outer.headers.location
  let response: Response
  if (typeof location === 'string') {
    response = new Response(null, { status: 303, headers: { location: withOurWords(at, location) } })
    rememberBegun(c, deps, response, location)
  } else if (outer.body !== '' && outer.status < 500) response = html(c, outer.body, outer.status === 200 ? 200 : 400)
  else {
    const trace = traceOf(c, deps, about)
    const { status, body } = (about.error && libraryRefusal(about.error, trace)) ?? failure(trace)
    const words = body.error_description.replace(/ Trace ID:.*$/, '')
    response = html(c, errorPage(words, body.trace_id), status === 500 ? 500 : 400)
  }
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

const HANDED_ON = [
  'client_id',
  'response_type',
  'response_mode',
  'redirect_uri',
  'state',
  'nonce',
  'code_challenge',
  'code_challenge_method',
  'login_hint',
]

function authorizeQuery(form: Form, about: Asking, origin: string): string {
  const query = new URLSearchParams()
  for (const name of HANDED_ON) if (form[name] !== undefined) query.set(name, form[name])
  // A sign-in is asked for whatever the client would rather; only that nothing may be asked is handed on.
  if (form.prompt?.split(' ').includes('none')) query.set('prompt', 'none')
  query.set('scope', 'openid profile email offline_access .default')
  if (form.claims) query.set('asked_claims', form.claims)
  for (const one of allResources(resourceOf(about.asked?.kind ?? 'own', origin), origin)) query.append('resource', one)
  return query.toString()
}

/** `GET …/oauth2/v2.0/authorize`. */
export async function authorize(at: At): Promise<Response> {
  const { c, deps, service, about } = at
  const form = formOf(new URL(c.req.url).searchParams)
  if (!form.ok) return refusedPage(at, form.fault)
  const { client_id: id = '' } = form.value
  const app = isGuid(id) ? await signingApp(deps.ctx, id.toLowerCase()) : null
  if (!app) return refusedPage(at, fault('UnknownApplication', { id: id.slice(0, 100) }))
  if (!app.enabled) return refusedPage(at, fault('ApplicationDisabled', { id: app.appId }))
  const begun = await beginSignIn(deps.ctx, about.address, knownBrowser(c, deps))
  if (!begun.ok) return refusedPage(at, begun.fault)
  about.app = app
  const asked = readAsked(form.value.scope, form.value.resource, deps.publicUrl)
  const claims = wantedClaims(form.value.claims)
  const nothing = asked.ok && asked.value === null ? fault('InvalidScope', { detail: 'name a resource' }) : null
  about.asked = asked.ok ? asked.value : null
  // Told by a redirect, and so only when the library has seen that the address is this application's.
  about.refused = asked.ok ? (nothing ?? consentMissing(app, about.asked?.audience ?? '')) : asked.fault
  if (!claims.ok) about.refused ??= claims.fault
  const query = authorizeQuery({ ...form.value, client_id: app.appId }, about, deps.publicUrl)
  return shown(at, await service.browse(innerOf(c, `${ROUTES.authorization}?${query}`, 'fresh')))
}

/** Where the browser comes back to after the sign-in page: on to the application. */
export async function resume(at: At): Promise<Response> {
  return shown(at, await at.service.browse(innerOf(at.c, `${ROUTES.authorization}/${at.c.req.param('uid')}`, 'fresh')))
}

export const OVER = fault('InvalidSignIn', { detail: 'this sign-in is over: start again in the application' })

/** The pages for a device's code: asked, confirmed, and back from the sign-in page. */
export async function devicePage(at: At): Promise<Response> {
  const { c, service } = at
  const uid = c.req.param('uid')
  const path = uid === undefined ? ROUTES.code_verification : `${ROUTES.code_verification}/${uid}`
  // Without the cookie of an open form nothing was begun in this browser.
  if ((uid !== undefined || c.req.method === 'POST') && !cookieOf(c, ['stint_form']).includes('stint_form=')) return refusedPage(at, OVER)
  if (c.req.method !== 'POST') return shown(at, await service.browse(innerOf(c, path, uid === undefined ? 'fresh' : 'all')))
  const form = await readForm(c)
  if (!form.ok) return refusedPage(at, form.fault)
  return shown(at, await service.browse(innerOf(c, path, 'all', new URLSearchParams(form.value as Record<string, string>).toString())))
}
