// The composition root: config → house → doors and worker. The only file with a clock, chance and ids of its own (law 4).

import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { type Config, isLoopback, type Read, readConfig } from './config.ts'
import { postgresConnector } from './connectors/postgres/index.ts'
import type { Fault } from './domain/faults.ts'
import { anyConnector } from './domain/provisioning/connector.ts'
import { type Ambient, accountProblem, type House, openHouse } from './house.ts'
import { createApp } from './http/app.ts'
import { ensureSigningKey, readSigningKey } from './http/auth/key-file.ts'
import { type KeyRing, openKeyRing } from './http/auth/key-ring.ts'
import { type MintedClaims, mintToken } from './http/auth/token.ts'
import type { Deps } from './http/deps.ts'
import { listen, trusted } from './listen.ts'
import { openLog } from './log.ts'
import { sweepAuthority } from './operations/authority-state.ts'
import type { Ctx } from './operations/context.ts'
import { deliverAlarms, nextAlarmAt } from './operations/deliver-alarms.ts'
import { deliverMessages, nextMessageAt } from './operations/deliver-messages.ts'
import { emergencyAccess } from './operations/emergency-access.ts'
import { emptyTenant } from './operations/empty-tenant.ts'
import { type TokenGrant, tokenClaims } from './operations/issue-token.ts'
import { type Loaded, loadTenant } from './operations/load-tenant.ts'
import { nextDueAt, settleDue, settleGround } from './operations/settle-due.ts'
import { parseTenantFile } from './operations/tenant-file.ts'
import { announce, whoRuns } from './running.ts'
import { StartProblem } from './start-problem.ts'
import { identityJobs } from './worker/identities.ts'
import { targetJobs } from './worker/jobs.ts'
import { type Job, type Loop, startLoop } from './worker/loop.ts'
import { openProvisioner, type Provisioner } from './worker/provision.ts'

export type { Config } from './config.ts'

export interface RunningServer {
  readonly url: string
  readonly publicUrl: string
  readonly ctx: Ctx
  /** Stops accepting, lets what is under way finish, then closes the worker, the lane and the database. */
  stop(): Promise<void>
}

/** Something a person at the keyboard can mend; told without a stack. */
export { StartProblem }

/** What fails while opening files and the database is for a person to mend, and said in its own words. */
export const opening = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw error instanceof Error && !(error instanceof StartProblem) ? new StartProblem(error.message, { cause: error }) : error
  })

/** Time and chance of this process, for what else is composed here. */
export const AMBIENT: Ambient = { ids: randomUUID, ticks: () => performance.now() }
const SAMPLE = new URL('../examples/contoso.yaml', import.meta.url)
/** Looks at the database's clock come every second; without them for this long we are not ready. */
const STALE_CLOCK_MS = 10_000

/** Flags over environment, for the commands. */
export const readSettings = (flags: Readonly<Record<string, unknown>>, env: Readonly<Record<string, string | undefined>>): Read =>
  readConfig(flags, env)

export const refused = (fault: Fault) => new StartProblem(fault.words)

function mayOpen(config: Config): void {
  const problem = accountProblem(config, process.getuid?.())
  if (problem) throw new StartProblem(problem)
  mkdirSync(config.data, { recursive: true, mode: 0o711 })
}

export const keyFileOf = (config: Config): string => config.signingKeyFile ?? join(config.data, 'keys', 'signing.pem')

/** The keys, of which our own first one is made if it is not there. A file that somebody else looks after must be there. */
async function keyRingOf(config: Config, now: () => number): Promise<KeyRing> {
  const file = keyFileOf(config)
  await (config.signingKeyFile === undefined ? ensureSigningKey(file) : readSigningKey(file))
  return openKeyRing(file, now)
}

const issuerOf = (publicUrl: string, tenantId: string): string => `${publicUrl}/${tenantId}/v2.0`

