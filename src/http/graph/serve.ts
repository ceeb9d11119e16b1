// One Graph request, from wherever it comes: its path is looked up in the table, its token held against what the row asks for, its
// handler called. Nothing here knows what is behind a path.

import { fault } from '../../domain/faults.ts'
import type { Caller } from '../authenticate.ts'
import { type Exchange, type Incoming, refused } from './exchange.ts'
import { parseOptions } from './odata-options.ts'
import { parsePath } from './path.ts'
import { missingPermission } from './permissions.ts'
import { allowed, type Found, type Handler, type Route, router } from './router.ts'

export interface Request extends Incoming {
  readonly caller: Caller
  readonly version: 'v1.0' | 'beta'
  readonly method: string
  /** Below the version. */
  readonly path: string
  /** With or without its question mark. */
  readonly search: string
}

/** Answers requests by a table of routes. */
export function server(routes: readonly Route[]): (request: Request) => Promise<Response> {
  const find = router(routes)
  return async (request) => {
    const path = parsePath(request.path)
    if (!path.ok) return refused(request, path.fault)
    const options = parseOptions(request.search)
    if (!options.ok) return refused(request, options.fault)
    const { path: _, search: __, ...rest } = request
    const x = { ...rest, segments: path.value, options: options.value }
    const found = find(path.value)
    if (!found) return refused(x, fault('ResourceNotFound', { id: request.path }))
    return answer(x, found)
  }
}

async function answer(x: Omit<Exchange, 'at'>, { route, at }: Found): Promise<Response> {
  const handler: Handler | undefined = Object.hasOwn(route.methods, x.method) ? route.methods[x.method as 'GET'] : undefined
  if (!handler) return refused(x, fault('MethodNotAllowed', { method: x.method }), { allow: allowed(route) })
  const missing = missingPermission(x, typeof route.area === 'function' ? route.area(x) : route.area)
  return missing ? refused(x, missing) : handler({ ...x, at })
}
