// A real server with the sample tenant on a database of its own, in this process; and the CLI as a process against it.

import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { afterAll } from 'vitest'
import { type Client, createClient } from '../../src/contract/client.ts'
import { issueToken, type RunningServer, readSettings, startServer } from '../../src/server.ts'
import type { DbOptions } from '../../src/store/sql.ts'
import { freshDb, type TestDatabase } from './database.ts'

const leftToDo: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const one of leftToDo.splice(0).reverse()) await one()
})

/** The options as an address, as an operator would write it. */
export const urlOf = ({ host = '', port = 5432, user = '', database = '' }: DbOptions): string =>
  `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`

/** A folder that goes with the test file. */
export async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'stint-cli-'))
  leftToDo.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface TestServer extends RunningServer {
  readonly database: TestDatabase
  readonly data: string
  readonly databaseUrl: string
  /** A token of `stint token`. */
  token(as: string, more?: Partial<Parameters<typeof issueToken>[1]>): Promise<string>
  client(as: string, more?: Partial<Parameters<typeof issueToken>[1]>): Promise<Client>
}

/** Starts a server with the sample tenant. */
export async function sampleServer(flags: Record<string, unknown> = {}): Promise<TestServer> {
  const database = await freshDb()
  const data = await scratch()
  const databaseUrl = urlOf(database.options)
  const read = readSettings({ port: 0, sample: true, data, databaseUrl, logLevel: 'silent', ...flags }, {})
  if (!read.ok) throw new Error(read.problems.join('; '))
  const server = await startServer(read.config, pino({ level: 'silent' }))
  leftToDo.push(() => server.stop())
  const token: TestServer['token'] = async (as, more = {}) => {
    const grant = { as, amr: ['pwd', 'mfa'], acrs: [], roles: [], minutes: 15, audience: 'own' as const, ...more }
    return (await issueToken(read.config, grant)).token
  }
  return {
    ...server,
    database,
    data,
    databaseUrl,
    token,
    client: async (as, more) => createClient({ baseUrl: server.url, token: await token(as, more), fetch }),
  }
}

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const TSX = join(ROOT, 'node_modules', 'tsx', 'dist', 'cli.mjs')

/** The CLI as a process of its own. */
export const startCli = (args: readonly string[], env: Record<string, string> = {}) =>
  spawn(process.execPath, [TSX, 'src/cli/main.ts', ...args], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })

/** Runs the CLI to its end, with what is typed into it. */
export function cli(args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Ran> {
  const child = startCli(args, env)
  child.stdin.end(input)
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  return new Promise((done) => child.once('close', (code) => done({ code, ...said })))
}

/** `stint serve` as a process of its own; what it said on standard error so far. It ends with the test file. */
export async function startServing(args: readonly string[], env: Record<string, string>) {
  const child = startCli(['serve', '--json', '--port', '0', ...args], env)
  const said = { err: '' }
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const closed = new Promise<null>((done) => child.once('close', () => done(null)))
  leftToDo.push(async () => {
    child.kill('SIGTERM')
    await closed
  })
  const line = await Promise.race([closed, new Promise<Buffer>((done) => child.stdout.once('data', done))])
  if (line === null) throw new Error(`the server ended: ${said.err}`)
  return { said, ...(JSON.parse(String(line)) as { url: string; publicUrl: string }) }
}
