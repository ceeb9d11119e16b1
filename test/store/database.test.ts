// The test databases themselves: quick to get, apart from each other.

import { expect, it } from 'vitest'
import { freshDb } from '../support/database.ts'

it('gives each caller a database of its own, with the schema, in well under a second', async () => {
  await freshDb()
  const sent = performance.now()
  const [one, other] = await Promise.all([freshDb(), freshDb()])
  expect(performance.now() - sent).toBeLessThan(1_000)
  await one?.db.query('create table mine (id integer)')
  expect(await other?.db.query(`select to_regclass('mine') as mine, to_regclass('stint_migrations') is not null as migrated`)).toEqual([
    { mine: null, migrated: true },
  ])
  await one?.drop()
  await expect(one?.db.query('select 1')).rejects.toThrow()
})
