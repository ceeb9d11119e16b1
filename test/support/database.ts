// Databases for tests: a clone of the migrated template per test file, or a durable server of one's own to kill.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, inject } from 'vitest'
import { type Embedded, type EmbeddedOptions, startEmbedded } from '../../src/store/embedded.ts'
import { type Db, type DbOptions, openDb } from '../../src/store/sql.ts'

export interface TestDatabase {
  readonly db: Db
  /** To connect once more, from this process or another. */
  readonly options: DbOptions
  drop(): Promise<void>
}

let made = 0

// Registered while the file is being collected, since a hook made later, within another hook or a test, would never run.
// The first registered runs last: whatever a test file cleans up itself still has its database.
const leftToDo: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const one of leftToDo.splice(0).reverse()) await one()
})

/** A fresh database with the whole schema and no rows, dropped after the last test of the file. */
export async function freshDb(): Promise<TestDatabase> {
  return clone(inject('testServer').database)
}

/** An empty database: for tests of the migrations themselves. */
export async function emptyDb(): Promise<TestDatabase> {
  return clone('template0')
}

async function clone(template: string | undefined): Promise<TestDatabase> {
  const server = inject('testServer')
  const name = `test_${process.pid}_${++made}`
  const statement = async (text: string) => {
    const admin = openDb({ ...server, database: 'postgres', max: 1 })
    try {
      await admin.query(text)
    } finally {
      await admin.close()
    }
  }
  // Copying files beats writing the copy through the log, 29 ms to 51, and several at once even more.
  await statement(`create database ${name} template ${template} strategy file_copy`)
  const options = { ...server, database: name }
  const db = openDb(options)
  let dropped: Promise<void> | null = null
  const drop = () => {
    dropped ??= db.close().then(() => statement(`drop database if exists ${name} with (force)`))
    return dropped
  }
  leftToDo.push(drop)
  return { db, options, drop }
}

/** A server that keeps its promises, in a folder of its own; stopped and removed after the last test of the file. */
export async function durableServer(more: Partial<EmbeddedOptions> = {}): Promise<Embedded & { folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'stint-durable-'))
  const server = await startEmbedded({ dataDir: join(folder, 'data'), ...more })
  leftToDo.push(async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return Object.defineProperty(server, 'folder', { value: folder }) as Embedded & { folder: string }
}
