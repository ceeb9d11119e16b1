// L14: a target's OK is no proof. What is seen afterwards moves our state, and nothing else.

import { expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { accountFor, governVault, grantOf, q, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
const worker = workerOn(w.ctx)
const states = async () =>
  (await w.db.query<{ s: string }>(`select from_state || '>' || to_state as s from events where machine = 'grant' order by position`)).map(
    (r) => r.s,
  )

it('lets the person in once the target shows it, and out again', async () => {
  expect(await t.peer.can(account)).toBe(false)
  const asked = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))
  expect(asked.ok).toBe(true)
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granting', notAfter: w.now() + HOUR })
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({
    state: 'Granted',
    observed: 'present',
    requestId: asked.ok && asked.value.request.id,
  })
  expect(await t.peer.can(account)).toBe(true)
  w.pass(HOUR)
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked', observed: 'absent', reason: null })
  expect(await t.peer.can(account)).toBe(false)
  expect(await states()).toEqual(['None>Granting', 'Granting>Granted', 'Granted>Revoking', 'Revoking>Revoked'])
})

it('does not believe a REVOKE that succeeded with a notice: still held is still held, and says by whom', async () => {
  await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))
  await worker.run()
  await t.peer.grantByHand(account)
  w.pass(HOUR)
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({
    state: 'RevokeBlocked',
    observed: 'present',
    reason: expect.stringMatching(/still held.*granted by/),
  })
  expect(await t.peer.can(account)).toBe(true)
  expect(worker.told).toContainEqual(expect.objectContaining({ level: 'error', words: 'access stands that should have ended' }))
  await t.peer.admin(`revoke ${q(t.peer.entitlement.name)} from ${q(account.name)}`)
  w.pass(20_000)
  await worker.run()
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Revoked' })
})

it('does not believe a GRANT either: what a third hand undoes is found by the next look and made again', async () => {
  await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))
  await worker.run()
  await t.peer.removeByHand(account)
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'Granted' })
  w.pass(60_000)
  await worker.run()
  expect((await states()).slice(-2)).toEqual(['Granted>Granting', 'Granting>Granted'])
  expect(await t.peer.can(account)).toBe(true)
})
