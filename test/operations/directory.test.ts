// Edits of the directory as operations: what ends with whoever is deleted, in the same transaction, one event for each change; who may
// delete; and that two who delete each other leave one (D10; behaviour 2.5 rule 6, 9).

import { describe, expect, it } from 'vitest'
import { memoryTarget } from '../../src/connectors/memory/index.ts'
import { GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { DAY } from '../../src/domain/time.ts'
import { bindAccount } from '../../src/operations/bind-account.ts'
import { bindPrivilege } from '../../src/operations/bind-privilege.ts'
import { deletePrincipal, deleteUnit } from '../../src/operations/directory-delete.ts'
import { createGroup } from '../../src/operations/directory-groups.ts'
import { addReference, assignRole, removeReference } from '../../src/operations/directory-references.ts'
import { createUnit, unitScope } from '../../src/operations/directory-units.ts'
import { createUser, updateUser } from '../../src/operations/directory-users.ts'
import { registerTarget } from '../../src/operations/register-target.ts'
import { memoryOf, workerOn } from '../support/ledger.ts'
import { approvalBy, directoryRole, groupRole, idOf, MFA, makeWorld, OPERATORS, resourceRole, TEAM, WEEK } from '../support/world.ts'

const code = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code)
const user = (name: string) => ({ displayName: name, upn: `${name}@contoso.com`, enabled: true, attributes: { mailNickname: name } })
const group = (name: string, more: object = {}) => ({
  displayName: name,
  assignableToRole: false,
  members: [],
  owners: [],
  attributes: { mailNickname: name, mailEnabled: false, securityEnabled: true },
  ...more,
})

