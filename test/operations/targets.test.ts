// Targets, bindings and accounts: who may, what is refused, and what follows for grants. D10: whoever is disabled is out at once.

import { describe, expect, it } from 'vitest'
import { memoryTarget } from '../../src/connectors/memory/index.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { bindAccount } from '../../src/operations/bind-account.ts'
import { bindPrivilege, listBindings, unbindPrivilege } from '../../src/operations/bind-privilege.ts'
import { listFindings, listGrants, listTargets } from '../../src/operations/list-grants.ts'
import { registerTarget, updateTarget } from '../../src/operations/register-target.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { grantOf, grantsOf, memoryOf, workerOn } from '../support/ledger.ts'
import { groupRole, idOf, makeWorld, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const w = await makeWorld()
const target = memoryTarget()
target.entitlements.set('operators', new Map())
target.entitlements.set('readers', new Map())
for (const n of ['engineer', 'sam', 'priya', 'eve', 'a', 'b', 'c', 'd', 'e']) target.accounts.set(`id-${n}`, n)
const worker = workerOn(w.ctx, [memoryOf(target)])
const admin = w.as('admin')
const holds = (account: string, entitlement = 'operators') => target.entitlements.get(entitlement)?.has(`id-${account}`) ?? false
const code = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code)
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
await w.seed(idOf('sam'), 'Eligibility', groupRole())
const activate = (name: 'engineer' | 'sam', privilege = groupRole()) =>
  w.submit(w.as(name), w.ask('selfActivate', 'Assignment', privilege, idOf(name)))

describe('bindings', () => {
  it('are for administrators of the installation; a refusal is recorded', async () => {
    for (const who of ['engineer', 'lead'] as const) {
      expect(code(await registerTarget(w.ctx, w.as(who), { name: 'vault', kind: 'memory', config: {} }))).toBe('Forbidden')
      expect(code(await bindPrivilege(w.ctx, w.as(who), { privilege: groupRole(), target: 'vault', entitlement: 'operators' }))).toBe(
        'Forbidden',
      )
      expect(code(await bindAccount(w.ctx, w.as(who), { target: 'vault', principalId: idOf(who), account: who }))).toBe('Forbidden')
      expect(code(await listBindings(w.ctx, w.as(who)))).toBe('Forbidden')
      expect(code(await listTargets(w.ctx, w.as(who)))).toBe('Forbidden')
    }
    expect(await w.db.query(`select 1 from events where kind = 'refusal' and action = 'registerTarget'`)).toHaveLength(2)
  })

  it('need a target, a scope and a role that exist, once', async () => {
    const made = await registerTarget(w.ctx, admin, { name: 'vault', kind: 'memory', config: {} })
    expect(made.ok).toBe(true)
    expect(code(await registerTarget(w.ctx, admin, { name: 'vault', kind: 'memory', config: {} }))).toBe('TargetExists')
    expect(code(await registerTarget(w.ctx, admin, { name: 'other', kind: 'memory', config: { password: 'secret' } }))).toBe(
      'MalformedBody',
    )
    expect(code(await bindPrivilege(w.ctx, admin, { privilege: groupRole(), target: 'nowhere', entitlement: 'operators' }))).toBe(
      'ResourceNotFound',
    )
    expect(code(await bindPrivilege(w.ctx, admin, { privilege: groupRole(idOf('sam')), target: 'vault', entitlement: 'x' }))).toBe(
      'ResourceNotFound',
    )
    expect(code(await bindPrivilege(w.ctx, admin, { privilege: groupRole(), target: 'vault', entitlement: 'operators' }))).toBe('ok')
    expect(code(await bindPrivilege(w.ctx, admin, { privilege: groupRole(), target: 'vault', entitlement: 'operators' }))).toBe(
      'AlreadyBound',
    )
    expect(code(await bindAccount(w.ctx, admin, { target: 'vault', principalId: idOf('engineer'), account: 'engineer' }))).toBe('ok')
    expect(code(await bindAccount(w.ctx, admin, { target: 'vault', principalId: idOf('engineer'), account: 'sam' }))).toBe('AlreadyBound')
    expect(code(await bindAccount(w.ctx, admin, { target: 'vault', principalId: idOf('sam'), account: 'engineer' }))).toBe('AlreadyBound')
    expect(code(await updateTarget(w.ctx, admin, 'nowhere', { enabled: false }))).toBe('ResourceNotFound')
    expect(code(await updateTarget(w.ctx, admin, 'vault', { objectiveMs: 10_000 }))).toBe('ok')
  })

  it('grant to whoever holds the privilege already, and revoke when taken away; others’ rows stay theirs', async () => {
    await activate('engineer')
    await worker.run()
    expect(holds('engineer')).toBe(true)
    await bindPrivilege(w.ctx, admin, { privilege: groupRole(), target: 'vault', entitlement: 'readers' })
    await worker.run()
    expect(holds('engineer', 'readers')).toBe(true)
    const all = await listBindings(w.ctx, admin)
    const readers = all.ok ? all.value.find((b) => b.entitlement === 'readers') : undefined
    expect(code(await unbindPrivilege(w.ctx, admin, String(readers?.id)))).toBe('ok')
    await worker.run()
    expect([holds('engineer', 'readers'), holds('engineer')]).toEqual([false, true])
  })
})

