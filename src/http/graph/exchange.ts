// One Graph request and its answer: what every handler is given, and the few ways to answer.

import type { Context } from 'hono'
import type { Fault } from '../../domain/faults.ts'
import type { Result } from '../../domain/result.ts'
import type { Cursor } from '../../operations/list.ts'
import type { Caller } from '../authenticate.ts'
import { requestIdOf } from '../authenticate.ts'
import { bodySource, readObjectBody } from '../body.ts'
import type { Deps } from '../deps.ts'
import type { JsonObject } from '../json.ts'
import { readTimeCursor, writeCursor } from '../native-cursor.ts'
import type { GraphOptions } from './odata-options.ts'
import type { Segment } from './path.ts'
import { type Entity, JSON_TYPE, presentFault } from './present.ts'

export interface Exchange {
  readonly deps: Deps
  readonly c: Context
  readonly caller: Caller
  readonly version: 'v1.0' | 'beta'
  readonly segments: readonly Segment[]
  readonly options: GraphOptions
  readonly method: string
}

const DEFAULT_PAGE = 100
const GREATEST_PAGE = 999

/** The address below which this version's paths lie. */
const baseOf = (x: Exchange): string => `${x.deps.publicUrl}/${x.version}`

const pathOf = (x: Exchange): string => x.segments.map((s) => s.raw).join('/')

export function refused(x: Pick<Exchange, 'deps' | 'c'>, f: Fault): Response {
  const requestId = requestIdOf(x.c) || x.deps.ctx.ids()
  const { status, body } = presentFault(f, x.deps.ctx.now(), requestId, x.c.req.header('client-request-id') ?? requestId)
  const challenge = status === 401 ? { 'www-authenticate': `Bearer realm="", authorization_uri="${x.deps.publicUrl}"` } : {}
  return answer(x, status, body, challenge)
}

function answer(x: Pick<Exchange, 'deps' | 'c'>, status: number, body: unknown, headers: Record<string, string> = {}): Response {
  const requestId = requestIdOf(x.c) || x.deps.ctx.ids()
  return new Response(body === null ? null : JSON.stringify(body), {
    status,
    headers: {
      ...(body === null ? {} : { 'content-type': JSON_TYPE }),
      'odata-version': '4.0',
      'cache-control': 'no-cache',
      'request-id': requestId,
      'client-request-id': x.c.req.header('client-request-id') ?? requestId,
      ...headers,
    },
  })
}

export const noContent = (x: Exchange): Response => answer(x, 204, null)

/** One entity, narrowed to `$select`. */
export function entity(x: Exchange, path: string, value: Entity, status = 200): Response {
  return answer(x, status, { '@odata.context': `${baseOf(x)}/$metadata#${path}/$entity`, ...selected(x, value) })
}

/** Just the properties asked for, in Graph's spelling whatever the asker's; annotations stay. */
function selected(x: Exchange, value: Entity): Entity {
  const { select } = x.options
  if (!select || select.includes('*')) return value
  const wanted = new Set(select.map((name) => name.toLowerCase()))
  const expanded = new Set(x.options.expand.map((e) => e.name.toLowerCase()))
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => name.includes('@') || wanted.has(name.toLowerCase()) || expanded.has(name.toLowerCase())),
  )
}

/** The page size asked for, within bounds. */
export const pageSize = (x: Exchange): number => Math.max(1, Math.min(x.options.top ?? DEFAULT_PAGE, GREATEST_PAGE))

/** Where the page before ended. Fault: `InvalidCursor`. */
export const cursorOf = (x: Exchange): Result<Cursor | null> => readTimeCursor(x.options.skiptoken ?? undefined)

function nextLink(x: Exchange, next: Cursor): string {
  const kept = x.options.sent.filter(([name]) => name.toLowerCase().replace(/^\$/, '') !== 'skiptoken')
  const token = writeCursor([next.at, next.id])
  const query = [...kept, ['$skiptoken', token] as const].map(
    ([n, v]) => `${n.startsWith('$') ? '$' : ''}${encodeURIComponent(n.replace(/^\$/, ''))}=${encodeURIComponent(v)}`,
  )
  return `${baseOf(x)}/${pathOf(x)}?${query.join('&')}`
}

/** A page of entities. */
export function collection(
  x: Exchange,
  path: string,
  items: readonly Entity[],
  next: Cursor | null = null,
  count: number | null = null,
): Response {
  return answer(x, 200, {
    '@odata.context': `${baseOf(x)}/$metadata#${path}`,
    ...(count === null ? {} : { '@odata.count': count }),
    ...(next ? { '@odata.nextLink': nextLink(x, next) } : {}),
    value: items.map((item) => selected(x, item)),
  })
}

/** The body, which must be an object. */
export const bodyOf = (x: Exchange): Promise<Result<JsonObject>> => readObjectBody(bodySource(x.c))