describe('deleting', async () => {
  const w = await makeWorld()
  const target = memoryTarget()
  target.entitlements.set('operators', new Map())
  for (const n of ['engineer', 'sam']) target.accounts.set(`id-${n}`, n)
  const worker = workerOn(w.ctx, [memoryOf(target)])
  const admin = w.as('admin')
  const holds = (account: string) => target.entitlements.get('operators')?.has(`id-${account}`) ?? false
  await registerTarget(w.ctx, admin, { name: 'vault', kind: 'memory', config: {} })
  await bindPrivilege(w.ctx, admin, { privilege: groupRole(), target: 'vault', entitlement: 'operators' })
  for (const name of ['engineer', 'sam'] as const)
    await bindAccount(w.ctx, admin, { target: 'vault', principalId: idOf(name), account: name })
  const eventsOf = async (correlationId: string) =>
    (
      await w.db.query<{ what: string }>(
        `select subject || ' ' || coalesce(to_state, action) as what from events where correlation_id = $1 and kind <> 'refusal' order by position`,
        [correlationId],
      )
    ).map((e) => e.what)

  it('a person ends what they hold, what waits for them, and their grants, with an event each', async () => {
    for (const p of [groupRole(), resourceRole()]) await w.seed(idOf('engineer'), 'Eligibility', p)
    await w.policy(resourceRole(), [approvalBy('lead')])
    const active = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))
    const waiting = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', resourceRole(), idOf('engineer')))
    const planned = await w.submit(
      admin,
      w.ask('adminAssign', 'Assignment', directoryRole(), idOf('engineer'), { schedule: { ...WEEK, start: w.now() + DAY } }),
    )
    expect([code(active), code(waiting), code(planned)]).toEqual(['ok', 'ok', 'ok'])
    await worker.run()
    expect(holds('engineer')).toBe(true)

    const call = w.as('admin')
    expect(code(await deletePrincipal(w.ctx, call, 'user', idOf('engineer')))).toBe('ok')
    const told = await eventsOf(call.correlationId)
    expect(told.filter((t) => t === 'principal deleteUser')).toHaveLength(1)
    expect([...told].sort()).toEqual(
      [
        'approval Canceled',
        'grant Revoking',
        'principal deleteUser',
        'request Canceled',
        'request Failed',
        'schedule Canceled',
        'schedule Revoked',
        'schedule Revoked',
        'schedule Revoked',
      ].sort(),
    )
    const [left] = await w.db.query<{ n: number }>(
      `select (select count(*) from schedules where principal_id = $1 and status in ('Granted', 'Provisioned'))::int
        + (select count(*) from requests where principal_id = $1 and status in ('PendingApproval', 'Granted'))::int as n`,
      [idOf('engineer')],
    )
    expect(left?.n).toBe(0)
    expect(await w.settle()).toBe(0)
    await worker.run()
    expect(holds('engineer')).toBe(false)
    expect(code(await deletePrincipal(w.ctx, admin, 'user', idOf('engineer')))).toBe('ResourceNotFound')
    expect(code(await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer'))))).toBe('Forbidden')
    // The name is free again.
    expect(code(await createUser(w.ctx, admin, user('engineer')))).toBe('ok')
  })

  it('a group takes its members’ access along, at once here and soon at targets', async () => {
    const made = await createGroup(w.ctx, admin, group('relay'))
    const relay = made.ok ? made.value.id : ''
    await addReference(w.ctx, admin, { groupId: relay, role: 'member', principalId: idOf('sam') })
    await w.seed(relay, 'Eligibility', groupRole())
    const active = await w.submit(w.as('sam'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('sam')))
    expect(code(active)).toBe('ok')
    await worker.run()
    expect(holds('sam')).toBe(true)
    const call = w.as('admin')
    expect(code(await deletePrincipal(w.ctx, call, 'group', relay))).toBe('ok')
    // The membership, the eligibility, and the activation that rested on it.
    expect((await eventsOf(call.correlationId)).filter((t) => t.startsWith('schedule'))).toHaveLength(3)
    await worker.run()
    expect(holds('sam')).toBe(false)
    expect(code(await addReference(w.ctx, admin, { groupId: relay, role: 'member', principalId: idOf('sam') }))).toBe('ResourceNotFound')
  })

  it('a refusal changes nothing and is told', async () => {
    const count = async () =>
      (
        await w.db.query(
          `select (select count(*) from principals where deleted_at is not null) as p, (select count(*) from schedules where status = 'Revoked') as s`,
        )
      )[0]
    const before = await count()
    const call = w.as('sam')
    expect(code(await deletePrincipal(w.ctx, call, 'user', idOf('auditor')))).toBe('Forbidden')
    expect(code(await deletePrincipal(w.ctx, call, 'group', TEAM))).toBe('Forbidden')
    expect(code(await deletePrincipal(w.ctx, admin, 'group', idOf('auditor')))).toBe('ResourceNotFound')
    expect(await count()).toEqual(before)
    const refusals = await w.db.query(`select action from events where kind = 'refusal' and correlation_id = $1`, [call.correlationId])
    expect(refusals).toEqual([{ action: 'deleteUser' }, { action: 'deleteGroup' }])
  })

  it('a unit ends the roles held for it', async () => {
    const made = await createUnit(w.ctx, admin, { displayName: 'North', attributes: {} })
    const scope = unitScope(made.ok ? made.value.id : '')
    expect(code(await assignRole(w.ctx, admin, { plane: 'directory', scope, role: USER_ADMINISTRATOR }, idOf('sam')))).toBe('ok')
    const call = w.as('admin')
    expect(code(await deleteUnit(w.ctx, call, scope))).toBe('ok')
    expect(await eventsOf(call.correlationId)).toEqual(['schedule Revoked', 'scope deleteUnit'])
    expect(code(await assignRole(w.ctx, admin, { plane: 'directory', scope, role: USER_ADMINISTRATOR }, idOf('sam')))).toBe(
      'ResourceNotFound',
    )
  })
})

