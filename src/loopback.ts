// The server of this machine asked past names, proxies and networks: at its loopback address, by the certificate of its public name.

import { request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { Running } from './running.ts'

const PATIENCE_MS = 5_000
const MAX_BYTES = 1024 * 1024

/** The address to knock at for a server that listens at `url`: everywhere means here, too. */
export function loopbackUrl(url: string): string {
  const at = new URL(url)
  if (at.hostname === '0.0.0.0') at.hostname = '127.0.0.1'
  if (at.hostname === '[::]') at.hostname = '[::1]'
  return at.origin
}

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Said {
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as a form. */
  readonly form?: Readonly<Record<string, string>>
  readonly method?: 'GET' | 'POST'
}

export type Here = Pick<Running, 'url' | 'publicUrl'>

/** Asks for a path. Throws where nobody answers within five seconds. */
export function knock({ url, publicUrl }: Here, path: string, { headers = {}, form, method }: Said = {}): Promise<Heard> {
  const at = new URL(path, loopbackUrl(url))
  const named = new URL(publicUrl)
  const secure = at.protocol === 'https:'
  const send = secure ? httpsRequest : httpRequest
  const body = form === undefined ? undefined : new URLSearchParams(form).toString()
  const sort =
    body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)) }
  const options = {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: { ...headers, ...sort, host: named.host },
    signal: AbortSignal.timeout(PATIENCE_MS),
    ...(secure ? { servername: named.hostname } : {}),
  }
  return new Promise((done, fail) => {
    const sent = send(at, options, (answer) => {
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        size += part.length
        if (size > MAX_BYTES) answer.destroy(new Error('the answer is too large'))
        parts.push(part)
      })
      answer.once('error', fail)
      answer.once('end', () =>
        done({ status: answer.statusCode ?? 0, headers: answer.headers, text: Buffer.concat(parts).toString('utf8') }),
      )
    })
    sent.once('error', fail)
    sent.end(body)
  })
}

const jsonOf = (text: string): unknown => {
  try {
    return text === '' ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** Gets a path of the API with a token, or posts nothing to it. */
export async function askLoopback(here: Here, path: string, token: string, method: 'GET' | 'POST' = 'GET') {
  const { status, text } = await knock(here, path, { method, headers: { authorization: `Bearer ${token}`, accept: 'application/json' } })
  return { status, body: jsonOf(text) }
}

/** Does a server answer under this address? */
export const reaches = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' }).then(
    (answer) => answer.ok,
    () => false,
  )
