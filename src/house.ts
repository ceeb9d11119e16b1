// The house without its doors: database, migrations, clock, lane and ctx. `serve`, `init` and `token` all stand on it.
// Clock and ids are handed in by server.ts (law 4).

import { dirname, join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from './config.ts'
import type { Settings } from './domain/facts.ts'
import { DAY, HOUR } from './domain/time.ts'
import { addBuiltInRoles } from './operations/built-in-roles.ts'
import type { Ctx } from './operations/context.ts'
import { type Installation, readInstallation } from './operations/installation.ts'
import { WORK_CHANNEL } from './operations/watch-request.ts'
import { openSealer } from './sealing.ts'
import { ldapBinder } from './sources/ldap/bind.ts'
import { type DatabaseClock, databaseClock } from './store/clock.ts'
import { type Embedded, startEmbedded } from './store/embedded.ts'
import { openLane } from './store/lane.ts'
import { migrate } from './store/migrate.ts'
import { type Db, type DbOptions, openDb } from './store/sql.ts'

/** Time and chance, from the one file that may have them. */
export interface Ambient {
  readonly ids: () => string
  /** Monotonic, in milliseconds. */
  readonly ticks: () => number
}

export interface House {
  readonly ctx: Ctx
  readonly db: Db
  readonly clock: DatabaseClock
  /** How another process of this machine reaches a private database; null where it is somebody else's. */
  readonly embedded: DbOptions | null
  /** Calls when a commit may have made work, here or in another process. */
  onWork(wake: () => void): void
  /** Reads tenant and settings again; null while there is no tenant. */
  refresh(): Promise<Installation | null>
  /** From now on a connection that breaks is no news: we are stopping. */
  leave(): void
  close(): Promise<void>
}

/** PostgreSQL refuses root. For a sample any unprivileged account will do; for real data one is to be chosen (D34). */
export function accountProblem(config: Config, uid: number | undefined): string | null {
  if (uid !== 0 || config.databaseUrl !== undefined || config.runAs !== undefined || config.sample) return null
  return 'as root, name the account that the database runs under with `--run-as` (what runs as `nobody` could read the log), or set DATABASE_URL'
}

const baseSettings = (config: Config): Settings => ({
  shortestStint: config.shortestStint,
  approvalLapse: DAY,
  strictReference: false,
  authenticationContexts: [],
  plainMfaFallback: false,
  mfaMaximumAge: HOUR,
  sideDoors: 'open',
  elevation: 8 * HOUR,
})

const CHANNEL = WORK_CHANNEL
/** Other processes are told of commits at most this often: a hint, since they look by themselves each second. */
const TELL_MS = 50

/** Tells other processes of work, and hears of theirs. */
async function wire(db: Db, self: string, onError: (error: unknown) => void) {
  const wakes: (() => void)[] = []
  let pending: NodeJS.Timeout | null = null
  const wake = () => {
    for (const one of wakes) one()
  }
  await db.listen(CHANNEL, (from) => {
    if (from !== self) wake()
  })
  return {
    onWork: (one: () => void) => wakes.push(one),
    committed() {
      wake()
      pending ??= setTimeout(() => {
        pending = null
        db.query('select pg_notify($1, $2)', [CHANNEL, self], 'work-notify').catch(onError)
      }, TELL_MS).unref()
    },
    close() {
      if (pending) clearTimeout(pending)
    },
  }
}

/** How to connect: one's own database, a private one that runs already, or a private one started here. */
async function connect(config: Config, running: DbOptions | null, log: Logger): Promise<{ options: DbOptions; started: Embedded | null }> {
  if (config.databaseUrl !== undefined) return { options: { url: config.databaseUrl }, started: null }
  if (running) return { options: running, started: null }
  const started = await startEmbedded({
    dataDir: config.data,
    ...(config.runAs === undefined ? {} : { runAs: config.runAs }),
    cacheDir: join(config.data, 'cache'),
    log: (line) => log.warn(line),
  })
  return { options: started.url('stint'), started }
}

/** Opens the house. `running` is how to reach a private database that another process owns. */
export async function openHouse(config: Config, ambient: Ambient, log: Logger, running: DbOptions | null = null): Promise<House> {
  const { options, started } = await connect(config, running, log)
  let leaving = false
  const leave = () => {
    leaving = true
  }
  const onError = (error: unknown) => {
    if (!leaving) log.warn({ err: error }, 'the database connection broke')
  }
  const db = openDb({ ...options, onError })
  const undo: (() => unknown)[] = [() => started?.stop(), () => db.close()]
  const close = async () => {
    leave()
    for (const one of undo.reverse()) await one()
  }
  try {
    const { applied } = await migrate(db)
    if (applied.length > 0) log.info({ applied }, 'migrated the database')
    await addBuiltInRoles(db)
    const clock = await databaseClock(db, ambient.ticks, {
      onError,
      onJump: (jump) => log.error({ ms: Math.round(jump.by) }, "the database's clock jumped"),
    })
    const sealer = openSealer(
      join(config.signingKeyFile === undefined ? join(config.data, 'keys') : dirname(config.signingKeyFile), 'sealing.key'),
    )
    const work = await wire(db, ambient.ids(), onError)
    undo.push(
      () => clock.stop(),
      () => work.close(),
    )
    const base = baseSettings(config)
    let installation = await readInstallation(db, base)
    const settings = () => installation?.settings ?? base
    const lane = openLane(db, { now: clock.now, settings, onCommit: work.committed })
    undo.push(() => lane.idle())
    const tenant = () => {
      if (!installation) throw new Error('there is no tenant yet')
      return installation.tenant
    }
    const refresh = async () => {
      installation = await readInstallation(db, base)
      return installation
    }
    const within = { settings, tenant, sealer, bindAs: ldapBinder(process.env) }
    const ctx: Ctx = { db, lane, now: clock.now, ids: ambient.ids, ...within, wake: work.committed, refresh }
    return { ctx, db, clock, embedded: started?.url('stint') ?? null, onWork: work.onWork, refresh, leave, close }
  } catch (error) {
    await close()
    throw error
  }
}
