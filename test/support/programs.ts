// Programs of other people, run to their end, and a server for them: TLS, an application of each kind, people with passwords.

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { type ConnectProxy, openProxy } from './proxy.ts'
import { cli, sampleServer, scratch, type TestServer } from './server.ts'
import { type Certificates, makeCertificates } from './tls.ts'

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A program under way: its output so far, and its end. */
export interface Running {
  readonly child: ChildProcess
  readonly said: { out: string; err: string }
  readonly ended: Promise<Ended>
  /** Waits until the program has printed what matches, on either stream. */
  prints(pattern: RegExp): Promise<RegExpExecArray>
}

/** Starts a program; nothing of our own environment goes with it but the path. */
export function start(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(program, args, { env: { PATH: process.env.PATH, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail)
    child.once('close', (code) => done({ code, ...said }))
  })
  return {
    child,
    said,
    ended,
    async prints(pattern) {
      for (;;) {
        const found = pattern.exec(said.out + said.err)
        if (found) return found
        if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${said.err}${said.out}`)
        await new Promise((next) => setTimeout(next, 50))
      }
    },
  }
}

/** Runs a program to its end. */
export const run = (program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> =>
  start(program, args, env).ended

/** A program that the gate installs; its absence is a failure, never a skip (D35). */
export function required(path: string, from: string): string {
  if (!existsSync(path)) throw new Error(`${path} is missing: ${from}`)
  return path
}

export const PASSWORD = 'correct horse battery staple'

export interface ClientHouse {
  readonly server: TestServer
  readonly tls: Certificates
  readonly proxy: ConnectProxy
  readonly tenant: string
  /** A folder of one's own, to be a program's home. */
  home(name: string): Promise<string>
  /** Registers an application and gives it a secret; `owner` makes it Owner of the production subscription. */
  app(
    name: string,
    more?: { application?: string[]; delegated?: string[]; publicClient?: boolean; passwordGrant?: boolean; owner?: boolean },
  ): Promise<App>
  /** Runs `stint` as the administrator; its answer. */
  stint(...args: string[]): Promise<Record<string, unknown>>
  /** Gives a person a password; `amr` is what signing in with it counts as. */
  password(who: string, options?: readonly string[]): Promise<void>
}

export interface App {
  readonly appId: string
  readonly principalId: string
  readonly secret: string
}

/** What an administrator's tool asks people for. */
export const DELEGATED = [
  'user_impersonation',
  'RoleManagement.ReadWrite.Directory',
  'Group.ReadWrite.All',
  'User.Read.All',
  'AdministrativeUnit.ReadWrite.All',
]

export const SUBSCRIPTION = '00000000-0000-0000-0000-000000000000'

/** The sample tenant over TLS, its own name and those that clients have built in leading to it. */
export async function openClientHouse(): Promise<ClientHouse> {
  const folder = await scratch()
  const tls = await makeCertificates(folder)
  const server = await sampleServer({ tlsCert: tls.cert, tlsKey: tls.key })
  const proxy = await openProxy(Number(new URL(server.publicUrl).port))
  afterAll(() => proxy.close())
  const env = { NODE_EXTRA_CA_CERTS: tls.ca, STINT_URL: server.publicUrl, STINT_DATA: server.data }
  const database = { STINT_DATABASE_URL: server.databaseUrl, DATABASE_URL: server.databaseUrl }
  const stint = async (args: readonly string[], more: Record<string, string> = {}, input?: string) => {
    const done = await cli(args, { ...env, ...more }, input)
    if (done.code !== 0) throw new Error(`stint ${args.join(' ')}: ${done.err}`)
    return JSON.parse(done.out)
  }
  // A fresh one each time: a password that is set ends whatever was signed in before.
  const admin = async () => ({ STINT_TOKEN: await server.token('admin@contoso.com') })
  return {
    server,
    tls,
    proxy,
    tenant: '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10',
    async home(name) {
      const path = join(folder, name)
      await mkdir(path, { recursive: true })
      return path
    },
    async app(name, { application = [], delegated = [], publicClient = false, passwordGrant = false, owner = false } = {}) {
      const flags = [
        ...application.flatMap((one) => ['--permission', one]),
        ...delegated.flatMap((one) => ['--delegated', one]),
        ...(publicClient ? ['--public'] : []),
        ...(passwordGrant ? ['--password-grant'] : []),
      ]
      const made = await stint(['app', 'create', name, ...flags, '--json'], await admin())
      const secret = publicClient ? '' : (await stint(['app', 'secret', 'add', made.appId, '--json'], await admin())).secret
      if (owner) {
        const scope = `/subscriptions/${SUBSCRIPTION}`
        const how = ['--active', '--for', '30d', '--reason', 'automation', '--plane', 'resource', '--json']
        await stint(['assign', made.principalId, 'Owner', '--scope', scope, ...how], await admin())
      }
      return { appId: made.appId, principalId: made.principalId, secret }
    },
    stint: async (...args) => stint([...args, '--json'], await admin()),
    password: (who, options = []) => stint(['user', 'set-password', who, '--json', ...options], database, `${PASSWORD}\n`),
  }
}
