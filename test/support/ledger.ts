// A world with a real target: a PostgreSQL of its own with a vault, people with accounts there, and the worker that drives it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { escapeIdentifier as q } from 'pg'
import { afterAll } from 'vitest'
import { type MemoryTarget, memoryConnector } from '../../src/connectors/memory/index.ts'
import { postgresConnector } from '../../src/connectors/postgres/index.ts'
import type { Privilege } from '../../src/domain/privilege.ts'
import { type AnyConnector, anyConnector } from '../../src/domain/provisioning/connector.ts'
import { bindAccount } from '../../src/operations/bind-account.ts'
import { bindPrivilege } from '../../src/operations/bind-privilege.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { type ListedGrant, listGrants } from '../../src/operations/list-grants.ts'
import { registerTarget, type TargetInput } from '../../src/operations/register-target.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { type Log, openProvisioner, type Provisioner } from '../../src/worker/provision.ts'
import { freePort, openGate, type TcpGate } from '../connectors/gate.ts'
import { CONNECTOR, type PostgresPeer, type PrivateServer, postgresPeer } from '../connectors/postgres-peer.ts'
import { idOf, type Name, type World } from './world.ts'

const CONNECTOR_PASSWORD = 'only for this test'
export const ENV = { STINT_TEST_PW: CONNECTOR_PASSWORD }

/** A PostgreSQL to be governed. */
async function targetServer(): Promise<PrivateServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'stint-target-'))
  const tcp = { port: await freePort(), password: 'the superuser of this test' }
  const embedded = await startEmbedded({ dataDir, durable: false, tcp })
  const stop = async () => {
    await embedded.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
  return { port: tcp.port, superuser: embedded.user, password: tcp.password, stop }
}

export interface VaultTarget {
  readonly peer: PostgresPeer
  readonly gate: TcpGate
  readonly config: Record<string, unknown>
}

/** A furnished target, closed after the last test of the file. */
export async function vault(): Promise<VaultTarget> {
  const server = await targetServer()
  const peer = await postgresPeer(server)
  const gate = await openGate(server.port, { begins: 'begin', effect: 'commit' })
  afterAll(async () => {
    await gate.close()
    await peer.close()
  })
  const config = {
    host: '127.0.0.1',
    port: gate.port,
    database: 'vault',
    user: CONNECTOR,
    password: { env: 'STINT_TEST_PW' },
    tls: 'disable',
    callMs: 1000,
  }
  return { peer, gate, config }
}

export interface Told {
  readonly level: 'info' | 'warn' | 'error'
  readonly words: string
  readonly data: object
}

function logOf(told: Told[]): Log {
  const to = (level: Told['level']) => (data: object, words: string) => void told.push({ level, words, data })
  return { info: to('info'), warn: to('warn'), error: to('error') }
}

export interface Worker extends Provisioner {
  readonly told: Told[]
  /** Works until nothing is due at this instant. */
  run(): Promise<void>
}

/** A worker on a ctx. Attempts end before `run` returns. */
export function workerOn(
  ctx: Ctx,
  connectors: readonly AnyConnector[] = [anyConnector(postgresConnector)],
  slots = 4,
  wake = () => {},
): Worker {
  const told: Told[] = []
  const p = openProvisioner({ ctx, connectors, env: ENV, log: logOf(told), worker: ctx.ids(), wake, slots })
  afterAll(() => p.close())
  const run = async () => {
    const present = Date.now() + 5_000
    for (;;) {
      const count = await p.once()
      await p.idle()
      const due = await p.nextDueAt()
      if (count === 0 && (due === null || due > ctx.now() || Date.now() > present)) return
      // Its presence in the database may still be on its way.
      if (count === 0) await new Promise((done) => setTimeout(done, 5))
    }
  }
  // The presence takes a moment; a first `run` must not pass it by.
  const ready = async () => {
    while ((await p.nextDueAt()) === ctx.now() + 20) await new Promise((done) => setTimeout(done, 2))
  }
  return {
    ...p,
    told,
    async run() {
      await ready()
      await run()
    },
  }
}

/** Registers the vault as a target and binds a privilege to its role. */
export async function governVault(w: World, t: VaultTarget, privilege: Privilege, more: Partial<TargetInput> = {}): Promise<string> {
  const made = await registerTarget(w.ctx, w.as('admin'), { name: 'vault', kind: 'postgres', config: t.config, ...more })
  if (!made.ok) throw new Error(made.fault.words)
  await bind(w, privilege, t.peer.entitlement.name)
  return made.value.id
}

export async function bind(w: World, privilege: Privilege, entitlement: string, target = 'vault'): Promise<void> {
  const bound = await bindPrivilege(w.ctx, w.as('admin'), { privilege, target, entitlement })
  if (!bound.ok) throw new Error(bound.fault.words)
}

/** Gives a person an account at the vault, bound by its name. */
export async function accountFor(w: World, t: VaultTarget, name: Name): Promise<{ id: string; name: string }> {
  const account = await t.peer.newAccount()
  const bound = await bindAccount(w.ctx, w.as('admin'), { target: 'vault', principalId: idOf(name), account })
  if (!bound.ok) throw new Error(bound.fault.words)
  return t.peer.ref(account)
}

export async function grantsOf(w: World, name: Name): Promise<readonly ListedGrant[]> {
  const listed = await listGrants(w.ctx, w.as('admin'), { principalId: idOf(name) })
  if (!listed.ok) throw new Error(listed.fault.words)
  return listed.value
}

/** The one grant of a person. */
export async function grantOf(w: World, name: Name): Promise<ListedGrant> {
  const [grant] = await grantsOf(w, name)
  if (!grant) throw new Error(`no grant of ${name}`)
  return grant
}

export const memoryOf = (target: MemoryTarget, fence: 'transactional' | 'none' = 'transactional'): AnyConnector =>
  anyConnector(memoryConnector(target, fence))

export { q }
