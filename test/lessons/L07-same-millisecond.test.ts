// L7: work is identified by construction, never by clock: grants of the same millisecond do not collide.

import { expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { derivedId } from '../../src/store/derived-id.ts'
import { accountFor, bind, governVault, grantsOf, vault, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld, type Name, TEAM } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
await governVault(w, t, groupRole())
await t.peer.setup([t.peer.entitlement.name, 'second'])
await bind(w, groupRole(TEAM), 'second')
const names: readonly Name[] = ['engineer', 'sam', 'priya', 'lead', 'manager', 'auditor']
const accounts = await Promise.all(names.map(async (n) => [n, await accountFor(w, t, n)] as const))
for (const n of names) for (const p of [groupRole(), groupRole(TEAM)]) await w.seed(idOf(n), 'Eligibility', p)
const workers = [workerOn(w.ctx), workerOn(w.ctx)]

it('twelve activations and then twelve ends at one instant, driven by two workers at once', async () => {
  const asked = await Promise.all(
    names.flatMap((n) => [groupRole(), groupRole(TEAM)].map((p) => w.submit(w.as(n), w.ask('selfActivate', 'Assignment', p, idOf(n))))),
  )
  expect(asked.every((a) => a.ok)).toBe(true)
  await Promise.all(workers.map((one) => one.run()))
  for (const [n, account] of accounts) {
    expect((await grantsOf(w, n)).map((g) => [g.entitlement, g.state]).sort()).toEqual([
      [t.peer.entitlement.name, 'Granted'],
      ['second', 'Granted'],
    ])
    expect(await t.peer.can(account)).toBe(true)
  }
  const [made] = await w.db.query(
    `select count(*)::int as events, count(distinct id)::int as ids, count(distinct at)::int as instants from events where machine = 'grant' and to_state = 'Granting'`,
  )
  expect(made).toEqual({ events: 12, ids: 12, instants: 1 })
  w.pass(HOUR)
  await Promise.all(workers.map((one) => one.run()))
  for (const [n, account] of accounts) {
    expect((await grantsOf(w, n)).map((g) => g.state)).toEqual(['Revoked', 'Revoked'])
    expect(await t.peer.can(account)).toBe(false)
  }
})

it('the same thing has the same name wherever it is made, and other things have others', () => {
  expect(derivedId('grant', 'a', 'b')).toBe(derivedId('grant', 'a', 'b'))
  expect(derivedId('grant', 'a', 'b')).not.toBe(derivedId('grant', 'ab', ''))
  expect(derivedId('grant', 'a', 'b')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
})
