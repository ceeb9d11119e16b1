// L8 and D22: a failing event write stops a grant. A revocation acts first and records after: late, and never skipped.

import { expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { accountFor, governVault, grantOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
const [mine, sams] = [await accountFor(w, t, 'engineer'), await accountFor(w, t, 'sam')]
for (const name of ['engineer', 'sam'] as const) await w.seed(idOf(name), 'Eligibility', groupRole())
const worker = workerOn(w.ctx)
const activate = (name: 'engineer' | 'sam') => w.submit(w.as(name), w.ask('selfActivate', 'Assignment', groupRole(), idOf(name)))
const events = async () =>
  (
    await w.db.query<{ s: string }>(
      `select from_state || '>' || to_state as s from events where machine = 'grant' and principal_id = $1 order by position`,
      [idOf('engineer')],
    )
  ).map((r) => r.s)

await w.db.query(
  `create function refuse_events() returns trigger language plpgsql as $$ begin raise exception 'the log is full' using errcode = '53100'; end $$`,
)
const breakLog = () => w.db.query('create trigger events_refused before insert on events for each row execute function refuse_events()')
const mendLog = () => w.db.query('drop trigger events_refused on events')

it('an activation is refused while the log takes no events', async () => {
  await breakLog()
  await expect(activate('engineer')).rejects.toThrow(/log is full/)
  await worker.run()
  expect(await t.peer.can(mine)).toBe(false)
  await mendLog()
})

it('a revocation at the target happens all the same; a grant that was only intended is not sent', async () => {
  await activate('engineer')
  await worker.run()
  expect(await t.peer.can(mine)).toBe(true)
  w.pass(HOUR - 1000)
  await activate('sam')
  w.pass(1000)
  await breakLog()
  await worker.run()
  expect(await t.peer.can(mine), 'ended at the target').toBe(false)
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked', observed: 'absent' })
  expect(await events(), 'nothing could be written').toEqual(['None>Granting', 'Granting>Granted'])
  await worker.run()
  expect(await t.peer.can(sams), 'no grant while the log is down').toBe(false)
})

it('the record comes when the log is back: late, in order, and with its own time', async () => {
  await mendLog()
  w.pass(2000)
  await worker.run()
  expect(await events()).toEqual(['None>Granting', 'Granting>Granted', 'Granted>Revoking', 'Revoking>Revoked'])
  const [last] = await w.db.query<{ late: number; n: number }>(
    `select (extract(epoch from $1::timestamptz - at) * 1000)::bigint as late, 1 as n from events where machine = 'grant' and to_state = 'Revoked'`,
    [new Date(w.now()).toISOString()],
  )
  expect(last?.late, 'the event says when it happened').toBe(2000)
  expect(await w.db.query('select 1 from grants where owed is not null')).toEqual([])
  expect(await t.peer.can(sams), 'what waited goes on').toBe(true)
})
