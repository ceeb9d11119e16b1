// The authority's door: every address clients know, under every name of the tenant (clients, section 1). Nothing here needs a token;
// what each address admits it judges itself.

import { type Context, Hono } from 'hono'
import { fault, faultRow } from '../../domain/faults.ts'
import { keySet } from '../auth/keys.ts'
import { addressOf, requestIdOf } from '../authenticate.ts'
import { mayHaveCookies } from '../browser-cookies.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { pagePolicy, SCRIPT } from '../html.ts'
import { cloudMetadata } from '../metadata.ts'
import { PASSKEY_SCRIPT } from '../passkey-script.ts'
import { type Asking, newAsking, whileAsking } from './asking.ts'
import { authorize, devicePage, refusedPage, resume } from './browser.ts'
import { discoveryDocument, instanceDocument, realmDocument } from './documents.ts'
import { failure, refusalOf } from './errors.ts'
import { endExternal, externalBack, goExternal } from './external.ts'
import { tenantName } from './names.ts'
import { signedOutPage } from './pages.ts'
import { ROUTES, SIGN_IN } from './provider.ts'
import { openService, type Service } from './service.ts'
import { signIn, signInForm } from './sign-in.ts'
import { deviceCode, token, traceOf } from './token-endpoint.ts'

type At = { readonly c: Context<DoorEnv>; readonly deps: Deps; readonly service: Service; readonly about: Asking }
type Handler = (at: At) => Promise<Response> | Response

const document =
  (v2: boolean): Handler =>
  ({ c, deps: { ctx, verify, publicUrl: origin } }) => {
    const about = { origin, tenant: ctx.tenant(), issuer: verify.issuer, alg: verify.keys[0]?.alg ?? 'RS256' }
    return c.json(discoveryDocument(about, (c.req.param('name') ?? '').toLowerCase(), v2))
  }
const keys: Handler = ({ c, deps }) => c.json(keySet(deps.verify.keys))
const instance: Handler = ({ c, deps }) =>
  c.json(instanceDocument(deps.publicUrl, c.req.query('authorization_endpoint'), deps.verify.tenantId))
const realm: Handler = ({ c, deps }) => c.json(realmDocument(deps.publicUrl, c.req.param('upn') ?? ''))
const issue: Handler = ({ c, deps, service, about }) => token(c, deps, service, about)
const device: Handler = ({ c, deps, service, about }) => deviceCode(c, deps, service, about)
// Where somebody wants to go afterwards is not looked at: there is nothing to end, and no address to be led to (no open redirect).
const signedOut: Handler = ({ c }) => c.html(signedOutPage(), 200, { 'content-security-policy': pagePolicy() })

// Our one script: from our own origin, since the policy of the pages lets in no other.
const script: Handler = ({ c }) => c.body(PASSKEY_SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' })

const metadata: Handler = ({ c, deps }) => {
  const answer = cloudMetadata(deps.publicUrl, deps.verify.tenantId, c.req.query('api-version'))
  if (answer.ok) return c.json(answer.value)
  const row = faultRow(answer.fault.code)
  return c.json({ error: { code: row.arm?.[0] ?? answer.fault.code, message: answer.fault.words } }, 400)
}

// Pages with cookies, and forms with passwords: over https, or within the machine, as the account's own.
const safely =
  (handler: Handler): Handler =>
  (at) =>
    mayHaveCookies(at.c, at.deps) ? handler(at) : refusedPage(at, fault('InsecureConnection'))

type Row = readonly [method: 'GET' | 'POST', path: string, handler: Handler]

/** Under each name of the tenant. */
const NAMED: readonly Row[] = [
  ['GET', '/v2.0/.well-known/openid-configuration', document(true)],
  ['GET', '/.well-known/openid-configuration', document(false)],
  ['GET', '/discovery/v2.0/keys', keys],
  ['GET', '/discovery/keys', keys],
  ['GET', '/discovery/instance', instance],
  ['GET', '/userrealm/:upn', realm],
  ...['/oauth2/v2.0', '/oauth2'].flatMap((base): readonly Row[] => [
    ['POST', `${base}/token`, issue],
    ['POST', `${base}/devicecode`, device],
    ['GET', `${base}/authorize`, safely(authorize)],
    ['GET', `${base}/logout`, signedOut],
  ]),
]

const PLAIN: readonly Row[] = [
  ['GET', '/metadata/endpoints', metadata],
  // As az asks, whose address ends with a slash (clients, section 2).
  ['GET', '//metadata/endpoints', metadata],
  ['GET', `${ROUTES.authorization}/:uid`, safely(resume)],
  ['GET', ROUTES.code_verification, safely(devicePage)],
  ['POST', ROUTES.code_verification, safely(devicePage)],
  ['GET', `${ROUTES.code_verification}/:uid`, safely(devicePage)],
  ['GET', SCRIPT, script],
  ['GET', `${SIGN_IN}/:uid`, safely(signInForm)],
  ['POST', `${SIGN_IN}/:uid`, safely(signIn)],
  ['GET', `${SIGN_IN}/:uid/external`, safely(endExternal)],
  ['GET', `${SIGN_IN}/:uid/external/:provider`, safely(goExternal)],
  ['GET', '/authority/callback/:provider', safely(externalBack)],
]

/** Mount before the door that takes every address. `deps.signingKeys` must be there. */
export function authorityDoor(deps: Deps): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>()
  const service = openService(deps, () => deps.signingKeys?.() ?? [])
  const answered = (handler: Handler) => async (c: Context<DoorEnv>) => {
    const about = newAsking(requestIdOf(c) || deps.ctx.ids(), addressOf(c, deps), c.req.header('user-agent') ?? null)
    const refused = (refusal: ReturnType<typeof failure>) => c.json(refusal.body, refusal.status)
    const name = c.req.param('name')
    const known = name === undefined ? null : tenantName(name, deps.ctx.tenant())
    if (known && !known.ok) return refused(refusalOf(known.fault, traceOf(c, deps, about)))
    try {
      return await whileAsking(about, async () => handler({ c, deps, service, about }))
    } catch (err) {
      deps.log.error({ requestId: about.correlationId, method: c.req.method, path: c.req.path, err }, 'a request to the authority failed')
      return refused(failure(traceOf(c, deps, about)))
    }
  }
  for (const [method, path, handler] of NAMED) app.on(method, `/:name${path}`, answered(handler))
  for (const [method, path, handler] of PLAIN) app.on(method, path, answered(handler))
  return app
}
