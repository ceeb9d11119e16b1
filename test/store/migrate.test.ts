// Migrations race safely, and a program refuses a database that it does not know.

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { openDb } from '../../src/store/sql.ts'
import { emptyDb } from '../support/database.ts'

const FIRST = 'create table first (id integer);\nselect pg_sleep(0.1);\n'
const SECOND = 'create table second (id integer);\n'

describe('migrate', async () => {
  const { db, options } = await emptyDb()
  let folder = ''
  const put = (name: string, text: string) => writeFile(join(folder, name), text)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stint-migrations-'))
    await put('0001-first.sql', FIRST)
    await put('0002-second.sql', SECOND)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('lets servers start at once: each migration is applied exactly once', async () => {
    const others = [1, 2, 3].map(() => openDb(options))
    const answers = await Promise.all([db, ...others].map((one) => migrate(one, folder)))
    expect(answers.flatMap((answer) => answer.applied).sort()).toEqual(['0001-first', '0002-second'])
    await Promise.all(others.map((one) => one.close()))
  })

  it('does nothing when there is nothing to do', async () => {
    expect(await migrate(db, folder)).toEqual({ applied: [] })
  })

  it('leaves nothing of a migration that fails half-way', async () => {
    await put('0003-third.sql', 'create table third (id integer); select 1/0;')
    await expect(migrate(db, folder)).rejects.toThrow('migration `0003-third` failed: division by zero')
    expect(await db.query(`select to_regclass('third') as third, (select max(number) from stint_migrations) as number`)).toEqual([
      { third: null, number: 2 },
    ])
    await put('0003-third.sql', 'create table third (id integer);')
    expect(await migrate(db, folder)).toEqual({ applied: ['0003-third'] })
  })

  it('takes other line ends for the same text', async () => {
    await put('0001-first.sql', FIRST.replaceAll('\n', '\r\n'))
    expect(await migrate(db, folder)).toEqual({ applied: [] })
  })

  it('refuses an applied migration that was edited', async () => {
    await put('0002-second.sql', `${SECOND}-- a small correction\n`)
    await expect(migrate(db, folder)).rejects.toThrow('migration `0002-second` was applied with another text')
    await put('0002-second.sql', SECOND)
  })

  it('refuses a newer database, and touches nothing', async () => {
    await rm(join(folder, '0003-third.sql'))
    await put('0004-fourth.sql', 'create table fourth (id integer);')
    await expect(migrate(db, folder)).rejects.toThrow('migrated by a newer version (it has `0003-third`)')
    expect(await db.query(`select to_regclass('fourth') as fourth`)).toEqual([{ fourth: null }])
    await rm(join(folder, '0004-fourth.sql'))
  })

  it.each([
    ['0009-twice.sql', '0009-again.sql', 'two migrations have the number 0009'],
    ['10-short.sql', '0011-fine.sql', 'migration `10-short.sql` must be named like'],
  ])('refuses a folder it cannot order: %s', async (one, other, message) => {
    await put(one, '')
    await put(other, '')
    await expect(migrate(db, folder)).rejects.toThrow(message)
    await rm(join(folder, one))
    await rm(join(folder, other))
  })
})
