// The database that comes with Stint: a private PostgreSQL under the data folder, on a socket that only we can open.
// It starts with us, is started again when it dies, and stops with us; one data folder has one owner.

import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Account, accountFor, canEnter } from './embedded-account.ts'
import { binaries } from './embedded-binaries.ts'
import { type Cluster, initialise, type Serving, serve, UNFINISHED, USER, writeAccess } from './embedded-cluster.ts'
import { stopWithUs } from './embedded-end.ts'
import { isReady, stopLeftover } from './embedded-leftover.ts'
import { own } from './embedded-owner.ts'
import { type DbOptions, openDb } from './sql.ts'

const SOCKET_PORT = 5432
// The kernel's limit for a socket's path, less the longest port.
const LONGEST_SOCKET = 107
const LOG_LIMIT = 10 * 1024 * 1024
const READY_LOOK_MS = 5
const FAST_STOP_MS = 30_000

export interface EmbeddedOptions {
  dataDir: string
  /** As root: the account that runs the server and owns its files. Default `postgres`, else `nobody`. */
  runAs?: string
  /** False loses data at a crash: for tests only. */
  durable?: boolean
  /** Also listen on 127.0.0.1, for password logins; the owner gets this password. Not for Stint's own data. */
  tcp?: { port: number; password: string }
  /** The database that is made on first start. */
  database?: string
  /** Where a copy of the binaries may lie when the account can enter neither the package nor the data folder. */
  cacheDir?: string
  log?: (line: string) => void
}

export interface Embedded {
  readonly socketDir: string
  readonly user: string
  readonly port: number
  readonly dataDir: string
  /** The server's main process, a new one after it had to be started again. */
  readonly pid: number
  /** How to connect: `openDb(server.url('stint'))`. */
  url(database?: string): DbOptions
  stop(): Promise<void>
}

/** Starts the private server and waits until it takes connections. */
export async function startEmbedded(options: EmbeddedOptions): Promise<Embedded> {
  const account = accountFor(options.runAs)
  const dataDir = resolve(options.dataDir)
  // The server's account passes through here to its own folder, and sees nothing else.
  if (mkdirSync(dataDir, { recursive: true, mode: 0o711 })) chmodSync(dataDir, account ? 0o711 : 0o700)
  const release = await own(dataDir)
  try {
    return await startOwned(dataDir, account, options, release)
  } catch (error) {
    release()
    throw error
  }
}

async function startOwned(dataDir: string, account: Account | null, options: EmbeddedOptions, release: () => void): Promise<Embedded> {
  const log = options.log ?? (() => {})
  const folder = join(dataDir, 'postgres')
  if (existsSync(folder)) await stopLeftover(folder, account, log)
  for (const name of readdirSync(dataDir)) {
    if (name.startsWith(UNFINISHED)) await rm(join(dataDir, name), { recursive: true, force: true }).catch(() => {})
  }
  const native = await binaries(dataDir, options.cacheDir ?? '/var/cache/stint', account)
  const cluster: Cluster = { dataDir, folder, account, native, durable: options.durable ?? true }
  await initialise(cluster)

  const runDir = makeRunDir(dataDir, account)
  const tcp = options.tcp !== undefined
  writeAccess(runDir, account, tcp)
  const serving: Serving = { runDir, tcp, port: options.tcp?.port ?? SOCKET_PORT }
  const server = supervise(cluster, serving, log)
  const socketDir = join(runDir, 's')
  const url = (database = options.database ?? USER): DbOptions => ({ host: socketDir, port: serving.port, user: USER, database })
  const stop = async () => {
    forget()
    await server.stop()
    rmSync(runDir, { recursive: true, force: true })
    rmSync(join(dataDir, 'run'), { recursive: true, force: true })
    release()
  }
  const forget = stopWithUs(() => server.pid(), stop)
  try {
    await server.ready
    await prepare(url('postgres'), options)
  } catch (error) {
    await stop()
    throw error
  }
  let stopping: Promise<void> | null = null
  return {
    socketDir,
    dataDir,
    user: USER,
    port: serving.port,
    url,
    get pid() {
      return server.pid() ?? 0
    },
    stop() {
      stopping ??= stop()
      return stopping
    },
  }
}

