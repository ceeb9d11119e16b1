// One embedded server per vitest run, however many projects ask for it, and a migrated template that test files clone.
// It is not durable, and it is thrown away at the end: kill -9 tests start a server of their own (`durableServer`).

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbedded } from '../../src/store/embedded.ts'
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

async function start() {
  const folder = await mkdtemp(join(tmpdir(), 'stint-test-'))
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
