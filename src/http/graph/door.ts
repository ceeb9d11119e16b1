// The Graph door: /v1.0 and /beta serve the same paths. The token is looked at once and first; the table of routes does the rest.

import { type Context, Hono } from 'hono'
import { fault } from '../../domain/faults.ts'
import { authenticate, requestIdOf } from '../authenticate.ts'
import { bodySource, readObjectBody } from '../body.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { type Incoming, refused } from './exchange.ts'
import { serveGraph } from './routes.ts'

const incomingOf = (c: Context, deps: Deps): Incoming => ({
  deps,
  requestId: requestIdOf(c) || deps.ctx.ids(),
  header: (name) => c.req.header(name) ?? null,
  body: () => readObjectBody(bodySource(c)),
})

/** Mount at `/v1.0` and `/beta`. */
export function graphDoor(deps: Deps, version: 'v1.0' | 'beta'): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>()
  app.all('*', async (c) => {
    const incoming = incomingOf(c, deps)
    const caller = await authenticate(c, deps, 'graph')
    if (!caller.ok) return refused(incoming, caller.fault)
    const url = new URL(c.req.raw.url)
    const path = url.pathname.replace(/^\/(?:v1\.0|beta)(?=\/|$)/i, '')
    return serveGraph({ ...incoming, caller: caller.value, version, method: c.req.method, path, search: url.search })
  })
  app.onError((error, c) => {
    deps.log.error({ requestId: c.get('requestId'), method: c.req.method, path: c.req.path, err: error }, 'a request failed')
    return refused(incomingOf(c, deps), fault('InternalServerError'))
  })
  return app
}
