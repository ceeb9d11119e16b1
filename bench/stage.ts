// What a bench stands on: a durable private database, the sample tenant with many more people, and the server as a process of its
// own. Load comes from this process over loopback, in bounded loops.

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { readSigningKey } from '../src/http/auth/key-file.ts'
import type { SigningKey } from '../src/http/auth/keys.ts'
import { mintToken } from '../src/http/auth/token.ts'
import { type Embedded, startEmbedded } from '../src/store/embedded.ts'
import { type Db, openDb } from '../src/store/sql.ts'
import type { Certificates } from '../test/support/tls.ts'

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const TENANT = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'

/** Flags for the server's node, such as `--cpu-prof --cpu-prof-dir=reports`: a profile names where the time goes. */
const PROFILER = process.env.STINT_BENCH_NODE?.split(' ') ?? []

export interface Stage {
  readonly db: Db
  readonly url: string
  readonly folder: string
  readonly embedded: Embedded
  readonly serverPid: number
  /** What to trust, where the server speaks TLS. */
  readonly ca: string | null
  token(oid: string): Promise<string>
  close(): Promise<void>
}

const databaseUrl = (e: Embedded): string => `postgres://${e.user}@localhost/stint?host=${encodeURIComponent(e.socketDir)}`

export interface StageOptions {
  readonly env?: Record<string, string>
  /** Makes certificates in a folder; without it the server speaks plainly. */
  readonly tls?: (folder: string) => Promise<Certificates>
}

/** Starts database and server. */
export async function openStage({ env = {}, tls }: StageOptions = {}): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'stint-bench-'))
  const certificates = await tls?.(folder)
  const encrypted: Record<string, string> = certificates ? { STINT_TLS_CERT: certificates.cert, STINT_TLS_KEY: certificates.key } : {}
  const embedded = await startEmbedded({ dataDir: join(folder, 'db') })
  const child = spawn(
    process.execPath,
    [...PROFILER, '--import', 'tsx', MAIN, 'serve', '--sample', '--json', '--port', '0', '--data', join(folder, 'data')],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, DATABASE_URL: databaseUrl(embedded), STINT_LOG_LEVEL: 'error', ...encrypted, ...env },
    },
  )
  const ready = await new Promise<{ url: string }>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)))
  })
  const key: SigningKey = await readSigningKey(join(folder, 'data', 'keys', 'signing.pem'))
  const origin = ready.url.replace('127.0.0.1', 'localhost')
  const db = openDb({ ...embedded.url('stint'), max: 8 })
  return {
    db,
    url: ready.url,
    folder,
    embedded,
    serverPid: child.pid ?? 0,
    ca: certificates?.ca ?? null,
    async token(oid) {
      const now = Date.now()
      const who = { iss: `${origin}/${TENANT}/v2.0`, aud: origin, tid: TENANT, oid, idtyp: 'user' as const }
      const made = await mintToken(key, { ...who, amr: ['pwd', 'mfa'], auth_time: now }, now, 900)
      if (!made.ok) throw new Error(made.fault.words)
      return made.value
    },
    async close() {
      await db.close()
      const gone = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await gone
      await embedded.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: 256 })

/** One request over a kept connection; the status and the body's text. */
export function send(url: string, method: string, token: string, body?: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    }
    const sent = request(url, { method, agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The value below which this share of the sorted list lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0

export interface Timed {
  readonly perSecond: number
  readonly p50: number
  readonly p95: number
  readonly p99: number
  readonly max: number
}

const round = (n: number) => Math.round(n * 100) / 100

/** Runs `work` on each item with so many callers at once; rates and times in milliseconds. */
export async function drive<T>(items: readonly T[], callers: number, work: (item: T) => Promise<void>): Promise<Timed> {
  const times: number[] = []
  let next = 0
  const began = performance.now()
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (next < items.length) {
        const item = items[next++] as T
        const at = performance.now()
        await work(item)
        times.push(performance.now() - at)
      }
    }),
  )
  const seconds = (performance.now() - began) / 1000
  times.sort((a, b) => a - b)
  const q = (share: number) => round(quantile(times, share))
  return { perSecond: Math.round(items.length / seconds), p50: q(0.5), p95: q(0.95), p99: q(0.99), max: round(times.at(-1) ?? 0) }
}
