// One Graph request and its answer: what every handler is given, and the few ways to answer. The request may have come over the wire
// or out of a batch.

import type { Fault } from '../../domain/faults.ts'
import type { Result } from '../../domain/result.ts'
import type { Cursor } from '../../operations/list.ts'
import type { Caller } from '../authenticate.ts'
import type { Deps } from '../deps.ts'
import type { JsonObject } from '../json.ts'
import { readTimeCursor, writeCursor } from '../native-cursor.ts'
import type { GraphOptions } from './odata-options.ts'
import type { Segment } from './path.ts'
import { type Entity, JSON_TYPE, presentFault } from './present.ts'
import type { Match } from './router.ts'

/** A request before anything of it is understood. */
export interface Incoming {
  readonly deps: Deps
  readonly requestId: string
  readonly header: (name: string) => string | null
  /** The body, which must be an object; an empty one counts as one. */
  readonly body: () => Promise<Result<JsonObject>>
}

export interface Exchange extends Incoming {
  readonly caller: Caller
  readonly version: 'v1.0' | 'beta'
  readonly segments: readonly Segment[]
  readonly options: GraphOptions
  readonly method: string
  /** What the path's pattern found in it. */
  readonly at: Match
}

const DEFAULT_PAGE = 100
const GREATEST_PAGE = 999

/** The address below which this version's paths lie. */
export const baseOf = (x: Exchange): string => `${x.deps.publicUrl}/${x.version}`

const pathOf = (x: Exchange): string =>
  x.segments.map((s) => encodeURIComponent(s.raw).replace(/%(?:24|2C|3D|40)/gi, decodeURIComponent)).join('/')

export function refused(x: Incoming, f: Fault, headers: Readonly<Record<string, string>> = {}): Response {
  const { status, body } = presentFault(f, x.deps.ctx.now(), x.requestId, x.header('client-request-id') ?? x.requestId)
  const challenge = status === 401 ? { 'www-authenticate': `Bearer realm="", authorization_uri="${x.deps.publicUrl}"` } : {}
  return answer(x, status, body, { ...challenge, ...headers })
}

const common = (x: Incoming): Record<string, string> => ({
  'odata-version': '4.0',
  'cache-control': 'no-cache',
  'request-id': x.requestId,
  'client-request-id': x.header('client-request-id') ?? x.requestId,
})

function answer(x: Incoming, status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(body === null ? null : JSON.stringify(body), {
    status,
    headers: { ...(body === null ? {} : { 'content-type': JSON_TYPE }), ...common(x), ...headers },
  })
}

/** A text that is no JSON, such as a count. */
export const text = (x: Exchange, body: string, type = 'text/plain'): Response =>
  new Response(body, { status: 200, headers: { 'content-type': type, ...common(x) } })

export const noContent = (x: Exchange): Response => answer(x, 204, null)

/** What fits no other form: the result of an action, or of a batch. */
export const json = (x: Exchange, body: object): Response => answer(x, 200, body)

/** The selected properties as a context names them. */
const projection = (x: Exchange): string => {
  const { select } = x.options
  return select && !select.includes('*') ? `(${select.join(',')})` : ''
}

/** One entity, narrowed to `$select`. */
export function entity(x: Exchange, path: string, value: Entity, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return answer(x, status, { '@odata.context': `${baseOf(x)}/$metadata#${path}${projection(x)}/$entity`, ...selected(x, value) }, headers)
}

/** A new entity, with its address. */
export const created = (x: Exchange, path: string, value: Entity): Response =>
  entity(x, path, value, 201, { location: `${baseOf(x)}/${path}('${String(value.id)}')` })

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

/** Where this page ended, for the link to the next one. */
export const timeToken = (next: Cursor | null): string | null => next && writeCursor([next.at, next.id])

function nextLink(x: Exchange, token: string): string {
  const kept = x.options.sent.filter(([name]) => name.toLowerCase().replace(/^\$/, '') !== 'skiptoken')
  const query = [...kept, ['$skiptoken', token] as const].map(
    ([n, v]) => `${n.startsWith('$') ? '$' : ''}${encodeURIComponent(n.replace(/^\$/, ''))}=${encodeURIComponent(v)}`,
  )
  return `${baseOf(x)}/${pathOf(x)}?${query.join('&')}`
}

/** A page of entities; `next` is the token of the page after it. */
export function collection(
  x: Exchange,
  path: string,
  items: readonly Entity[],
  next: string | null = null,
  count: number | null = null,
): Response {
  return answer(x, 200, {
    '@odata.context': `${baseOf(x)}/$metadata#${path}${projection(x)}`,
    ...(count === null ? {} : { '@odata.count': count }),
    ...(next ? { '@odata.nextLink': nextLink(x, next) } : {}),
    value: items.map((item) => selected(x, item)),
  })
}

/** A list of texts that are no entities. */
export const values = (x: Exchange, context: string, value: readonly string[], next: string | null = null): Response =>
  answer(x, 200, {
    '@odata.context': `${baseOf(x)}/$metadata#${context}`,
    ...(next ? { '@odata.nextLink': nextLink(x, next) } : {}),
    value,
  })

/** The body, which must be an object. */
export const bodyOf = (x: Exchange): Promise<Result<JsonObject>> => x.body()
