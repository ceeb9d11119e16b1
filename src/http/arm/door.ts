// The ARM door: one catch-all. The path and the method find a row in a table; the row does the rest. Whoever has no valid token learns
// nothing but that (contract reference, 11).

import { type Context, Hono } from 'hono'
import { type Fault, fault } from '../../domain/faults.ts'
import { type Result, refuse } from '../../domain/result.ts'
import { formatInstant } from '../../domain/time.ts'
import { authenticate, requestIdOf } from '../authenticate.ts'
import { bodySource, readObjectBody } from '../body.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import type { ArmAnswer, ArmRequest } from './handler.ts'
import { parseArmOptions } from './options.ts'
import { challengeOf, errorOf, headersOf, type Told } from './present.ts'
import { routeOf } from './route.ts'
import { apiVersion } from './versions.ts'
import { aliasOf, PROVIDER, withoutAlias } from './wire.ts'

type Telling = { -readonly [K in keyof Told]: Told[K] }

const nobody = (): Telling => ({ claims: null, action: `${PROVIDER}/*`, path: null })

/** Path and query as sent: nothing may have tidied them before we look. */
function partsOf(url: string): { readonly pathname: string; readonly search: string } {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '')
  const cut = rest.indexOf('?')
  return cut < 0 ? { pathname: rest, search: '' } : { pathname: rest.slice(0, cut), search: rest.slice(cut) }
}

async function serve(c: Context<DoorEnv>, deps: Deps, told: Telling): Promise<Result<ArmAnswer>> {
  const caller = await authenticate(c, deps, 'arm')
  if (!caller.ok) return caller
  told.claims = caller.value.claims
  const { method } = c.req
  const { pathname, search } = partsOf(c.req.url)
  const route = routeOf(pathname, method)
  if (!route.ok) return route
  const { path, operation } = route.value
  told.path = path
  told.action = operation
  const options = parseArmOptions(search)
  if (!options.ok) return options
  const version = apiVersion(path?.type ?? '', options.value.sent)
  if (!version.ok) return version
  const handler = route.value.handler(method)
  if (!handler.ok || !path) return handler.ok ? refuse(fault('ResourceNotFound', { id: pathname })) : handler
  const request: ArmRequest = {
    deps,
    call: caller.value.call,
    path,
    scope: path.scope || '/',
    spelling: withoutAlias(path.raw),
    alias: aliasOf(path.raw, version.value),
    options: options.value,
    version: version.value,
    pathname,
    body: () => readObjectBody(bodySource(c)),
  }
  return handler.value(request)
}

const JSON_TYPE = 'application/json; charset=utf-8'

/** What a refusal says beside its body. */
function refusalHeaders(refused: Fault, status: number, deps: Deps): Record<string, string> {
  const login = `${deps.publicUrl}/${deps.verify.tenantId}`
  if (status === 401) return { 'www-authenticate': challengeOf(refused, login) }
  return refused.code === 'MethodNotAllowed' ? { allow: String(refused.data.allow ?? '') } : {}
}

function commonHeaders(c: Context<DoorEnv>, deps: Deps): Record<string, string> {
  const at = formatInstant(deps.ctx.now())
  const ids = { requestId: requestIdOf(c) || deps.ctx.ids(), correlationId: deps.ctx.ids(), at }
  return headersOf((name) => c.req.header(name), c.req.method, ids)
}

/** A refusal in ARM's dialect. */
function refusal(c: Context<DoorEnv>, deps: Deps, refused: Fault, told: Told): Response {
  const { status, body } = errorOf(refused, told)
  const headers = { ...commonHeaders(c, deps), ...refusalHeaders(refused, status, deps), 'content-type': JSON_TYPE }
  return new Response(c.req.method === 'HEAD' ? null : JSON.stringify(body), { status, headers })
}

/** The resource tree, and all of `Microsoft.Authorization` that we serve, at any scope. */
export function armDoor(deps: Deps): Hono<DoorEnv> {
  const arm = new Hono<DoorEnv>()
  arm.all('*', async (c) => {
    const told = nobody()
    const answer = await serve(c, deps, told)
    if (!answer.ok) return refusal(c, deps, answer.fault, told)
    const { status, body, headers: own } = answer.value
    const headers = { ...commonHeaders(c, deps), ...own }
    if (body === null) return new Response(null, { status, headers })
    const text = c.req.method === 'HEAD' ? null : JSON.stringify(body)
    return new Response(text, { status, headers: { ...headers, 'content-type': JSON_TYPE } })
  })
  arm.onError((error, c) => {
    deps.log.error({ requestId: c.get('requestId'), method: c.req.method, path: c.req.path, err: error }, 'a request failed')
    return refusal(c, deps, fault('InternalServerError'), nobody())
  })
  return arm
}