/** The tenant that is there, or the sample's where it was asked for. */
async function tenantOf(house: House, config: Config, log: Logger) {
  const there = await house.refresh()
  if (there) return there.tenant
  if (!config.sample)
    throw new StartProblem(
      'there is no tenant yet: run `stint init --tenant contoso.com --admin admin@contoso.com`, or start with `--sample`',
    )
  const file = parseTenantFile(readFileSync(SAMPLE, 'utf8'))
  const loaded = file.ok ? await loadTenant(house.ctx, file.value, true) : file
  if (!loaded.ok) throw refused(loaded.fault)
  log.info(loaded.value, 'loaded the sample tenant')
  return (await house.refresh())?.tenant ?? house.ctx.tenant()
}

function jobsOf(house: House, targets: Provisioner, ring: KeyRing, log: Logger): readonly Job[] {
  const { ctx } = house
  return [
    { name: 'settle', run: () => settleDue(ctx), nextDueAt: () => nextDueAt(ctx), restMs: 100 },
    { name: 'ground', run: () => settleGround(ctx), restMs: 1_000 },
    {
      name: 'messages',
      run: () => deliverMessages(ctx, (failure) => log.warn(failure, 'a message could not be delivered and will be tried again')),
      nextDueAt: () => nextMessageAt(ctx),
      restMs: 200,
    },
    {
      name: 'alarms',
      run: () => deliverAlarms(ctx, (alarm) => log.warn({ eventId: alarm.eventId, people: alarm.people }, alarm.words)),
      nextDueAt: () => nextAlarmAt(ctx),
      restMs: 200,
    },
    // Settings may be changed by another process: looked at once a second.
    { name: 'settings', run: async () => ((await house.refresh()) ? 0 : 0), restMs: 1_000 },
    // The same for signing keys, and for what the authority has no use for any more.
    { name: 'keys', run: () => ring.look().then(() => 0), restMs: 1_000 },
    { name: 'authority', run: () => sweepAuthority(ctx), restMs: 1_000 },
    ...identityJobs(ctx, process.env, log),
    ...targetJobs(ctx, targets),
  ]
}

const CONNECTORS = [anyConnector(postgresConnector)]

/** Runs the worker; the answer stops it, letting what is under way finish. */
function startWorker(house: House, ring: KeyRing, log: Logger): () => Promise<void> {
  const { ctx } = house
  let loop: Loop | null = null
  const targets = openProvisioner({
    ctx,
    connectors: CONNECTORS,
    env: process.env,
    log,
    worker: AMBIENT.ids(),
    wake: () => loop?.wake(),
  })
  const onError = (job: string, err: unknown) => log.error({ job, err }, 'a job failed and will be tried again')
  loop = startLoop({ jobs: jobsOf(house, targets, ring, log), now: ctx.now, onError })
  house.onWork(loop.wake)
  const running = loop
  return async () => {
    await running.stop()
    await targets.close()
  }
}

const reached = (house: House): Promise<boolean> =>
  house.db.query('select 1', [], 'ready').then(
    () => true,
    () => false,
  )

