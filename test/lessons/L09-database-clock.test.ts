// L9: expiry follows the database's clock. The host's clock jumps a year ahead and two back, and access ends when it should.

import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { databaseClock } from '../../src/store/clock.ts'
import { openLane } from '../../src/store/lane.ts'
import { targetJobs } from '../../src/worker/jobs.ts'
import { type Loop, startLoop } from '../../src/worker/loop.ts'
import { accountFor, governVault, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const YEAR = 365 * 86_400_000
const w = await makeWorld({ clock: 'real', settings: { shortestStint: 100 } })
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const clock = await databaseClock(w.db, () => performance.now())
let loop: Loop | null = null
const wake = () => loop?.wake()
const ctx = { ...w.ctx, now: clock.now, wake, lane: openLane(w.db, { now: clock.now, settings: () => w.settings, onCommit: wake }) }
const worker = workerOn(ctx)
loop = startLoop({ jobs: targetJobs(ctx, worker), now: clock.now, onError: (_, error) => expect(error).toBeNull() })
afterAll(async () => {
  await loop?.stop()
  clock.stop()
})
afterEach(() => {
  vi.useRealTimers()
})
const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms))

it.each([
  ['a year ahead and back again', [YEAR, 0]],
  ['two years back', [-2 * YEAR]],
])('the host jumps %s', async (_, jumps) => {
  const asked = await submitRequest(
    ctx,
    w.as('engineer'),
    w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer'), {
      schedule: { start: null, type: 'AfterDuration', duration: 'PT2S', end: null },
    }),
  )
  const end = asked.ok ? (asked.value.request.endsAt as number) : 0
  expect(end).toBeGreaterThan(0)
  await expect.poll(() => t.peer.can(account), { timeout: 2_000, interval: 10 }).toBe(true)
  const real = Date.now()
  vi.useFakeTimers({ toFake: ['Date'] })
  for (const jump of jumps) {
    vi.setSystemTime(real + jump)
    await sleep(300)
    expect(await t.peer.can(account), 'neither earlier').toBe(true)
  }
  await sleep(Math.max(0, end - clock.now() - 100))
  expect(clock.now() < end ? await t.peer.can(account) : true).toBe(true)
  await expect.poll(() => t.peer.can(account), { timeout: 5_000, interval: 10 }).toBe(false)
  const late = clock.now() - end
  expect(late, 'nor later').toBeLessThan(2_000)
  console.info(`L9: refused ${late} ms after the end, whatever the host's clock said`)
})
