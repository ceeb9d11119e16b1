// Brings a database to this program's schema: numbered plain SQL in `migrations/`, never edited after release.
// A migration's own row goes in first, in its own transaction, so two servers that start at once race safely:
// the second waits on that row, then finds it there. A database that knows more than we do is refused.

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Db, faultOf } from './sql.ts'

interface Migration {
  readonly number: number
  readonly name: string
  readonly hash: string
  readonly text: string
}

interface AppliedRow {
  readonly number: number
  readonly name: string
  readonly hash: string
}

// The same two steps up from src/store and from dist/store.
const FOLDER = fileURLToPath(new URL('../../migrations', import.meta.url))
const FILE = /^(\d{4})-[a-z0-9-]+\.sql$/

/** Applies what is missing and names it. Throws when the database is newer, or an applied migration was edited. */
export async function migrate(db: Db, folder: string = FOLDER): Promise<{ applied: string[] }> {
  const known = await read(folder)
  await ensureTable(db)
  check(known, await rowsOf(db))
  const applied: string[] = []
  for (const migration of known) {
    if (await apply(db, migration)) applied.push(migration.name)
  }
  // Another server may have applied others' texts while we waited for it.
  check(known, await rowsOf(db))
  return { applied }
}

async function read(folder: string): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    const m = FILE.exec(file)
    if (!m) throw new Error(`migration \`${file}\` must be named like \`0007-schedules.sql\``)
    const number = Number(m[1])
    if (migrations.at(-1)?.number === number) throw new Error(`two migrations have the number ${m[1]}; give one of them another`)
    // A checkout with other line ends is the same migration.
    const text = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n')
    migrations.push({ number, name: file.slice(0, -4), hash: createHash('sha256').update(text).digest('hex'), text })
  }
  return migrations
}

async function ensureTable(db: Db): Promise<void> {
  const create = `
    create table if not exists stint_migrations (
      number integer not null constraint stint_migrations_pkey primary key,
      name text not null,
      hash text not null
    )`
  try {
    await db.query(create)
  } catch (error) {
    // `if not exists` does not hold between two sessions that create at once: the loser sees one of these.
    if (!['23505', '42P07', '42710'].includes(faultOf(error)?.code ?? '')) throw error
  }
}

const rowsOf = (db: Db) => db.query<AppliedRow>('select number, name, hash from stint_migrations order by number')

function check(known: readonly Migration[], rows: readonly AppliedRow[]): void {
  const byNumber = new Map(known.map((migration) => [migration.number, migration]))
  for (const row of rows) {
    const ours = byNumber.get(row.number)
    if (ours === undefined) {
      throw new Error(`this database was migrated by a newer version (it has \`${row.name}\`); run that version, or restore a backup`)
    }
    if (ours.hash !== row.hash) {
      throw new Error(`migration \`${row.name}\` was applied with another text; undo the edit and write a new migration instead`)
    }
  }
}

function apply(db: Db, migration: Migration): Promise<boolean> {
  return db.transaction(async (tx) => {
    const mine = await tx.query(
      'insert into stint_migrations (number, name, hash) values ($1, $2, $3) on conflict (number) do nothing returning number',
      [migration.number, migration.name, migration.hash],
    )
    if (mine.length === 0) return false
    try {
      await tx.query(migration.text)
    } catch (error) {
      throw new Error(`migration \`${migration.name}\` failed: ${error instanceof Error ? error.message : error}`, { cause: error })
    }
    return true
  })
}
