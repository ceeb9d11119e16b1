// kill -9 of the server under load: what was acknowledged is there afterwards. The long run is in the soak.

import { expect, it } from 'vitest'
import { openDb } from '../../src/store/sql.ts'
import { durableServer } from '../support/database.ts'

const KILLS = 2
const WRITERS = 8

it('loses no acknowledged commit, and the server is started again by itself', async () => {
  const server = await durableServer()
  const db = openDb({ ...server.url(), max: WRITERS })
  await db.query('create table done (id integer constraint done_pkey primary key)')
  const acknowledged: number[] = []
  let next = 0
  let writing = true
  const write = async () => {
    while (writing) {
      const id = ++next
      try {
        await db.transaction((tx) => tx.query('insert into done (id) values ($1)', [id], 'done'))
        acknowledged.push(id)
      } catch {
        // Not acknowledged: it may be there or not.
        await new Promise((again) => setTimeout(again, 5))
      }
    }
  }
  const writers = Array.from({ length: WRITERS }, write)
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.length
    await expect.poll(() => acknowledged.length - before, { timeout: 10_000 }).toBeGreaterThan(200)
    const { pid } = server
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => server.pid !== 0 && server.pid !== pid, { timeout: 20_000 }).toBe(true)
  }
  const last = acknowledged.length
  await expect.poll(() => acknowledged.length - last, { timeout: 20_000 }).toBeGreaterThan(50)
  writing = false
  await Promise.all(writers)
  const there = new Set((await db.query<{ id: number }>('select id from done')).map(({ id }) => id))
  await db.close()
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
  expect(acknowledged.length).toBeGreaterThan(KILLS * 200)
}, 60_000)