/** A short folder for the socket, beside the data or else in the temporary folder; `<dataDir>/run` always leads to it. */
function makeRunDir(dataDir: string, account: Account | null): string {
  const run = join(dataDir, 'run')
  removeRunDir(run)
  const fits = (folder: string) => Buffer.byteLength(join(folder, 's', '.s.PGSQL.65535')) <= LONGEST_SOCKET
  if (fits(run) && canEnter(dataDir, account)) {
    mkdirSync(run)
    chmodSync(run, 0o755)
    return run
  }
  const home = [tmpdir(), '/tmp'].find((folder) => fits(join(folder, 'stint-XXXXXX')) && canEnter(folder, account))
  if (home === undefined)
    throw new Error(`found no folder for the database's socket that \`${account?.name ?? USER}\` can enter; set TMPDIR`)
  const made = mkdtempSync(join(home, 'stint-'))
  chmodSync(made, 0o755)
  symlinkSync(made, run)
  return made
}

/** Clears what a killed predecessor left. */
function removeRunDir(run: string): void {
  const there = lstatSync(run, { throwIfNoEntry: false })
  if (there?.isSymbolicLink()) {
    const target = readlinkSync(run)
    const made = lstatSync(target, { throwIfNoEntry: false })
    // Somebody else may have made a folder of this name since.
    if (/^stint-\w{6}$/.test(basename(target)) && made?.isDirectory() && made.uid === process.getuid?.())
      rmSync(target, { recursive: true })
  }
  rmSync(run, { recursive: true, force: true })
}

interface Supervised {
  readonly ready: Promise<void>
  pid(): number | null
  stop(): Promise<void>
}

/** Keeps the server running until told to stop. A first start that fails is a failure; a later death is repaired. */
function supervise(cluster: Cluster, serving: Serving, log: (line: string) => void): Supervised {
  let child: ChildProcess | null = null
  let stopping = false
  const wait = new AbortController()

  const start = async () => {
    rotateLog(cluster.dataDir)
    const fresh = serve(cluster, serving)
    child = fresh
    // The server does not keep our process alive; whoever uses it does.
    fresh.unref()
    const ended = new Promise<string>((done) => {
      fresh.once('error', (error) => done(error.message))
      fresh.once('exit', (code, signal) => done(`ended with ${signal ?? `code ${code}`}`))
    })
    ended.then(() => {
      child = null
    })
    while (child !== null && !isReady(cluster.folder, fresh.pid ?? -1)) await sleep(READY_LOOK_MS)
    if (child === null && !stopping) throw new Error(`the database server ${await ended}:\n${tail(cluster.dataDir)}`)
    // Wrapped, since a promise inside a promise would be awaited too.
    return { ended }
  }

  const keep = async (first: { ended: Promise<string> }) => {
    for (let last = first, pause = 50; ; pause = Math.min(pause * 2, 5_000)) {
      const how = await last.ended
      if (stopping) return
      log(`the database server ${how}; starting it again`)
      try {
        await stopLeftover(cluster.folder, cluster.account, log)
        if (stopping) return
        last = await start()
        pause = 50
      } catch (error) {
        log(`${error instanceof Error ? error.message : error}`)
        await sleep(pause, undefined, { signal: wait.signal }).catch(() => {})
      }
    }
  }

  let kept: Promise<void> = Promise.resolve()
  const ready = start().then((first) => {
    kept = keep(first)
  })
  return {
    ready,
    pid: () => child?.pid ?? null,
    async stop() {
      stopping = true
      wait.abort()
      // Fast: open transactions are rolled back, everything acknowledged is kept. Should that hang, no waiting for ever.
      child?.kill('SIGINT')
      const force = setTimeout(() => child?.kill('SIGQUIT'), FAST_STOP_MS)
      await ready.catch(() => {})
      child?.kill('SIGINT')
      child?.ref()
      await kept
      clearTimeout(force)
    },
  }
}

/** The owner's database, and its password where passwords are accepted. */
async function prepare(to: DbOptions, options: EmbeddedOptions): Promise<void> {
  const db = openDb({ ...to, max: 1, applicationName: 'stint start' })
  try {
    const name = options.database ?? USER
    const [quoted] = await db.query<{ name: string; alter: string; there: boolean }>(
      `select format('%I', $1::text) as name,
              format('alter role %I password %L', current_user, $2::text) as alter,
              exists (select from pg_database where datname = $1::text) as there`,
      [name, options.tcp?.password ?? ''],
    )
    if (!quoted?.there) await db.query(`create database ${quoted?.name}`)
    if (options.tcp) await db.query(`${quoted?.alter}`)
  } finally {
    await db.close()
  }
}

function rotateLog(dataDir: string): void {
  const log = join(dataDir, 'postgres.log')
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > LOG_LIMIT) renameSync(log, `${log}.1`)
}

const tail = (dataDir: string) => readFileSync(join(dataDir, 'postgres.log'), 'utf8').trimEnd().split('\n').slice(-10).join('\n')
