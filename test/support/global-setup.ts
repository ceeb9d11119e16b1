// One embedded server per vitest run, however many projects ask for it, and a migrated template that test files clone.
// It is not durable, and it is thrown away at the end: kill -9 tests start a server of their own (`durableServer`).

import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/store/embedded.ts'
import { accountFor } from '../../src/store/embedded-account.ts'
import { stopLeftover } from '../../src/store/embedded-leftover.ts'
import { own } from '../../src/store/embedded-owner.ts'
import { migrate } from '../../src/store/migrate.ts'
import { type DbOptions, openDb } from '../../src/store/sql.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** How to reach the run's server; the database is the template's name. */
    testServer: DbOptions
  }
}

interface Shared {
  users: number
  started: Promise<{ server: DbOptions; stop: () => Promise<void> }>
}

// Each project loads this file anew, in one process: what they share hangs on the process.
const KEY = Symbol.for('stint test server')
const shelf = globalThis as unknown as Record<symbol, Shared | undefined>

export async function setup(project: TestProject): Promise<void> {
  const shared = shelf[KEY] ?? { users: 0, started: start() }
  shelf[KEY] = shared
  shared.users += 1
  project.provide('testServer', (await shared.started).server)
}

export async function teardown(): Promise<void> {
  const shared = shelf[KEY]
  if (shared === undefined || --shared.users > 0) return
  shelf[KEY] = undefined
  await (await shared.started).stop()
}

const NAME = 'stint-test-'

/** A run that was killed left its server behind: nobody else would ever stop it. */
async function sweep() {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(NAME)) continue
    const data = join(tmpdir(), name, 'data')
    try {
      // Without an owner's record it is only just being made.
      if (!(await readdir(data)).some((file) => file.startsWith('owner-'))) continue
      const release = await own(data)
      await stopLeftover(join(data, 'postgres'), accountFor(undefined), () => {})
      release()
      await rm(join(tmpdir(), name), { recursive: true, force: true })
    } catch {
      // In use by another run, somebody else's, or just being made.
    }
  }
}

async function start() {
  await sweep()
  const folder = await mkdtemp(join(tmpdir(), NAME))
  // Open for passing through, so that the socket lies here too and goes with the folder.
  await chmod(folder, 0o755)
  const server = await startEmbedded({ dataDir: join(folder, 'data'), durable: false, database: 'template' })
  const template = openDb(server.url('template'))
  try {
    await migrate(template)
  } finally {
    await template.close()
  }
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { server: server.url('template'), stop }
}
