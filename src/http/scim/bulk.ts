// `/Bulk` (RFC 7644, 3.7): operations one after the other, each a transaction of its own, as the RFC has it. What one made is named by
// its `bulkId` in those that follow.

import { fault } from '../../domain/faults.ts'
import { isObject } from '../body.ts'
import { pick } from '../fields.ts'
import type { Json, JsonObject } from '../json.ts'
import { MOST_OPERATIONS } from './discovery.ts'
import { type ScimReply, scimError } from './present.ts'
import type { ScimAsk } from './resources.ts'

const RESPONSE = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse'
const METHODS: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE'])

/** Names in texts of a body what was made before. */
function resolved(value: Json, made: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string') return value.startsWith('bulkId:') ? (made.get(value.slice(7)) ?? value) : value
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => resolved(one, made))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, v]) => [name, resolved(v, made)]))
}

interface Operation {
  readonly method: string
  readonly path: string
  readonly bulkId: string | null
  readonly version: string | null
  readonly data: JsonObject
}

function operationOf(one: Json): Operation | null {
  if (!isObject(one)) return null
  const text = (name: string) => {
    const v = pick(one, name)
    return typeof v === 'string' ? v : null
  }
  const method = text('method')?.toUpperCase() ?? ''
  const path = text('path') ?? ''
  const data = pick(one, 'data')
  if (!METHODS.has(method) || !/^\/(?:Users|Groups)(?:\/[^/?#]+)?$/.test(path)) return null
  return { method, path, bulkId: text('bulkId'), version: text('version'), data: isObject(data) ? data : {} }
}

const NO_QUERY = { get: () => null }

/** Runs the operations of a body through the door. */
export async function serveBulk(body: JsonObject, serve: (ask: ScimAsk) => Promise<ScimReply>): Promise<ScimReply> {
  const operations = pick(body, 'Operations')
  if (!Array.isArray(operations)) return scimError(fault('MalformedBody', { detail: '`Operations` is no list' }))
  if (operations.length > MOST_OPERATIONS) return scimError(fault('BodyTooLarge', { limit: MOST_OPERATIONS }))
  const limit = pick(body, 'failOnErrors')
  const most = typeof limit === 'number' && limit > 0 ? limit : Number.POSITIVE_INFINITY
  const made = new Map<string, string>()
  const results: object[] = []
  let failures = 0
  for (const one of operations as readonly Json[]) {
    if (failures >= most) break
    const o = operationOf(one)
    const named = o && resolved(o.path.split('/')[2] ?? '', made)
    const path = o
      ? o.path
          .split('/')
          .slice(1, 2)
          .concat(typeof named === 'string' && named !== '' ? [named] : [])
      : []
    const reply = o
      ? await serve({
          method: o.method,
          segments: path,
          query: NO_QUERY,
          body: resolved(o.data, made) as JsonObject,
          ifMatch: o.version,
          ifNoneMatch: null,
        })
      : scimError(fault('MalformedBody', { detail: 'an operation has a `method` and a `path` to a person or a group' }))
    const failed = reply.status >= 400
    if (failed) failures += 1
    const id = (reply.body as { id?: string } | undefined)?.id
    if (!failed && o?.bulkId && id !== undefined) made.set(o.bulkId, id)
    const { location, etag } = reply.headers ?? {}
    results.push({
      ...(o ? { method: o.method } : {}),
      ...(o?.bulkId ? { bulkId: o.bulkId } : {}),
      ...(location === undefined ? {} : { location }),
      ...(etag === undefined ? {} : { version: etag }),
      status: String(reply.status),
      ...(failed ? { response: reply.body } : {}),
    })
  }
  return { status: 200, body: { schemas: [RESPONSE], Operations: results } }
}
