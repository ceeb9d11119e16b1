// The server of this machine asked past names, proxies and networks: at its loopback address, by the certificate of its public name.

import { request as httpRequest } from 'node:http'
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
  readonly body: unknown
}

/** Gets a path with a token. Throws where nobody answers within five seconds, or not as a server of ours. */
export function askLoopback({ url, publicUrl }: Pick<Running, 'url' | 'publicUrl'>, path: string, token: string): Promise<Heard> {
  const at = new URL(path, loopbackUrl(url))
  const named = new URL(publicUrl)
  const send = at.protocol === 'https:' ? httpsRequest : httpRequest
  const headers = { authorization: `Bearer ${token}`, host: named.host, accept: 'application/json' }
  const options = { headers, signal: AbortSignal.timeout(PATIENCE_MS), ...(at.protocol === 'https:' ? { servername: named.hostname } : {}) }
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
      answer.once('end', () => {
        try {
          const text = Buffer.concat(parts).toString('utf8')
          done({ status: answer.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) })
        } catch (error) {
          fail(error)
        }
      })
    })
    sent.once('error', fail)
    sent.end()
  })
}

/** Does a server answer under this address? */
export const reaches = (url: string): Promise<boolean> =>
  fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE_MS), redirect: 'error' }).then(
    (answer) => answer.ok,
    () => false,
  )
