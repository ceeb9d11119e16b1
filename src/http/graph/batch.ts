// Many requests in one body (contract reference 10): authenticated together, judged each by itself, answered in an order that their
// dependencies allow. A batch does nothing that its requests, sent one by one, could not do.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { isObject, MAX_BODY } from '../body.ts'
import { pick, readEnum, readObject, readObjects, readText, readTexts, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { bodyOf, type Exchange, json, refused } from './exchange.ts'
import type { Entity } from './present.ts'
import type { Handler } from './router.ts'
import type { Request } from './serve.ts'

const MAX_REQUESTS = 20
const METHODS = ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'] as const

interface Item {
  readonly id: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: JsonObject | null
  /** In lower case. */
  readonly dependsOn: readonly string[]
}

const bad = (detail: string) => refuse(fault('MalformedBody', { detail }))

function headersOf(item: JsonObject): Result<Readonly<Record<string, string>>> {
  const sent = readObject(item, 'headers')
  if (!sent.ok) return sent
  const headers = Object.entries(sent.value ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  if (!headers.every((h): h is readonly [string, string] => typeof h[1] === 'string')) return bad('`headers` holds what is no text')
  return ok(Object.fromEntries(headers))
}

/** The path of a request, without the version that the batch has already. */
function urlOf(text: string): Result<string> {
  if (/^[a-z][a-z\d+.-]*:|^\/\//i.test(text)) return bad('a `url` within a batch is relative')
  const path = `/${text.replace(/^\/+/, '')}`
  if (/^\/(?:v1\.0|beta)(?:[/?]|$)/i.test(path)) return bad('a `url` within a batch carries no version: the batch has it')
  return /^\/\$batch(?:[/?]|$)/i.test(path) ? bad('a batch holds no batch') : ok(path)
}

function itemOf(sent: JsonObject): Result<Item> {
  const id = required(readText(sent, 'id'), 'id')
  if (!id.ok) return id
  if (id.value === '' || id.value.length > 256) return bad('an `id` is a text of 1 to 256 characters')
  const method = required(readEnum(sent, 'method', METHODS), 'method')
  if (!method.ok) return method
  const text = required(readText(sent, 'url'), 'url')
  const url = text.ok ? urlOf(text.value) : text
  if (!url.ok) return url
  const headers = headersOf(sent)
  if (!headers.ok) return headers
  const dependsOn = readTexts(sent, 'dependsOn')
  if (!dependsOn.ok) return dependsOn
  const body = pick(sent, 'body')
  if (body !== null && !isObject(body)) return bad(`the \`body\` of \`${id.value}\` is no object`)
  if (body !== null && !/^application\/json/i.test(headers.value['content-type'] ?? ''))
    return bad(`\`${id.value}\` has a \`body\`: its \`headers\` must say \`Content-Type: application/json\``)
  return ok({
    id: id.value,
    method: method.value,
    url: url.value,
    headers: headers.value,
    body,
    dependsOn: (dependsOn.value ?? []).map((d) => d.toLowerCase()),
  })
}

/** Reads the requests and puts them into an order in which each follows what it depends on. Fault: `MalformedBody`. */
function itemsOf(body: JsonObject): Result<readonly Item[]> {
  const sent = required(readObjects(body, 'requests'), 'requests')
  if (!sent.ok) return sent
  if (sent.value.length === 0 || sent.value.length > MAX_REQUESTS) return bad(`a batch holds 1 to ${MAX_REQUESTS} requests`)
  const items: Item[] = []
  for (const one of sent.value) {
    const item = itemOf(one)
    if (!item.ok) return item
    items.push(item.value)
  }
  const ids = new Set(items.map(({ id }) => id.toLowerCase()))
  if (ids.size < items.length) return bad('two requests of the batch have the same `id`')
  const unknown = items.flatMap((i) => i.dependsOn).find((d) => !ids.has(d))
  return unknown === undefined ? inOrder(items) : bad(`\`${unknown}\` in \`dependsOn\` is no request of the batch`)
}

function inOrder(items: readonly Item[]): Result<readonly Item[]> {
  const done = new Set<string>()
  const order: Item[] = []
  while (order.length < items.length) {
    const next = items.find((i) => !done.has(i.id.toLowerCase()) && i.dependsOn.every((d) => done.has(d)))
    if (!next) return bad('requests of the batch depend on each other in a circle')
    order.push(next)
    done.add(next.id.toLowerCase())
  }
  return ok(order)
}

const HOP = new Set([
  'cache-control',
  'request-id',
  'client-request-id',
  'content-type',
  'location',
  'retry-after',
  'odata-version',
  'allow',
  'www-authenticate',
])

/** An answer as a batch shows it; what is no JSON goes as base64. */
async function shown(id: string, response: Response): Promise<Entity> {
  const headers: Record<string, string> = {}
  for (const [name, value] of response.headers) if (HOP.has(name)) headers[name.replace(/(^|-)\w/g, (c) => c.toUpperCase())] = value
  const bytes = Buffer.from(await response.arrayBuffer())
  const base = { id, status: response.status, headers }
  if (bytes.length === 0) return base
  const isJson = response.headers.get('content-type')?.startsWith('application/json') ?? false
  return { ...base, body: isJson ? JSON.parse(bytes.toString('utf8')) : bytes.toString('base64') }
}

function requestOf(x: Exchange, item: Item): Request {
  const [path = '/', ...query] = item.url.split('?')
  const requestId = x.deps.ctx.ids()
  const large = item.body !== null && JSON.stringify(item.body).length > MAX_BODY
  return {
    deps: x.deps,
    caller: { ...x.caller, call: { ...x.caller.call, correlationId: requestId } },
    version: x.version,
    requestId,
    method: item.method,
    path,
    search: query.join('?'),
    header: (name) => item.headers[name.toLowerCase()] ?? null,
    body: async () => (large ? refuse(fault('BodyTooLarge', { limit: MAX_BODY })) : ok(item.body ?? {})),
  }
}

/** `POST /$batch`, over whatever serves single requests. */
export const batch =
  (serve: (request: Request) => Promise<Response>): Handler =>
  async (x) => {
    const body = await bodyOf(x)
    const items = body.ok ? itemsOf(body.value) : body
    if (!items.ok) return refused(x, items.fault)
    const failed = new Set<string>()
    const responses: Entity[] = []
    // One after the other: a batch is no way to take all connections at once.
    for (const item of items.value) {
      const request = requestOf(x, item)
      const blocked = item.dependsOn.some((d) => failed.has(d))
      const response = blocked
        ? refused(request, fault('DependencyFailed', { id: item.dependsOn.join(', ') }))
        : await safely(x, serve, request)
      if (response.status >= 400) failed.add(item.id.toLowerCase())
      responses.push(await shown(item.id, response))
    }
    return json(x, { responses })
  }

/** A bug in one request is that request's, not the batch's. */
async function safely(x: Exchange, serve: (request: Request) => Promise<Response>, request: Request): Promise<Response> {
  try {
    return await serve(request)
  } catch (error) {
    x.deps.log.error(
      { requestId: request.requestId, method: request.method, path: request.path, err: error },
      'a request of a batch failed',
    )
    return refused(request, fault('InternalServerError'))
  }
}
