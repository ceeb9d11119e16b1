// The SCIM door (RFC 7643, 7644), at /scim/v2 and /scim: people and groups pushed by where they are kept. A source's token opens it and
// nothing else does; what it shows and writes is that source's.

import { type Context, Hono } from 'hono'
import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { sourceOfToken } from '../../operations/identity-door.ts'
import { requestIdOf } from '../authenticate.ts'
import { bodySource, readObjectBody } from '../body.ts'
import type { Deps, DoorEnv } from '../deps.ts'
import { pick } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { serveBulk } from './bulk.ts'
import { discover, MOST_PAYLOAD } from './discovery.ts'
import { type ScimReply, scimError } from './present.ts'
import { type At, list, type ScimAsk, serveResources } from './resources.ts'
import { GROUP_TYPE, type ResourceType, USER_TYPE } from './schema.ts'

const TYPES: Readonly<Record<string, ResourceType>> = { Users: USER_TYPE, Groups: GROUP_TYPE }

const LONGEST_TOKEN = 200

/** The bearer token of a request; empty where there is none, so that the work is the same. */
function tokenOf(c: Context): string {
  const match = /^Bearer +([^\s]+)$/i.exec(c.req.header('authorization')?.trim() ?? '')
  return (match?.[1] ?? '').slice(0, LONGEST_TOKEN)
}

/** What stands in the path below the door. Fault: `InvalidPath`. */
function segmentsOf(c: Context): Result<readonly string[]> {
  const path = c.req.path.replace(/^\/scim(?:\/v2)?(?=\/|$)/i, '')
  try {
    const segments = path
      .split('/')
      .filter(Boolean)
      .map((s) => decodeURIComponent(s))
    return segments.some((s) => s.includes('\0') || s.includes('/'))
      ? refuse(fault('InvalidPath', { detail: 'it is no address here' }))
      : ok(segments)
  } catch {
    return refuse(fault('InvalidPath', { detail: 'it is not encoded as an address' }))
  }
}

const BODIES: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** A search's body in place of a query. */
function searched(body: JsonObject): ScimAsk['query'] {
  return {
    get(name) {
      const v = pick(body, name)
      if (Array.isArray(v)) return v.filter((one) => typeof one === 'string').join(',')
      return typeof v === 'string' || typeof v === 'number' ? String(v) : null
    },
  }
}

async function serve(at: At, ask: ScimAsk): Promise<ScimReply> {
  const [first = '', second, ...more] = ask.segments
  const type = Object.hasOwn(TYPES, first) ? TYPES[first] : undefined
  const search = type && second === '.search' && more.length === 0
  if (search)
    return ask.method === 'POST'
      ? list(at, type, { ...ask, query: searched(ask.body) })
      : scimError(fault('MethodNotAllowed', { method: ask.method }))
  if (type) return serveResources(at, type, ask)
  if (first === 'Bulk' && second === undefined && ask.method === 'POST') return serveBulk(ask.body, (one) => serve(at, one))
  const about = discover(ask.segments, at.base)
  if (about) return ask.method === 'GET' ? about : scimError(fault('MethodNotAllowed', { method: ask.method }))
  return scimError(fault('ResourceNotFound', { id: `/${ask.segments.join('/')}`.slice(0, 200) }))
}

async function answer(c: Context, deps: Deps): Promise<ScimReply> {
  const pusher = await sourceOfToken(deps.ctx, tokenOf(c), requestIdOf(c) || deps.ctx.ids())
  if (!pusher.ok) return scimError(pusher.fault)
  const segments = segmentsOf(c)
  if (!segments.ok) return scimError(segments.fault)
  const { method } = c.req
  const query = new URL(c.req.url).searchParams
  if ([...query.values()].some((v) => v.includes('\0'))) return scimError(fault('InvalidQuery', { detail: 'it holds NUL' }))
  const body = BODIES.has(method) ? await readObjectBody(bodySource(c), MOST_PAYLOAD) : ok({})
  if (!body.ok) return scimError(body.fault)
  const prefix = /^\/scim\/v2(?:\/|$)/i.test(c.req.path) ? '/scim/v2' : '/scim'
  return serve(
    { ctx: deps.ctx, pusher: pusher.value, base: `${deps.publicUrl}${prefix}` },
    {
      method,
      segments: segments.value,
      query,
      body: body.value,
      ifMatch: c.req.header('if-match') ?? null,
      ifNoneMatch: c.req.header('if-none-match') ?? null,
    },
  )
}

/** The SCIM door, to be mounted at /scim. */
export function scimDoor(deps: Deps): Hono<DoorEnv> {
  const door = new Hono<DoorEnv>()
  door.all('*', async (c) => {
    const {
      status,
      body,
      headers = {},
    } = await answer(c, deps).catch((error: unknown) => {
      deps.log.error({ requestId: requestIdOf(c), method: c.req.method, path: c.req.path, err: error }, 'a request failed')
      return scimError(fault('InternalServerError'))
    })
    const empty = body === undefined || status === 204 || status === 304
    return new Response(empty ? null : JSON.stringify(body), {
      status,
      headers: { ...headers, ...(empty ? {} : { 'content-type': 'application/scim+json' }) },
    })
  })
  return door
}
