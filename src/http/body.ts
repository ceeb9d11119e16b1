// Request bodies: bounded before they are read, JSON whatever the charset parameter, an empty one allowed where an
// action needs none.

import type { Readable } from 'node:stream'
import type { Context } from 'hono'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Json, type JsonObject, parseJson } from './json.ts'

export const MAX_BODY = 256 * 1024

const malformed = (detail: string) => refuse(fault('MalformedBody', { detail }))

// `text/plain` is what fetch sends for a text unless told otherwise.
const JSON_TYPE = /^(?:(?:application|text)\/(?:[\w.-]+\+)?json|text\/plain)\s*(?:;|$)/i

/** What of a web request this needs: Hono's `c.req.raw` fits. */
export interface BodySource {
  readonly headers: { get(name: string): string | null }
  readonly body: ReadableStream<Uint8Array> | Readable | null
}

/** The bytes of a body. Fault: `BodyTooLarge`. */
export async function readBytes(request: BodySource, most = MAX_BODY): Promise<Result<Uint8Array>> {
  return Number(request.headers.get('content-length') ?? 0) > most ? tooLarge(most) : bytesOf(request.body, most)
}

/** Reads a body as JSON; null when it is empty. Members are looked up with `pick`, in any case. */
export async function readBody(request: BodySource, most = MAX_BODY): Promise<Result<Json>> {
  const bytes = await readBytes(request, most)
  if (!bytes.ok || bytes.value.length === 0) return bytes.ok ? ok(null) : bytes
  const type = request.headers.get('content-type')
  if (type !== null && type.trim() !== '' && !JSON_TYPE.test(type.trim())) {
    return malformed(`its content type \`${type.slice(0, 60)}\` is not JSON: send \`application/json\``)
  }
  return parseBody(bytes.value, most)
}

/** Reads a body that must be an object; an empty one counts as an empty object. */
export async function readObjectBody(request: BodySource, most = MAX_BODY): Promise<Result<JsonObject>> {
  const body = await readBody(request, most)
  if (!body.ok) return body
  if (body.value === null) return ok({})
  return isObject(body.value) ? ok(body.value) : malformed('expected an object')
}

/** Is it an object, and neither a list nor null? */
export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads the bytes of a body. Never throws. */
export function parseBody(bytes: Uint8Array, most = MAX_BODY): Result<Json> {
  if (bytes.length > most) return tooLarge(most)
  const text = utf8(bytes)
  if (text === null) return malformed('it is not valid UTF-8')
  if (text.trim() === '') return ok(null)
  const result = parseJson(text)
  return result.ok ? ok(result.value) : malformed(result.problem)
}

const tooLarge = (limit: number) => refuse(fault('BodyTooLarge', { limit }))

// A byte-order mark, which some Windows tools put in front, is dropped.
function utf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null
  }
}

// Counts while reading: the length header may be absent or a lie. Stops without destroying the stream, so that the refusal can still
// be sent over the same connection.
async function bytesOf(stream: BodySource['body'], most: number): Promise<Result<Uint8Array>> {
  const chunks: Uint8Array[] = []
  let size = 0
  if (stream === null) return ok(Buffer.concat(chunks))
  const parts = 'iterator' in stream ? stream.iterator({ destroyOnReturn: false }) : (stream as AsyncIterable<Uint8Array>)
  for await (const part of parts as AsyncIterable<Uint8Array>) {
    size += part.length
    if (size > most) return tooLarge(most)
    chunks.push(part)
  }
  return ok(Buffer.concat(chunks, size))
}

/**
 * The body of a request as it lies on the socket, where there is one: the web form of it costs several times as much to make as to
 * read. In tests without a socket, the web form.
 */
export function bodySource(c: Context): BodySource {
  const { incoming } = (c.env ?? {}) as { incoming?: Readable }
  return incoming ? { headers: { get: (name) => c.req.header(name) ?? null }, body: incoming } : c.req.raw
}