describe('accounts', () => {
  it('without one the grant waits and says so; binding one lets it go on', async () => {
    await activate('sam')
    await worker.run()
    expect(await grantOf(w, 'sam')).toMatchObject({ state: 'GrantBlocked', account: null, reason: 'no account is bound' })
    await bindAccount(w.ctx, admin, { target: 'vault', principalId: idOf('sam'), account: 'sam' })
    await worker.run()
    expect(await grantOf(w, 'sam')).toMatchObject({ state: 'Granted', account: 'sam', reason: null })
    expect(holds('sam')).toBe(true)
  })

  it('whoever never had one is not in the way when the time is over', async () => {
    await w.seed(idOf('priya'), 'Eligibility', groupRole())
    await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('priya')))
    await worker.run()
    w.pass(HOUR)
    await worker.run()
    expect((await grantsOf(w, 'priya')).map((g) => g.state)).toEqual(['Revoked'])
    expect([holds('engineer'), holds('sam')]).toEqual([false, false])
    await w.settle()
  })

  it('everybody sees their own grants, readers all of them', async () => {
    const own = await listGrants(w.ctx, w.as('sam'), { principalId: idOf('sam') })
    expect(own.ok && own.value.map((g) => g.principalId)).toEqual([idOf('sam')])
    expect(code(await listGrants(w.ctx, w.as('sam'), { principalId: idOf('engineer') }))).toBe('Forbidden')
  })
})

describe('D10', () => {
  it('whoever is disabled is out in the same breath, and in again when enabled and still entitled', async () => {
    await activate('engineer')
    await worker.run()
    expect(holds('engineer')).toBe(true)
    expect(code(await setPrincipalEnabled(w.ctx, admin, idOf('engineer'), false))).toBe('ok')
    expect((await grantsOf(w, 'engineer')).find((g) => g.entitlement === 'operators')).toMatchObject({ state: 'Revoking' })
    await worker.run()
    expect(holds('engineer')).toBe(false)
    expect(code(await setPrincipalEnabled(w.ctx, admin, idOf('engineer'), true))).toBe('ok')
    await worker.run()
    expect(holds('engineer')).toBe(true)
    expect(code(await setPrincipalEnabled(w.ctx, admin, groupRole().scope, false))).toBe('SubjectNotFound')
  })

  it('a lost eligibility ends the activation on it, here and there', async () => {
    const gone = await w.submit(admin, w.ask('adminRemove', 'Eligibility', groupRole(), idOf('engineer'), { schedule: null }))
    expect(gone.ok).toBe(true)
    await worker.run()
    expect(holds('engineer')).toBe(false)
  })

  it('access from a scope above reaches what is bound below, and ends with it', async () => {
    await bindPrivilege(w.ctx, admin, { privilege: resourceRole(RG), target: 'vault', entitlement: 'readers' })
    await w.seed(idOf('sam'), 'Eligibility', resourceRole(SUBSCRIPTION))
    await activate('sam', resourceRole(SUBSCRIPTION))
    await worker.run()
    expect(holds('sam', 'readers')).toBe(true)
    w.pass(HOUR)
    await worker.run()
    expect(holds('sam', 'readers')).toBe(false)
  })
})

describe('drift', () => {
  const look = async () => {
    w.pass(6 * MINUTE)
    await worker.run()
    while ((await worker.look()) > 0);
    await worker.run()
    const listed = await listTargets(w.ctx, admin)
    const found = await listFindings(w.ctx, admin, listed.ok ? (listed.value[0]?.id ?? '') : '')
    return found.ok ? found.value.map((f) => `${f.kind} ${f.subject}`).sort() : []
  }

  it('a holder that nothing explains is reported, with an event; removed where the policy says so and it was ours', async () => {
    target.entitlements.get('operators')?.set('id-eve', { ours: true, others: [] })
    expect(await look()).toEqual(['unknown id-eve'])
    expect(holds('eve')).toBe(true)
    expect(await w.db.query(`select 1 from events where subject = 'drift' and action = 'unknown'`)).toHaveLength(1)
    await updateTarget(w.ctx, admin, 'vault', { drift: 'remove' })
    await look()
    expect(holds('eve')).toBe(false)
    expect(await look()).toEqual([])
  })

  it('what is missing is put back, what returned is revoked again', async () => {
    await w.settle()
    await activate('sam')
    await worker.run()
    target.entitlements.get('operators')?.delete('id-sam')
    target.entitlements.get('operators')?.set('id-engineer', { ours: true, others: [] })
    await look()
    expect([holds('sam'), holds('engineer')]).toEqual([true, false])
  })

  it('a pass that would change much stops and asks, and still ends what we ended', async () => {
    for (const n of ['a', 'b', 'c', 'd', 'e']) target.entitlements.get('operators')?.set(`id-${n}`, { ours: true, others: [] })
    target.entitlements.get('operators')?.set('id-engineer', { ours: true, others: [] })
    expect(await look()).toContain('brake brake')
    expect([holds('a'), holds('engineer')]).toEqual([true, false])
  })
})
