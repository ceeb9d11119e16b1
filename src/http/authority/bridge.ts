// The token service speaks Node's requests and answers; our doors speak the web's. This carries one to the other and back, so that
// nothing of the caller's reaches the service but what is handed on here: no `Host`, no forwarded header, no foreign cookie (D28).

import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'

export interface Inner {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Outer {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

export type Listener = (request: IncomingMessage, response: ServerResponse) => unknown

/** Takes the answer instead of sending it. */
class Taken extends ServerResponse {
  readonly chunks: Buffer[] = []
  #finish: () => void = () => {}
  readonly finished_ = new Promise<void>((done) => {
    this.#finish = done
  })

  override write(chunk: unknown): boolean {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.chunks.push(Buffer.from(chunk as string))
    return true
  }

  override end(chunk?: unknown): this {
    this.write(chunk)
    this.finished = true
    this.#finish()
    this.emit('finish')
    return this
  }
}

function requestOf({ method, url, headers = {}, body }: Inner, origin: URL): IncomingMessage {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  // What Koa reads off a socket: whether cookies may be marked secure. The caller's address is judged before we come here.
  Object.assign(socket, { encrypted: origin.protocol === 'https:', remoteAddress: '127.0.0.1' })
  const request = new IncomingMessage(socket as unknown as Socket)
  const sent =
    body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': `${Buffer.byteLength(body)}` }
  Object.assign(request, { method, url, httpVersion: '1.1', headers: { ...headers, ...sent, host: origin.host } })
  if (body !== undefined) request.push(body)
  request.push(null)
  return request
}

/** A request and an answer for functions that want both. */
export function pairOf(inner: Inner, origin: URL): { readonly request: IncomingMessage; readonly response: Taken } {
  const request = requestOf(inner, origin)
  return { request, response: new Taken(request) }
}

/** Asks a Node listener and answers with what it would have sent. */
export async function askInner(listener: Listener, inner: Inner, origin: URL): Promise<Outer> {
  const { request, response } = pairOf(inner, origin)
  await Promise.all([listener(request, response), response.finished_])
  return { status: response.statusCode, headers: response.getHeaders(), body: Buffer.concat(response.chunks).toString('utf8') }
}
