// The token endpoint and the device endpoint: the request is brought to the library's form, its answer to the form that clients need
// (clients, section 1; stack, section 4).

import type { Context } from 'hono'
import { type Fault, fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { beginSignIn } from '../../operations/sign-in.ts'
import type { Deps } from '../deps.ts'
import { DEVICE_GRANT, INNER_SECRET } from './adapter.ts'
import { type Asking, asking } from './asking.ts'
import type { Outer } from './bridge.ts'
import { wantedClaims } from './claims-request.ts'
import { judgeClient } from './client-auth.ts'
import { failure, libraryRefusal, type Refusal, refusalOf, type Trace } from './errors.ts'
import { type Form, readForm } from './form.ts'
import { allResources, consentMissing } from './issuing.ts'
import { assertionAudiences } from './names.ts'
import { ROUTES } from './provider.ts'
import { readAsked, resourceOf } from './resources.ts'
import type { Service } from './service.ts'

type Fields = Record<string, string>

/** What a code or token of ours looks like. Whatever else is sent was never issued; a colon would name a stored hash. */
const VALUE = /^[\w-]{1,200}$/

const value = (form: Form, ...names: readonly string[]): Result<string> => {
  const found = names.map((name) => form[name]).find((one) => one !== undefined)
  if (found === undefined || found === '') return refuse(fault('InvalidSignIn', { detail: `\`${names[0]}\` is required` }))
  return VALUE.test(found) ? ok(found) : refuse(fault('InvalidSignIn', { detail: `\`${names[0]}\` is not one of ours` }))
}

const resourceFields = (origin: string): Fields => {
  const { asked } = asking()
  return asked ? { resource: resourceOf(asked.kind, origin) } : {}
}

type Grant = (form: Form, origin: string) => Result<Fields>

// By the grant that a client names: what goes to the library. `scope` goes along only where the library may narrow by it.
const GRANTS: Readonly<Record<string, Grant>> = {
  client_credentials: (_, origin) => {
    if (!asking().asked) return refuse(fault('InvalidScope', { detail: 'name a resource, such as `https://graph.microsoft.com/.default`' }))
    return ok({ ...resourceFields(origin), scope: '.default' })
  },
  authorization_code: (form, origin) => {
    const code = value(form, 'code')
    if (!code.ok) return code
    const { redirect_uri = '', code_verifier } = form
    return ok({ code: code.value, redirect_uri, ...(code_verifier === undefined ? {} : { code_verifier }), ...resourceFields(origin) })
  },
  refresh_token: (form, origin) => {
    const token = value(form, 'refresh_token')
    return token.ok ? ok({ refresh_token: token.value, ...resourceFields(origin) }) : token
  },
  [DEVICE_GRANT]: (form, origin) => {
    const code = value(form, 'device_code', 'code')
    return code.ok ? ok({ device_code: code.value, ...resourceFields(origin) }) : code
  },
  password: ({ username = '', password = '' }, origin) => ok({ username, password, ...resourceFields(origin), scope: '.default' }),
}

/** Some clients name the device grant in the older way (clients, section 1). */
const grantOf = (form: Form): string | undefined => (form.grant_type === 'device_code' ? DEVICE_GRANT : form.grant_type)

const PEOPLE = new Set(['authorization_code', DEVICE_GRANT, 'password'])

/** The same checks for both endpoints: who asks, and for what. */
async function judged(c: Context, deps: Deps, form: Form, about: Asking): Promise<Result<{ readonly proven: boolean }>> {
  const { ctx, publicUrl: origin } = deps
  const asked = readAsked(form.scope, form.resource, origin)
  const around = {
    audiences: assertionAudiences(origin, ctx.tenant(), deps.verify.issuer),
    // By what it is, not by how it is spelt: each spelling would be another use.
    resource: asked.ok ? (asked.value?.kind ?? '') : '',
    address: about.address,
  }
  const client = await judgeClient(ctx, form, c.req.header('authorization'), around)
  if (!client.ok) return client
  about.app = client.value.app
  // Only now: whoever is nobody learns nothing about what is served.
  if (!asked.ok) return asked
  about.asked = asked.value
  const claims = wantedClaims(form.claims)
  if (!claims.ok) return claims
  about.wanted = claims.value
  return client
}

async function prepared(c: Context, deps: Deps, about: Asking): Promise<Result<Fields>> {
  const form = await readForm(c)
  if (!form.ok) return form
  const grant = grantOf(form.value) ?? ''
  const client = await judged(c, deps, form.value, about)
  if (!client.ok) return client
  if (!Object.hasOwn(GRANTS, grant)) return refuse(fault('UnsupportedGrantType'))
  if (grant === 'client_credentials' && !client.value.proven) return refuse(fault('MissingClientCredential'))
  const { app } = about
  if (grant === 'password' && !app?.passwordGrant)
    return refuse(fault('PasswordGrantRefused', { detail: 'this application was not allowed it' }))
  const missing = PEOPLE.has(grant) ? consentMissing(app, about.asked?.audience ?? 'this server') : null
  if (missing) return refuse(missing)
  const fields = GRANTS[grant]!(form.value, deps.publicUrl)
  return fields.ok ? ok({ ...fields.value, grant_type: grant, ...clientFields(about) }) : fields
}

const clientFields = (about: Asking): Fields => ({ client_id: about.app?.appId ?? '', client_secret: INNER_SECRET })

async function preparedDevice(c: Context, deps: Deps, about: Asking): Promise<Result<Fields>> {
  const form = await readForm(c)
  if (!form.ok) return form
  const client = await judged(c, deps, form.value, about)
  if (!client.ok) return client
  const { asked, app } = about
  if (!asked) return refuse(fault('InvalidScope', { detail: 'name a resource, such as `https://graph.microsoft.com/.default`' }))
  const begun = await beginSignIn(deps.ctx, about.address)
  if (!begun.ok) return begun
  const missing = consentMissing(app, asked.audience)
  return missing
    ? refuse(missing)
    : ok({
        scope: 'openid profile email offline_access .default',
        asked_scope: asked.scope,
        ...(form.value.claims ? { asked_claims: form.value.claims } : {}),
        ...clientFields(about),
      })
}

export const traceOf = (c: Context, deps: Deps, about: Asking): Trace => ({
  at: deps.ctx.now(),
  traceId: about.correlationId,
  correlationId:
    [c.req.header('client-request-id'), c.req.query('client-request-id')].find((id) => id && isGuid(id)) ?? about.correlationId,
})

/** What the library answered, or how it refused. */
function outcome(outer: Outer, about: Asking, trace: Trace): Record<string, unknown> | Refusal {
  if (outer.status >= 200 && outer.status < 300) return JSON.parse(outer.body) as Record<string, unknown>
  const refused = about.error ? libraryRefusal(about.error, trace) : null
  return refused ?? failure(trace)
}

const isRefusal = (o: Record<string, unknown> | Refusal): o is Refusal => 'status' in o && 'body' in o

const base64url = (object: object): string => Buffer.from(JSON.stringify(object)).toString('base64url')

/** The scope to answer with: the words that were asked, here or when the device asked; else what a refresh means. */
function scopeOf(about: Asking): string {
  const kept = about.source?.params?.asked_scope
  if (about.asked) return about.asked.scope
  if (typeof kept === 'string') return kept
  const first = [about.source?.resource ?? ''].flat()[0]
  return `${first}/.default openid profile offline_access`
}

const refusedWith = (c: Context, { status, body }: Refusal): Response => c.json(body, status)
const plainRefusal = (c: Context, deps: Deps, about: Asking, refused: Fault): Response =>
  refusedWith(c, refusalOf(refused, traceOf(c, deps, about)))

/** `POST …/oauth2/v2.0/token`. */
export async function token(c: Context, deps: Deps, service: Service, about: Asking): Promise<Response> {
  const fields = await prepared(c, deps, about)
  if (!fields.ok) return plainRefusal(c, deps, about, fields.fault)
  const outer = await service.post(ROUTES.token, fields.value)
  const answer = outcome(outer, about, traceOf(c, deps, about))
  if (isRefusal(answer)) return refusedWith(c, answer)
  const { person } = about
  const people = person ? { client_info: base64url({ uid: person.id, utid: deps.ctx.tenant().id }) } : {}
  const { expires_in } = answer
  return c.json({ ...answer, token_type: 'Bearer', scope: scopeOf(about), expires_in, ext_expires_in: expires_in, ...people })
}

/** `POST …/oauth2/v2.0/devicecode`. */
export async function deviceCode(c: Context, deps: Deps, service: Service, about: Asking): Promise<Response> {
  const fields = await preparedDevice(c, deps, about)
  if (!fields.ok) return plainRefusal(c, deps, about, fields.fault)
  const { asked } = about
  const resources = asked ? allResources(resourceOf(asked.kind, deps.publicUrl), deps.publicUrl) : []
  const outer = await service.post(ROUTES.device_authorization, fields.value, resources)
  const answer = outcome(outer, about, traceOf(c, deps, about))
  if (isRefusal(answer)) return refusedWith(c, answer)
  const { user_code, device_code, verification_uri, expires_in } = answer
  const message = `To sign in, use a web browser to open the page ${verification_uri} and enter the code ${user_code} to authenticate.`
  return c.json({ user_code, device_code, verification_uri, expires_in, interval: 5, message })
}
