// Mounts the doors: /healthz, /readyz, the native API, Graph, and ARM for everything else. What all answers share — request id,
// security headers, the log line, the last resort for bugs — is here and nowhere else.

import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { fault } from '../domain/faults.ts'
import { accountDoor } from './account/door.ts'
import { apiDoor } from './api.ts'
import { armDoor } from './arm/door.ts'
import { authorityDoor } from './authority/door.ts'
import type { Deps, DoorEnv } from './deps.ts'
import { graphDoor } from './graph/door.ts'
import { presentFault } from './native-present.ts'
import { scimDoor } from './scim/door.ts'

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}

// A link to enrol by opens an account: its end is for whoever was given it, and for no log.
const loggedPath = (path: string): string => path.replace(/^\/enrol\/.*/s, '/enrol/…')

/** Gives each request its id, each answer its headers, and the log one line without secrets: no header, no query, no body. */
const frame = (deps: Deps) =>
  createMiddleware<DoorEnv>(async (c, next) => {
    const requestId = deps.ctx.ids()
    const began = deps.ticks()
    c.set('requestId', requestId)
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.res.headers.set(name, value)
    if (deps.publicUrl.startsWith('https:')) c.res.headers.set('strict-transport-security', 'max-age=31536000')
    if (!c.res.headers.has('request-id')) c.res.headers.set('request-id', requestId)
    // The rest of a body that is too large is not read: the connection goes with it, and the client must know.
    if (c.res.status === 413) c.res.headers.set('connection', 'close')
    const ms = Math.round((deps.ticks() - began) * 10) / 10
    deps.log.debug({ requestId, method: c.req.method, path: loggedPath(c.req.path), status: c.res.status, ms }, 'answered')
  })

// A relative step is resolved before any door looks: whoever stands in front and lets through by the beginning of a path would be
// led past. Nobody who means well sends one.
const STEP = /\/(?:\.|%2e){1,2}(?=[/\\?#]|$)/i

/** Refuses a path with relative steps, as it came over the wire. */
const unstepped = createMiddleware<DoorEnv>(async (c, next) => {
  const { incoming } = (c.env ?? {}) as { incoming?: { url?: string } }
  const [path = ''] = (incoming?.url ?? '').split('?')
  if (!STEP.test(path)) return next()
  const refused = fault('InvalidPath', { detail: 'it has a relative step' })
  // The native door tells problems; clients of the others crash on anything but this form, which both have in common.
  return path.startsWith('/api/') ? presentFault(c, refused) : c.json({ error: { code: 'BadRequest', message: refused.words } }, 400)
})

/** The whole of what we serve. */
export function createApp(deps: Deps): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>()
  app.use(frame(deps))
  app.use(unstepped)
  app.get('/healthz', (c) => c.json({ status: 'ok' }))
  app.get('/readyz', async (c) => ((await deps.ready()) ? c.json({ status: 'ready' }) : presentFault(c, fault('ServiceUnavailable'))))
  app.route('/api/v1', apiDoor(deps))
  for (const version of ['v1.0', 'beta'] as const) app.route(`/${version}`, graphDoor(deps, version))
  app.route('/scim', scimDoor(deps))
  // Before the door that takes every address.
  if (deps.signingKeys) app.route('/', authorityDoor(deps))
  app.route('/', accountDoor(deps))
  app.route('/', armDoor(deps))
  app.notFound((c) => presentFault(c, fault('ResourceNotFound', { id: c.req.path })))
  app.onError((error, c) => {
    deps.log.error({ requestId: c.get('requestId'), method: c.req.method, path: loggedPath(c.req.path), err: error }, 'a request failed')
    return presentFault(c, fault('InternalServerError'))
  })
  return app
}
