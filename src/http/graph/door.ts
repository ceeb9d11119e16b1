// The Graph door: /v1.0 and /beta serve the same paths. Segments are matched against a table; a door contains no `if` about policy.

import { Hono } from 'hono'
import { fault } from '../../domain/faults.ts'
import { authenticate } from '../authenticate.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { handleApprovals } from './approvals.ts'
import { handleDirectory } from './directory.ts'
import { type Exchange, refused } from './exchange.ts'
import { collectionOf, FAMILIES } from './families.ts'
import { parseOptions } from './odata-options.ts'
import { parsePath, type Segment } from './path.ts'
import { missingPermission } from './permissions.ts'
import { handlePolicies } from './policies.ts'
import { handleSchedules } from './schedules.ts'

type Answer = Promise<Response> | Response
type Route = (x: Exchange) => Answer | null

const startsWith = (segments: readonly Segment[], base: readonly string[]): boolean => base.every((name, i) => segments[i]?.name === name)

/** The PIM families: their six collections, and their approvals. */
const families: Route = (x) => {
  for (const family of FAMILIES) {
    const segment = startsWith(x.segments, family.base) ? x.segments[family.base.length] : undefined
    if (!segment) continue
    const found = collectionOf(family, segment.name)
    if (found) return handleSchedules(x, { family, ...found }, segment.key)
    if (segment.name === 'roleassignmentapprovals' || segment.name === 'assignmentapprovals') return handleApprovals(x, family, segment.key)
  }
  return null
}

const ROUTES: readonly Route[] = [families, handlePolicies, handleDirectory]

/** Mount at `/v1.0` and `/beta`. */
export function graphDoor(deps: Deps, version: 'v1.0' | 'beta'): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>()
  app.all('*', async (c) => {
    const at = { deps, c }
    const caller = await authenticate(c, deps, 'graph')
    if (!caller.ok) return refused(at, caller.fault)
    const url = new URL(c.req.raw.url)
    const path = parsePath(url.pathname.replace(/^\/(?:v1\.0|beta)(?=\/|$)/i, ''))
    if (!path.ok) return refused(at, path.fault)
    const options = parseOptions(url.search)
    if (!options.ok) return refused(at, options.fault)
    const x: Exchange = { ...at, caller: caller.value, version, segments: path.value, options: options.value, method: c.req.method }
    const missing = missingPermission(x)
    if (missing) return refused(at, missing)
    for (const route of ROUTES) {
      const response = route(x)
      if (response !== null) return response
    }
    return refused(at, fault('ResourceNotFound', { id: url.pathname }))
  })
  app.onError((error, c) => {
    deps.log.error({ requestId: c.get('requestId'), method: c.req.method, path: c.req.path, err: error }, 'a request failed')
    return refused({ deps, c }, fault('InternalServerError'))
  })
  return app
}
