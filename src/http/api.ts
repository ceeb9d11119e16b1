// The native door (D29).

import { Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { fault } from '../domain/faults.ts'
import { keySet } from './auth/keys.ts'
import { authenticate, type Caller } from './authenticate.ts'
import type { Deps, DoorEnv } from './deps.ts'
import { presentFault } from './native-present.ts'

interface ApiEnv extends DoorEnv {
  Variables: DoorEnv['Variables'] & { caller: Caller }
}

/** The native API under /api/v1. */
export function apiDoor(deps: Deps): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>()
  // The public halves of the signing keys: whoever checks our tokens needs them first.
  api.get('/keys', (c) => c.json(keySet(deps.verify.keys)))
  api.use(
    createMiddleware<ApiEnv>(async (c, next) => {
      const caller = await authenticate(c, deps)
      if (!caller.ok) return presentFault(c, caller.fault)
      c.set('caller', caller.value)
      return next()
    }),
  )
  api.all('*', (c) => presentFault(c, fault('ResourceNotFound', { id: c.req.path })))
  return api
}