describe('the last administrators', async () => {
  const w = await makeWorld()
  const admin = w.as('admin')

  it('cannot be deleted, nor the group by which they are', async () => {
    const made = await createGroup(w.ctx, admin, group('admins', { assignableToRole: true, members: [idOf('priya')] }))
    const admins = made.ok ? made.value.id : ''
    expect(code(await assignRole(w.ctx, admin, directoryRole(GLOBAL_ADMINISTRATOR), admins))).toBe('ok')
    expect(code(await updateUser(w.ctx, w.as('priya'), idOf('admin'), { enabled: false, attributes: {} }))).toBe('ok')
    expect(code(await deletePrincipal(w.ctx, w.as('priya'), 'group', admins))).toBe('CannotRemoveLastActiveAdministrator')
    expect(code(await deletePrincipal(w.ctx, w.as('priya'), 'user', idOf('priya')))).toBe('CannotRemoveLastActiveAdministrator')
    expect(code(await updateUser(w.ctx, w.as('priya'), idOf('priya'), { enabled: false, attributes: {} }))).toBe(
      'CannotRemoveLastActiveAdministrator',
    )
    expect(code(await updateUser(w.ctx, w.as('priya'), idOf('admin'), { enabled: true, attributes: {} }))).toBe('ok')
    expect(code(await deletePrincipal(w.ctx, admin, 'group', admins))).toBe('ok')
    expect(code(await deletePrincipal(w.ctx, w.as('priya'), 'user', idOf('sam')))).toBe('Forbidden')
  })

  it('who delete each other in the same moment leave one', async () => {
    await w.seed(idOf('priya'), 'Assignment', directoryRole(GLOBAL_ADMINISTRATOR))
    const answers = await Promise.all([
      deletePrincipal(w.ctx, w.as('admin'), 'user', idOf('priya')),
      deletePrincipal(w.ctx, w.as('priya'), 'user', idOf('admin')),
    ])
    expect(answers.map(code).sort()).toEqual([expect.stringMatching(/Forbidden|CannotRemoveLastActiveAdministrator/), 'ok'])
  })
})

describe('references', async () => {
  const w = await makeWorld()
  const admin = w.as('admin')
  const member = { groupId: OPERATORS, role: 'member', principalId: idOf('sam') } as const

  it('are judged, marked and told as what they are', async () => {
    expect(code(await addReference(w.ctx, w.as('auditor'), member))).toBe('Forbidden')
    expect(code(await addReference(w.ctx, admin, member))).toBe('ok')
    expect(code(await addReference(w.ctx, admin, member))).toBe('ReferenceExists')
    const [row] = await w.db.query(`select source, request_id from schedules where scope = $1 and principal_id = $2`, [
      OPERATORS,
      idOf('sam'),
    ])
    expect(row).toEqual({ source: 'Outside', request_id: null })
    expect(code(await removeReference(w.ctx, admin, member))).toBe('ok')
    expect(code(await removeReference(w.ctx, admin, member))).toBe('ResourceNotFound')
    // No group is an active member of one that may hold roles.
    expect(code(await addReference(w.ctx, admin, { ...member, principalId: TEAM }))).toBe('PrincipalNotAllowed')
  })

  it('are asked for a second factor where an assignment would be', async () => {
    await w.policy(groupRole(), [
      {
        kind: 'Enablement',
        id: 'Enablement_Admin_Assignment',
        caller: 'Admin',
        level: 'Assignment',
        enabledRules: ['MultiFactorAuthentication'],
      },
    ])
    expect(code(await addReference(w.ctx, w.as('admin', { amr: ['pwd'] }), member))).toBe('RoleAssignmentRequestPolicyValidationFailed')
    expect(code(await addReference(w.ctx, w.as('admin', MFA), member))).toBe('ok')
  })

  it('and the refusals of objects have their names', async () => {
    expect(code(await createUser(w.ctx, admin, user('sam')))).toBe('ObjectConflict')
    expect(code(await createUser(w.ctx, admin, { ...user('x'), upn: 'x@elsewhere.com' }))).toBe('InvalidObject')
    expect(code(await updateUser(w.ctx, admin, idOf('lead'), { upn: 'sam@contoso.com', attributes: {} }))).toBe('ObjectConflict')
  })
})
