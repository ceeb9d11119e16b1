// L4: two claims on the same access: ending one must not end the other.

import { describe, expect, it } from 'vitest'
import type { Result } from '../../src/domain/result.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { accountFor, bind, governVault, grantOf, grantsOf, vault, workerOn } from '../support/ledger.ts'
import { directoryRole, groupRole, idOf, makeWorld, RG, resourceRole, SUBSCRIPTION, TEAM } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
const me = idOf('engineer')
await governVault(w, t, groupRole())
await bind(w, directoryRole(), t.peer.entitlement.name)
await bind(w, resourceRole(RG), t.peer.entitlement.name)
const account = await accountFor(w, t, 'engineer')
const worker = workerOn(w.ctx)
const can = async () => {
  await worker.run()
  return t.peer.can(account)
}
async function must<T>(doing: Promise<Result<T>>): Promise<T> {
  const done = await doing
  if (!done.ok) throw new Error(done.fault.words)
  return done.value
}
const length = (duration: string) => ({ schedule: { start: null, type: 'AfterDuration', duration, end: null } }) as const
const activate = (privilege = groupRole(), duration = 'PT1H') =>
  must(w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, length(duration))))
const deactivate = (privilege = groupRole()) => must(w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me)))
const assign = (who: string, privilege = groupRole(), duration = 'PT30M') =>
  must(w.submit(w.as('admin'), w.ask('adminAssign', 'Assignment', privilege, who, length(duration))))
const remove = (who: string, privilege = groupRole()) =>
  must(w.submit(w.as('admin'), w.ask('adminRemove', 'Assignment', privilege, who, { schedule: null })))

await w.seed(me, 'Eligibility', groupRole())
await w.seed(me, 'Eligibility', directoryRole())
await w.seed(me, 'Eligibility', resourceRole(SUBSCRIPTION))

describe('an activation and an assignment of the same privilege', () => {
  it('the activation ends, the assignment holds on', async () => {
    await activate()
    expect(await can()).toBe(true)
    await assign(me, groupRole(), 'PT2H')
    const end = w.now() + 2 * HOUR
    expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granted', notAfter: end, generation: 2 })
    w.pass(HOUR)
    await w.settle()
    expect(await can()).toBe(true)
    w.pass(HOUR)
    expect(await can()).toBe(false)
  })

  it('the assignment ends, the activation holds on; so does the assignment when the activation is ended early', async () => {
    await w.settle()
    await activate()
    await assign(me, groupRole(), 'PT30M')
    w.pass(30 * MINUTE)
    await w.settle()
    expect(await can()).toBe(true)
    await assign(me, groupRole(), 'PT4H')
    await deactivate()
    expect(await can()).toBe(true)
    w.pass(4 * HOUR)
    expect(await can()).toBe(false)
    await w.settle()
  })
})

describe('a claim of one’s own and one through a group', () => {
  it('deactivation leaves what the group gives; leaving the group then ends it', async () => {
    await activate(resourceRole(RG))
    await assign(TEAM, resourceRole(SUBSCRIPTION), 'PT8H')
    await assign(me, groupRole(TEAM), 'PT4H')
    expect(await can()).toBe(true)
    expect(await grantsOf(w, 'engineer')).toHaveLength(1)
    expect(await grantOf(w, 'engineer'), 'the earliest end of the path').toMatchObject({ notAfter: w.now() + 4 * HOUR })
    w.pass(6 * MINUTE)
    await deactivate(resourceRole(RG))
    expect(await can()).toBe(true)
    await remove(me, groupRole(TEAM))
    expect(await can()).toBe(false)
    await remove(TEAM, resourceRole(SUBSCRIPTION))
  })

  it('through a group alone access begins with joining, and ends at the earliest end of the path', async () => {
    await assign(TEAM, resourceRole(RG), 'PT1H')
    expect(await can()).toBe(false)
    await assign(me, groupRole(TEAM), 'PT30M')
    expect(await can()).toBe(true)
    w.pass(30 * MINUTE)
    expect(await can()).toBe(false)
    await w.settle()
  })
})

describe('two privileges bound to one entitlement', () => {
  it('share one row and one fence, and ending one leaves the other', async () => {
    await activate(directoryRole(), 'PT2H')
    await activate(resourceRole(SUBSCRIPTION), 'PT1H')
    expect(await can()).toBe(true)
    expect(await grantsOf(w, 'engineer')).toHaveLength(1)
    w.pass(6 * MINUTE)
    await deactivate(directoryRole())
    expect(await can(), 'inherited from the subscription above').toBe(true)
    w.pass(HOUR)
    expect(await can()).toBe(false)
  })
})
