// The native door (D29): mounts the table of routes on its handlers, mechanically. What comes in is checked against the table.

import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { streamSSE } from 'hono/streaming'
import type { z } from 'zod'
import { ROUTES, type Route, type RouteName } from '../contract/routes.ts'
import { type FaultCode, fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Ctx } from '../operations/context.ts'
import { readRequestById, watchRequest } from '../operations/watch-request.ts'
import { keySet } from './auth/keys.ts'
import { authenticate, type Caller } from './authenticate.ts'
import { bodySource, readObjectBody } from './body.ts'
import type { Deps, DoorEnv } from './deps.ts'
import { eventView, HANDLERS } from './native-handlers.ts'
import { presentFault } from './native-present.ts'
import { requestView } from './native-views.ts'

interface ApiEnv extends DoorEnv {
  Variables: DoorEnv['Variables'] & { caller: Caller }
}

type AnyHandler = (ctx: Ctx, caller: Caller, input: object) => Promise<Result<unknown>>

function checked(schema: z.ZodType | undefined, value: unknown, code: FaultCode): Result<unknown> {
  if (!schema) return ok(undefined)
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const detail = parsed.error.issues.map((i) => `${i.path.length > 0 ? `\`${i.path.join('.')}\`: ` : ''}${i.message}`).join('; ')
  return refuse(fault(code, { detail: detail.slice(0, 1_000) }))
}

/** Reads what a route takes. Faults: `InvalidQuery`, `MalformedBody`, `BodyTooLarge`. */
async function inputOf(c: Context<ApiEnv>, route: Route): Promise<Result<object>> {
  const params = checked(route.params, c.req.param(), 'InvalidQuery')
  if (!params.ok) return params
  // As in bodies: the database can hold no NUL, so nothing has such a name.
  if (Object.values(c.req.query()).some((value) => value.includes('\0'))) return refuse(fault('InvalidQuery', { detail: 'it holds NUL' }))
  const query = checked(route.query, c.req.query(), 'InvalidQuery')
  if (!query.ok) return query
  const sent = route.body ? await readObjectBody(bodySource(c), route.limit) : ok(undefined)
  if (!sent.ok) return sent
  const body = checked(route.body, sent.value, 'MalformedBody')
  return body.ok ? ok({ params: params.value, query: query.value, body: body.value }) : body
}

/** A request's changes as server-sent events. */
async function streamEvents(c: Context<ApiEnv>, deps: Deps, id: string): Promise<Response> {
  const { call } = c.get('caller')
  const first = await readRequestById(deps.ctx, call, id)
  if (!first.ok) return presentFault(c, first.fault)
  return streamSSE(c, async (stream) => {
    const ended = new AbortController()
    const stop = () => ended.abort()
    stream.onAbort(stop)
    deps.stopping?.addEventListener('abort', stop)
    const beat = setInterval(() => void stream.write(': still here\n\n'), 15_000)
    try {
      for await (const { events, item } of watchRequest(deps.ctx, call, id, ended.signal)) {
        for (const e of events) await stream.writeSSE({ event: 'event', data: JSON.stringify(eventView(e)) })
        if (item) await stream.writeSSE({ event: 'request', data: JSON.stringify(requestView(call.actor, item, false)) })
      }
    } finally {
      clearInterval(beat)
      deps.stopping?.removeEventListener('abort', stop)
    }
  })
}

/** The native API, to be mounted at /api/v1. */
export function apiDoor(deps: Deps): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>()
  // The public halves of the signing keys: whoever checks our tokens needs them first.
  api.get('/keys', (c) => c.json(keySet(deps.verify.keys)))
  api.use(
    createMiddleware<ApiEnv>(async (c, next) => {
      const caller = await authenticate(c, deps, 'native')
      if (!caller.ok) return presentFault(c, caller.fault)
      c.set('caller', caller.value)
      return next()
    }),
  )
  for (const [name, route] of Object.entries(ROUTES) as [RouteName, Route][]) {
    const handle = HANDLERS[name] as unknown as AnyHandler
    api.on(route.method, route.path, async (c) => {
      const input = await inputOf(c, route)
      if (!input.ok) return presentFault(c, input.fault)
      const waits = name === 'requestEvents' && (input.value as { query: { wait: boolean } }).query.wait
      if (waits) return streamEvents(c, deps, c.req.param('id') ?? '')
      const answer = await handle(deps.ctx, c.get('caller'), input.value)
      return answer.ok ? c.json(answer.value as object, route.status ?? 200) : presentFault(c, answer.fault)
    })
  }
  api.all('*', (c) => {
    const known = (Object.values(ROUTES) as Route[]).some((route) => matches(route.path, c.req.path.replace(/^\/api\/v1/, '')))
    return presentFault(c, known ? fault('MethodNotAllowed', { method: c.req.method }) : fault('ResourceNotFound', { id: c.req.path }))
  })
  return api
}

const matches = (pattern: string, path: string): boolean => new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path)
