// Starts `oidc-child.ts`, tells it who signs in and what to lie about, and walks a browser through it.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'

const CHILD = fileURLToPath(new URL('oidc-child.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface PeerClient {
  readonly client_id: string
  readonly client_secret: string
  readonly redirect_uris: readonly string[]
}

export interface Peer {
  readonly issuer: string
  /** Who is signed in there from now on, and what it says of them. */
  tell(control: Record<string, unknown>): Promise<void>
  /** Follows a browser there until it is sent away again; where to. */
  through(address: string): Promise<string>
  stop(): Promise<void>
}

/** Starts one; it ends with the test file. */
export async function startPeer(clients: readonly PeerClient[]): Promise<Peer> {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(clients)], {
    cwd: ROOT,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  let complaint = ''
  child.stderr?.on('data', (chunk) => {
    complaint += chunk
  })
  const closed = once(child, 'close')
  const first = await Promise.race([once(child.stdout!, 'data').then(([line]) => String(line)), closed.then(() => null)])
  if (first === null) throw new Error(`the provider did not start: ${complaint}`)
  const { issuer } = JSON.parse(first.split('\n')[0] ?? '') as { issuer: string }
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await closed
  }
  afterAll(stop)
  return {
    issuer,
    stop,
    async tell(control) {
      await fetch(`${issuer}/control`, { method: 'POST', body: JSON.stringify(control) })
    },
    async through(address) {
      const jar = new Map<string, string>()
      let url = new URL(address)
      for (let hop = 0; url.origin === issuer; hop++) {
        if (hop > 20) throw new Error(`it goes round in a circle at ${url}`)
        const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
        const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' })
        for (const line of answer.headers.getSetCookie()) {
          const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
          jar.set(name, value)
        }
        const location = answer.headers.get('location')
        if (location === null) throw new Error(`${url} leads nowhere (${answer.status}): ${(await answer.text()).slice(0, 500)}`)
        url = new URL(location, url)
      }
      return url.href
    },
  }
}
