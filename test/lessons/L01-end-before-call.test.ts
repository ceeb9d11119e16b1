// L1: the intent and its end are stored before the target is called; a grant without a stored end cannot exist.

import { expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { accountFor, governVault, grantOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const worker = workerOn(w.ctx)
const activate = () => w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))

it('stores both, with the event, in the transaction that commits the activation', async () => {
  const end = w.now() + HOUR
  await activate()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granting', notAfter: end, generation: 1, observed: 'unknown' })
  const [event] = await w.db.query(`select from_state, to_state, (data->>'notAfter')::bigint as end from events where machine = 'grant'`)
  expect(event).toEqual({ from_state: 'None', to_state: 'Granting', end })
})

it('has them stored when the target is asked for the first time, and after a reply was lost in between', async () => {
  const freeze = t.gate.freezeAt('grant "')
  const first = worker.run()
  await freeze.reached
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granting', notAfter: w.now() + HOUR })
  t.gate.loseNextReply()
  freeze.thaw()
  await first
  // Whether or not the grant took effect is not known to us, and its end does not depend on that.
  const end = (await grantOf(w, 'engineer')).notAfter as number
  w.pass(end - w.now())
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked' })
  expect(await t.peer.can(account)).toBe(false)
})

it('refuses a grant whose row cannot be written together with its activation', async () => {
  await w.db.query(`alter table grants add constraint no_more check (generation < 3)`)
  await expect(activate()).rejects.toThrow(/no_more/)
  expect(
    await w.db.query(
      `select 1 from schedules where level = 'Assignment' and source = 'Activated' and status = 'Provisioned' and ends_at > $1`,
      [new Date(w.now()).toISOString()],
    ),
  ).toEqual([])
  await w.db.query('alter table grants drop constraint no_more')
})

it('keeps the database from holding access without an end, or an end without access', async () => {
  const wrong = (sql: string) =>
    w.db.query(sql).then(
      () => null,
      (error) => error.constraint,
    )
  expect(await wrong(`update grants set state = 'Granting', not_after = null`)).toBe('grants_have_an_end')
  expect(await wrong(`update grants set not_after = 'infinity' where state = 'Revoked'`)).toBe('grants_have_an_end')
})
