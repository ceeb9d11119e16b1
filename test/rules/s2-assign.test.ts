// Behaviour 2.1–2.3: who may assign what to whom. Each test names the rule it holds.

import { describe, expect, it } from 'vitest'
import { PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import {
  directoryRole,
  groupRole,
  idOf,
  MFA,
  makeWorld,
  OPERATORS,
  OWNER,
  PLANE_CASES,
  RG,
  resourceRole,
  SERVICE,
  SUBSCRIPTION,
  TEAM,
  WEEK,
} from '../support/world.ts'

describe.each(PLANE_CASES)('on the %s plane', async (plane, privilege) => {
  const w = await makeWorld()
  const assign = (level: 'Eligibility' | 'Assignment', principal: string, more = {}, by: Parameters<typeof w.as>[0] = 'admin') =>
    w.submit(w.as(by), w.ask('adminAssign', level, privilege, principal, { schedule: WEEK, ...more }))

  it('2.3.1 the caller is an administrator right now: the merely eligible must activate first', async () => {
    expect(await assign('Eligibility', idOf('sam'), {}, 'engineer')).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    const admin = {
      directory: directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR),
      resource: resourceRole(SUBSCRIPTION, OWNER),
      group: groupRole(OPERATORS, 'owner'),
    }
    await w.seed(idOf('priya'), 'Eligibility', admin[privilege.plane])
    expect(await assign('Eligibility', idOf('sam'), {}, 'priya')).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect(await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', admin[privilege.plane], idOf('priya')))).toMatchObject({
      ok: true,
    })
    expect(await assign('Eligibility', idOf('sam'), {}, 'priya')).toMatchObject({ ok: true })
  })

  it('2.3.2 no service principal is eligible; active it may be', async () => {
    expect(await assign('Eligibility', SERVICE)).toMatchObject({ ok: false, fault: { code: 'PrincipalNotAllowed' } })
    expect(await assign('Assignment', SERVICE)).toMatchObject({ ok: true })
  })

  it('2.3.5 a future start, and an end after it', async () => {
    const start = w.now() + DAY
    expect(
      await assign('Eligibility', idOf('lead'), { schedule: { start, type: 'AfterDateTime', duration: null, end: start } }),
    ).toMatchObject({
      ok: false,
      fault: { code: 'InvalidRoleAssignmentRequest' },
    })
    expect(await assign('Eligibility', idOf('lead'), { schedule: { ...WEEK, start } })).toMatchObject({
      ok: true,
      value: { request: { status: 'Granted' } },
    })
  })

  it('2.3.6 shorter than five minutes is refused', async () => {
    const refused = await assign('Assignment', idOf('manager'), {
      schedule: { start: null, type: 'AfterDuration', duration: 'PT4M59S', end: null },
    })
    expect(refused).toMatchObject({ ok: false, fault: { code: 'ActiveDurationTooShort' } })
  })

  it('2.3.7 the policy of the level: longest period, and what the administrator must give', async () => {
    const long = await assign('Assignment', idOf('manager'), {
      schedule: { start: null, type: 'AfterDuration', duration: 'P400D', end: null },
      justification: null,
    })
    const rules = plane === 'directory' ? ['JustificationRule'] : ['ExpirationRule', 'JustificationRule']
    expect(long.ok || long.fault.findings.map((f) => f.rule)).toEqual(rules)
    const forever = await assign('Eligibility', idOf('manager'), {
      schedule: { start: null, type: 'NoExpiration', duration: null, end: null },
    })
    expect(forever.ok || forever.fault.findings.map((f) => f.rule)).toEqual(plane === 'directory' ? true : ['ExpirationRule'])
  })

  it('2.3.8 the same key and level again is refused, also while it is only planned', async () => {
    expect(await assign('Eligibility', idOf('lead'))).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
  })

  it('2.3.12 the result shows at once', async () => {
    await assign('Assignment', idOf('auditor'))
    const [row] = await w.db.query<{ status: string }>('select status from schedules where principal_id = $1', [idOf('auditor')])
    expect(row?.status).toBe('Provisioned')
  })

  it('2.1 update, extend and renew move an end, and need something to move', async () => {
    const ask = (action: 'adminUpdate' | 'adminExtend' | 'adminRenew', schedule: typeof WEEK) =>
      w.submit(w.as('admin'), w.ask(action, 'Assignment', privilege, idOf('auditor'), { schedule }))
    expect(await ask('adminUpdate', { ...WEEK, duration: 'P2D' })).toMatchObject({
      ok: true,
      value: { schedule: { window: { end: w.now() + 2 * DAY } } },
    })
    expect(await ask('adminExtend', { ...WEEK, duration: 'P3D' })).toMatchObject({
      ok: true,
      value: { schedule: { window: { end: w.now() + 3 * DAY } } },
    })
    expect(await ask('adminRenew', WEEK)).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
    w.pass(4 * DAY)
    await w.settle()
    expect(await ask('adminExtend', WEEK)).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
    expect(await ask('adminRenew', WEEK)).toMatchObject({ ok: true })
    w.pass(7 * DAY)
    await w.settle()
    w.pass(31 * DAY)
    expect(await ask('adminRenew', WEEK)).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
    expect(await ask('adminUpdate', WEEK)).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
  })

  it('2.1 an update to a later start ends what is and plans what shall be', async () => {
    await assign('Eligibility', idOf('auditor'))
    const start = w.now() + DAY
    const moved = await w.submit(
      w.as('admin'),
      w.ask('adminUpdate', 'Eligibility', privilege, idOf('auditor'), { schedule: { ...WEEK, start } }),
    )
    expect(moved).toMatchObject({ ok: true, value: { request: { status: 'Granted' }, schedule: { status: 'Granted', window: { start } } } })
  })

  it('2.1 self-extension and self-renewal wait for an administrator; extending needs the last 14 days, and a reason', async () => {
    const me = idOf('manager')
    await w.seed(me, 'Assignment', privilege, { end: w.now() + 20 * DAY })
    const extend = (more = {}) => w.submit(w.as('manager'), w.ask('selfExtend', 'Assignment', privilege, me, { schedule: null, ...more }))
    expect(await extend()).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
    w.pass(7 * DAY)
    expect((await extend({ justification: null })).ok).toBe(false)
    expect(await extend()).toMatchObject({ ok: true, value: { request: { status: 'PendingAdminDecision' } } })
    expect(await extend()).toMatchObject({ ok: false, fault: { code: 'PendingRoleAssignmentRequest' } })
  })

  it('2.2 the order of checks: authority, form, existence, duplicates, length, policy', async () => {
    const nobody = '99999999-9999-9999-9999-999999999999'
    const worst = w.ask('adminAssign', 'Assignment', privilege, nobody, { schedule: null, justification: null })
    expect(await w.submit(w.as('engineer'), worst)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect(await w.submit(w.as('admin'), worst)).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
    expect(await assign('Assignment', nobody, { justification: null })).toMatchObject({ ok: false, fault: { code: 'SubjectNotFound' } })
    const unknownRole = { ...privilege, role: nobody }
    expect(await w.submit(w.as('admin'), w.ask('adminAssign', 'Assignment', unknownRole, idOf('sam'), { schedule: WEEK }))).toMatchObject({
      ok: false,
      fault: { code: 'RoleNotFound' },
    })
  })
})