/** Starts everything and answers when it serves. Throws `StartProblem` for what a person can mend. */
export async function startServer(config: Config, log: Logger = openLog(config, AMBIENT.ticks)): Promise<RunningServer> {
  mayOpen(config)
  // Made before the database is: whoever cannot keep a key need not start.
  const ring = await opening(keyRingOf(config, Date.now))
  const stopping = new AbortController()
  const undo: (() => unknown)[] = []
  const stop = async () => {
    for (const one of undo.splice(0).reverse()) await one()
  }
  try {
    const house = await opening(openHouse(config, AMBIENT, log))
    undo.push(() => house.close())
    const tenant = await tenantOf(house, config, log)
    undo.push(startWorker(house, ring, log))
    const door = await listen(config, log)
    undo.push(
      () => door.close(),
      () => stopping.abort(),
    )
    const { url, publicUrl } = door
    const deps: Deps = {
      ctx: house.ctx,
      verify: {
        get keys() {
          return ring.verifying()
        },
        glance: ring.glance,
        issuer: issuerOf(publicUrl, tenant.id),
        tenantId: tenant.id,
        origin: publicUrl,
      },
      signingKeys: ring.verifying,
      publicUrl,
      log,
      isTrustedProxy: trusted(config),
      ticks: AMBIENT.ticks,
      stopping: stopping.signal,
      ready: async () => !stopping.signal.aborted && house.clock.age() < STALE_CLOCK_MS && (await reached(house)),
    }
    const app = createApp(deps)
    door.open((request, env) => app.fetch(request, env as object))
    const loopback = isLoopback(config.host)
    const database = house.embedded as { host: string; port: number; user: string; database: string } | null
    undo.push(await announce(config.data, { pid: process.pid, url, publicUrl, loopback, database }))
    // First of all when we stop: what breaks from then on was ended by us.
    undo.push(house.leave)
    for (const warning of (await emergencyAccess(house.ctx)).warnings) log.warn({}, warning)
    log.info({ url, publicUrl, tenant: tenant.displayName }, 'ready')
    return { url, publicUrl, ctx: house.ctx, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Opens the house for one errand of a command, and closes it again. */
export async function within<T>(config: Config, log: Logger, work: (house: House) => Promise<T>): Promise<T> {
  const running = await whoRuns(config.data)
  if (!running) mayOpen(config)
  const house = await opening(openHouse(config, AMBIENT, log, running?.database ?? null))
  try {
    return await work(house)
  } finally {
    await house.close()
  }
}

export interface InitInput {
  /** The tenant's domain. */
  readonly tenant: string
  /** The address of its first Global Administrator. */
  readonly admin: string
}

/** Makes a tenant with one Global Administrator in an empty installation (D32). */
export const initTenant = (config: Config, input: InitInput): Promise<Loaded & { readonly tenantId: string; readonly adminId: string }> =>
  within(config, openLog(config, AMBIENT.ticks), async ({ ctx }) => {
    const file = emptyTenant(input, randomUUID)
    const loaded = file.ok ? await loadTenant(ctx, file.value) : file
    if (!loaded.ok || !file.ok) throw refused(loaded.ok ? (file as { fault: Fault }).fault : loaded.fault)
    return { ...loaded.value, tenantId: file.value.tenant.id, adminId: file.value.people[0]?.id ?? '' }
  })

export interface IssuedToken {
  readonly token: string
  readonly publicUrl: string
  readonly minutes: number
}

/** Signs a token on the machine that holds the key (D33): an event for each, and never while listening beyond loopback. */
export async function issueToken(config: Config, grant: Omit<TokenGrant, 'publicUrl'>): Promise<IssuedToken> {
  const running = await whoRuns(config.data)
  if (!(running ? running.loopback : isLoopback(config.host)))
    throw new StartProblem('tokens are not handed out here while the server listens beyond this machine')
  const publicUrl = running?.publicUrl ?? (config.publicUrl ?? `http://localhost:${config.port}`).replace(/\/$/, '')
  return within(config, openLog(config, AMBIENT.ticks), async ({ ctx, refresh }) => {
    if (!(await refresh())) throw new StartProblem('there is no tenant yet: nobody to issue a token for')
    const key = (await opening(keyRingOf(config, ctx.now))).signing()
    const claims = await tokenClaims(ctx, { ...grant, publicUrl })
    if (!claims.ok) throw refused(claims.fault)
    const minted: MintedClaims = { ...claims.value, iss: issuerOf(publicUrl, ctx.tenant().id) }
    const token = await mintToken(key, minted, ctx.now(), grant.minutes * 60)
    if (!token.ok) throw refused(token.fault)
    return { token: token.value, publicUrl, minutes: grant.minutes }
  })
}
