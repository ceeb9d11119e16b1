// L3: a revocation never fails. While the target is down it is tried on, alarmed and shown as overdue; it is the first thing done
// when the target is back.

import { expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { listTargets } from '../../src/operations/list-grants.ts'
import { accountFor, governVault, grantOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
const sams = await accountFor(w, t, 'sam')
for (const name of ['engineer', 'sam'] as const) await w.seed(idOf(name), 'Eligibility', groupRole())
const worker = workerOn(w.ctx, undefined, 1)
const activate = (name: 'engineer' | 'sam') => w.submit(w.as(name), w.ask('selfActivate', 'Assignment', groupRole(), idOf(name)))

it('is overdue, alarmed and tried for ever while the target is down', async () => {
  await activate('engineer')
  await worker.run()
  expect(await t.peer.can(account)).toBe(true)
  w.pass(HOUR)
  t.gate.refuse()
  let tries = 0
  for (let n = 0; n < 40; n++) {
    await worker.run()
    const { attempts } = await grantOf(w, 'engineer')
    expect(attempts).toBeGreaterThan(tries)
    tries = attempts
    w.pass(MINUTE)
  }
  expect(await grantOf(w, 'engineer')).toMatchObject({ state: 'RevokeOverdue', observed: 'present' })
  expect(worker.told.filter((l) => l.level === 'error' && l.words === 'a revocation is overdue: access stands')).toHaveLength(1)
  expect(await w.db.query(`select 1 from events where action = 'RevocationOverdue'`)).toHaveLength(1)
  const shown = await listTargets(w.ctx, w.as('admin'))
  expect(shown.ok && shown.value[0]?.grants).toEqual({ RevokeOverdue: 1 })
})

it('needs no attempt to be noticed: the alarm does not depend on a worker that reaches the target', async () => {
  const [row] = await w.db.query<{ n: number }>(`select count(*) as n from grants where state = 'Failed'`)
  expect(row?.n).toBe(0)
})

it('comes first when the target is back, though a grant has waited longer for its try', async () => {
  await activate('sam')
  await w.db.query(`update grants set next_at = $1 where state = 'Granting'`, [new Date(w.now() - HOUR).toISOString()])
  t.gate.pass()
  const before = worker.told.length
  await worker.run()
  const order = worker.told.slice(before).map((l) => (l.data as { to?: string }).to)
  expect(order.filter((to) => to === 'Revoked' || to === 'Granted')).toEqual(['Revoked', 'Granted'])
  expect(await t.peer.can(account)).toBe(false)
  expect(await t.peer.can(sams)).toBe(true)
  const [expiry] = await w.db.query<{ ms: number }>(
    'select (extract(epoch from proven_at - ended_at) * 1000)::bigint as ms from target_expiry',
  )
  expect(expiry?.ms, 'the whole time is told').toBeGreaterThanOrEqual(40 * MINUTE)
})
