// A server process under load is killed again and again, and started again. Afterwards: what was acknowledged is there, nothing is
// left at the target, and the longest access after its end is known, by looking at the target every few milliseconds.

import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { migrate } from '../../src/store/migrate.ts'
import { openDb } from '../../src/store/sql.ts'
import { durableServer } from './database.ts'
import { type HouseProcess, startHouse } from './house.ts'
import { accountFor, governVault, vault } from './ledger.ts'
import { groupRole, idOf, makeWorld, type Name, PEOPLE } from './world.ts'

export interface Harvest {
  readonly kills: number
  readonly acknowledged: number
  readonly stints: number
  readonly overdueMs: { readonly p50: number; readonly p95: number; readonly max: number }
  readonly leftOver: number
}

interface Sample {
  readonly at: number
  readonly held: ReadonlySet<string>
}

const LOOK_MS = 15
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))

export async function killNine(kills: number): Promise<Harvest> {
  const server = await durableServer()
  const options = server.url()
  const db = openDb(options)
  await migrate(db)
  const w = await makeWorld({ clock: 'real', settings: { shortestStint: 100 }, database: { db, options, drop: async () => {} } })
  const t = await vault()
  await governVault(w, t, groupRole())
  const names = (Object.keys(PEOPLE) as Name[]).filter((n) => n !== 'admin')
  const accounts = new Map<Name, { id: string; name: string }>()
  for (const n of names) {
    accounts.set(n, await accountFor(w, t, n))
    await w.seed(idOf(n), 'Eligibility', groupRole())
  }
  let house: HouseProcess = await startHouse(options, { worker: true })
  let working = true
  const acknowledged: string[] = []
  const load = async (n: Name, turn: number) => {
    for (let round = turn; working; round++) {
      const schedule = { start: null, type: 'AfterDuration', duration: `PT0.${3 + ((round * 3) % 6)}S`, end: null } as const
      const answer = await house
        .submit(idOf(n), w.ask('selfActivate', 'Assignment', groupRole(), idOf(n), { schedule, name: randomUUID() }))
        .catch(() => null)
      if (answer?.ok && answer.request) acknowledged.push(answer.request.id)
      await sleep(answer ? 40 + ((round * 37) % 300) : 50)
    }
  }
  const samples: Sample[] = []
  const watch = async () => {
    while (working) {
      const rows = await t.peer.admin('select member::text as id from pg_auth_members where roleid = $1::oid and not admin_option', [
        t.peer.entitlement.id,
      ])
      samples.push({ at: Date.now(), held: new Set(rows.map((r) => String(r.id))) })
      await sleep(LOOK_MS)
    }
  }
  const busy = [...names.map(load), watch()]
  for (let kill = 0; kill < kills; kill++) {
    await sleep(900 + ((kill * 211) % 700))
    house.signal('SIGKILL')
    await house.ended
    house = await startHouse(options, { worker: true })
  }
  await sleep(1_500)
  working = false
  await Promise.all(busy)

  const windows = await db.query<{ person: string; start: number; end: number }>(
    `select principal_id as person, starts_at as start, ends_at as end from schedules where source = 'Activated'`,
  )
  // Nothing is left over: asked at the target, as each person.
  await expect
    .poll(
      async () =>
        (await t.peer.admin('select 1 from pg_auth_members where roleid = $1::oid and not admin_option', [t.peer.entitlement.id])).length,
      { timeout: 20_000 },
    )
    .toBe(0)
  let leftOver = 0
  for (const account of accounts.values()) if (await t.peer.can(account)) leftOver += 1
  await house.stop()
  const there = new Set((await db.query<{ id: string }>('select id from requests')).map((r) => r.id))
  expect(
    acknowledged.filter((id) => !there.has(id)),
    'acknowledged requests that are lost',
  ).toEqual([])

  const late = overruns(samples, new Map([...accounts].map(([n, a]) => [a.id, windows.filter((x) => x.person === idOf(n))])))
  await db.close()
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))] ?? 0
  return {
    kills,
    acknowledged: acknowledged.length,
    stints: windows.length,
    overdueMs: { p50: at(0.5), p95: at(0.95), max: late.at(-1) ?? 0 },
    leftOver,
  }
}

/** For each stint, how long after its end the target still showed it; sorted. */
function overruns(samples: readonly Sample[], of: ReadonlyMap<string, readonly { start: number; end: number }[]>): number[] {
  const late = new Map<string, number>()
  for (const { at, held } of samples) {
    for (const [account, windows] of of) {
      const last = windows.filter((x) => x.start <= at).sort((a, b) => b.end - a.end)[0]
      if (!last) continue
      const key = `${account} ${last.end}`
      const over = held.has(account) && at > last.end ? at - last.end : 0
      late.set(key, Math.max(late.get(key) ?? 0, over))
    }
  }
  return [...late.values()].sort((a, b) => a - b)
}