describe('plane by plane', async () => {
  const w = await makeWorld()
  const assign = (level: 'Eligibility' | 'Assignment', p: Parameters<typeof w.ask>[2], principal: string) =>
    w.submit(w.as('admin'), w.ask('adminAssign', level, p, principal, { schedule: WEEK }))

  it('2.3.3 only a role-assignable group holds a directory role', async () => {
    expect(await assign('Eligibility', directoryRole(), '33333333-3333-3333-3333-333333333333')).toMatchObject({
      ok: false,
      fault: { code: 'PrincipalNotAllowed' },
    })
    expect(await assign('Eligibility', directoryRole(), TEAM)).toMatchObject({ ok: true })
  })

  it('2.3.4 no dynamic or synchronised group; no group as an active member of a role-assignable one, but as an eligible one', async () => {
    expect(await assign('Assignment', groupRole(OPERATORS), TEAM)).toMatchObject({ ok: false, fault: { code: 'PrincipalNotAllowed' } })
    expect(await assign('Eligibility', groupRole(OPERATORS), TEAM)).toMatchObject({ ok: true })
    await w.db.query(`update principals set membership = 'dynamic' where id = $1`, [TEAM])
    expect(await assign('Eligibility', groupRole(TEAM), idOf('sam'))).toMatchObject({ ok: false, fault: { code: 'PrincipalNotAllowed' } })
  })

  it('2.3.9 a condition is kept and shown, and judged by nobody', async () => {
    const made = await w.submit(
      w.as('admin'),
      w.ask('adminAssign', 'Eligibility', resourceRole(), idOf('sam'), {
        schedule: WEEK,
        condition: '@Resource[x] StringEquals 1',
        conditionVersion: '2.0',
      }),
    )
    expect(made).toMatchObject({ ok: true, value: { schedule: { condition: '@Resource[x] StringEquals 1', conditionVersion: '2.0' } } })
  })

  it('2.3.10 a subscription holds 4000 active assignments at most; eligible ones do not count', async () => {
    await w.db.query(
      `insert into principals (id, kind, display_name, created_at) select gen_random_uuid(), 'user', 'many', now() from generate_series(1, 4000)`,
    )
    await w.db.query(
      `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
       select gen_random_uuid(), 'x', 'resource', $1, $2, id, 'Assignment', 'Assigned', 'Provisioned', '2020-01-01', '2020-01-01' from principals where display_name = 'many'`,
      [RG, resourceRole().role],
    )
    expect(await assign('Assignment', resourceRole(SUBSCRIPTION), idOf('lead'))).toMatchObject({
      ok: false,
      fault: { code: 'RoleAssignmentLimitExceeded' },
    })
    expect(await assign('Eligibility', resourceRole(SUBSCRIPTION), idOf('lead'))).toMatchObject({ ok: true })
  })

  it('2.3.11 the first assignment brings a group under management', async () => {
    const managed = async () =>
      (
        await w.db.query<{ m: number | null }>(`select managed_at as m from scopes where plane = 'group' and id = $1`, [
          '33333333-3333-3333-3333-333333333333',
        ])
      )[0]?.m
    expect(await managed()).toBeNull()
    await assign('Eligibility', groupRole('33333333-3333-3333-3333-333333333333'), idOf('sam'))
    expect(await managed()).toBe(w.now())
  })

  it('2.2.4 a locked resource refuses', async () => {
    await w.db.query(`update scopes set locked = true where id = $1`, [RG])
    expect(await assign('Eligibility', resourceRole(RG), idOf('auditor'))).toMatchObject({ ok: false, fault: { code: 'ResourceIsLocked' } })
  })

  it('a custom role is assigned within its assignable scopes only', async () => {
    const custom = '77777777-7777-4777-8777-777777777777'
    await w.db.query(`insert into roles (plane, id, name, built_in, assignable_scopes) values ('resource', $1, 'Custom', false, $2)`, [
      custom,
      [`${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`],
    ])
    expect(await assign('Eligibility', resourceRole(SUBSCRIPTION, custom), idOf('auditor'))).toMatchObject({
      ok: false,
      fault: { code: 'ScopeDoesNotMatchRoleDefinition' },
    })
  })

  it('3.5 multifactor on active assignment concerns the assigning administrator; a program never has it', async () => {
    await w.policy(directoryRole(), [
      {
        kind: 'Enablement',
        id: 'Enablement_Admin_Assignment',
        caller: 'Admin',
        level: 'Assignment',
        enabledRules: ['MultiFactorAuthentication'],
      },
    ])
    const ask = w.ask('adminAssign', 'Assignment', directoryRole(), idOf('auditor'), { schedule: WEEK })
    const refused = await w.submit(w.as('admin', { amr: ['pwd'] }), ask)
    expect(refused.ok || refused.fault.words).toBe('The following policy rules failed: ["MfaRule"]')
    const app = {
      actor: { t: 'app' as const, id: SERVICE, permissions: ['RoleManagement.ReadWrite.Directory'], ip: null },
      correlationId: idOf('admin'),
    }
    expect((await w.submit(app, ask)).ok).toBe(false)
    expect(await w.submit(w.as('admin', MFA), ask)).toMatchObject({ ok: true })
    expect(await w.submit(app, { ...ask, principalId: idOf('sam'), level: 'Eligibility' })).toMatchObject({ ok: true })
    expect(MINUTE).toBe(60_000)
  })
})
