// L2: the end is set once; retries never move it. A grant whose window has passed is never sent.

import { expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { accountFor, governVault, grantOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const worker = workerOn(w.ctx)
const activate = () => w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))

it('keeps the end through failures, a lost reply and a late success', async () => {
  const end = w.now() + HOUR
  await activate()
  t.gate.refuse()
  for (let n = 0; n < 8; n++) {
    await worker.run()
    expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granting', notAfter: end, generation: 1 })
    w.pass(2 * MINUTE)
  }
  expect((await grantOf(w, 'engineer')).attempts).toBeGreaterThanOrEqual(8)
  t.gate.pass()
  t.gate.loseNextReply()
  await worker.run()
  w.pass(2 * MINUTE)
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granted', notAfter: end, generation: 1 })
  expect(await t.peer.can(account)).toBe(true)
  w.pass(end - w.now() - 1)
  await worker.run()
  expect(await t.peer.can(account)).toBe(true)
  w.pass(1)
  await worker.run()
  expect(await t.peer.can(account)).toBe(false)
})

it('never sends a grant that waited for a broken target until its window had passed', async () => {
  const fence = async () => Number((await t.peer.admin('select coalesce(max(fence), 0) as fence from stint.fence'))[0]?.fence)
  await activate()
  t.gate.refuse()
  await worker.run()
  w.pass(HOUR)
  t.gate.pass()
  const before = await fence()
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked' })
  expect(await fence(), 'the grant itself was left out').toBe(before + 2)
  expect(await t.peer.can(account)).toBe(false)
})
