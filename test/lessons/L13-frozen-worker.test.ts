// L13: a worker frozen before its call and thawed after the revoke must not bring access back. A real process, stopped by a signal
// in the middle of its grant, while another worker revokes; then it goes on.

import { afterAll, expect, it } from 'vitest'
import { startHouse } from '../support/house.ts'
import { accountFor, governVault, grantOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld({ clock: 'real', settings: { shortestStint: 100 } })
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const me = idOf('engineer')
const frozen = await startHouse(w.options, { worker: true })
const other = workerOn(w.ctx)
afterAll(() => frozen.stop())

const settle = async () => {
  await other.run()
  return (await grantOf(w, 'engineer')).state
}

it.each(['begin', 'grant "', 'commit'])('frozen at `%s`, it finds the fence when it goes on', async (moment) => {
  const freeze = t.gate.freezeAt(moment)
  expect(await frozen.submit(me, w.ask('selfActivate', 'Assignment', groupRole(), me))).toMatchObject({ ok: true })
  await freeze.reached
  frozen.signal('SIGSTOP')
  const over = await w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', groupRole(), me))
  expect(over.ok).toBe(true)
  // The other does not wait for the frozen one's lease; at the target, for its patience with an open transaction at most.
  const ended = Date.now()
  await expect.poll(settle, { timeout: 10_000, interval: 50 }).toBe('Revoked')
  const tookMs = Date.now() - ended
  expect(await t.peer.can(account)).toBe(false)
  freeze.thaw()
  frozen.signal('SIGCONT')
  for (const look of [1, 2, 3, 4, 5]) {
    await new Promise((done) => setTimeout(done, 150))
    expect(await t.peer.can(account), `look ${look} after the thaw`).toBe(false)
  }
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked' })
  console.info(`L13 frozen at ${moment}: revoked by another worker ${tookMs} ms after the end, and nothing came back`)
})
