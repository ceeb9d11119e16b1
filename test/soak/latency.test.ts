// How long until the target lets somebody in, and turns them away: asked by real logins, on an otherwise idle machine.

import { afterAll, expect, it } from 'vitest'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { databaseClock } from '../../src/store/clock.ts'
import { openLane } from '../../src/store/lane.ts'
import { targetJobs } from '../../src/worker/jobs.ts'
import { type Loop, startLoop } from '../../src/worker/loop.ts'
import { accountFor, governVault, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const STINTS = Number(process.env.STINT_STINTS ?? 40)
const w = await makeWorld({ clock: 'real', settings: { shortestStint: 100 } })
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const clock = await databaseClock(w.db, () => performance.now())
let loop: Loop | null = null
const wake = () => loop?.wake()
const ctx = { ...w.ctx, now: clock.now, wake, lane: openLane(w.db, { now: clock.now, settings: () => w.settings, onCommit: wake }) }
const worker = workerOn(ctx, undefined, 4, wake)
loop = startLoop({ jobs: targetJobs(ctx, worker), now: clock.now, onError: (_, error) => console.error(error) })
afterAll(async () => {
  await loop?.stop()
  clock.stop()
})

const until = async (wanted: boolean) => {
  while ((await t.peer.can(account)) !== wanted);
  return clock.now()
}
const spread = (ms: number[]) => {
  const sorted = ms.sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]
  return { p50: at(0.5), p95: at(0.95), max: sorted.at(-1) }
}

it('lets in and turns away well under a second', async () => {
  const [effective, refused]: [number[], number[]] = [[], []]
  for (let n = 0; n < STINTS; n++) {
    const asked = clock.now()
    const schedule = { start: null, type: 'AfterDuration', duration: 'PT0.5S', end: null } as const
    const made = await submitRequest(
      ctx,
      w.as('engineer'),
      w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer'), { schedule }),
    )
    if (!made.ok) throw new Error(made.fault.words)
    effective.push((await until(true)) - asked)
    refused.push((await until(false)) - (made.value.request.endsAt as number))
    await new Promise((done) => setTimeout(done, 60))
  }
  console.info(
    `${STINTS} stints: activate to effective ${JSON.stringify(spread(effective))} ms, end to refused ${JSON.stringify(spread(refused))} ms`,
  )
  expect(Math.max(...effective, ...refused)).toBeLessThan(5_000)
})
