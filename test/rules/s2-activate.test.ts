// Behaviour 2.4: activation. Each test names the rule it holds.

import { describe, expect, it } from 'vitest'
import { challengeClaims, challengeMessage } from '../../src/domain/policy/proof-demand.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import {
  AU,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  OPERATORS,
  PLANE_CASES,
  RG,
  resourceRole,
  SERVICE,
  SUBSCRIPTION,
  TEAM,
} from '../support/world.ts'

const ENABLEMENT = { kind: 'Enablement', id: 'Enablement_EndUser_Assignment', caller: 'EndUser', level: 'Assignment' }
const CONTEXT = {
  kind: 'AuthenticationContext',
  id: 'AuthenticationContext_EndUser_Assignment',
  caller: 'EndUser',
  level: 'Assignment',
  isEnabled: true,
}

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  const me = idOf('engineer')
  const activate = (more = {}, call = w.as('engineer')) => w.submit(call, w.ask('selfActivate', 'Assignment', privilege, me, more))
  const deactivate = () => w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me))
  const rules = (r: Awaited<ReturnType<typeof activate>>) => (r.ok ? [] : r.fault.findings.map((f) => f.rule))
  const lasting = (duration: string, start: number | null = null) => ({
    schedule: { start, type: 'AfterDuration' as const, duration, end: null },
  })

  it('2.4.3 without an eligibility there is nothing to activate', async () => {
    expect(rules(await activate())).toEqual(['EligibilityRule'])
    await w.seed(me, 'Eligibility', privilege, { start: w.now() - DAY, end: w.now() + 10 * DAY })
    expect(rules(await activate(lasting('PT1H', w.now() + 11 * DAY)))).toContain('EligibilityRule')
  })

  it('2.4.1 only the caller activates for itself', async () => {
    expect(await activate({}, w.as('sam'))).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect(await activate({}, w.as('admin'))).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
  })

  it('2.4.2 no program activates', async () => {
    const app = {
      actor: { t: 'app' as const, id: SERVICE, permissions: ['RoleManagement.ReadWrite.Directory'], ip: null },
      correlationId: me,
    }
    expect(await activate({}, app)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
  })

  it('2.4.6 an end, and at most the rule allows', async () => {
    expect(rules(await activate({ schedule: { start: null, type: 'NoExpiration', duration: null, end: null } }))).toEqual([
      'ExpirationRule',
    ])
    expect(rules(await activate(lasting('PT8H1M')))).toEqual(['ExpirationRule'])
    expect(await activate({ ...lasting('PT8H'), validationOnly: true })).toMatchObject({ ok: true })
  })

  it('2.4.7 shorter than five minutes is refused', async () => {
    expect(await activate(lasting('PT4M'))).toMatchObject({ ok: false, fault: { code: 'ActiveDurationTooShort' } })
    expect(await activate({ ...lasting('PT5M'), validationOnly: true })).toMatchObject({ ok: true })
  })

  it('2.4.8 a later start: access begins only then; 2.4.11 it is pending until then', async () => {
    const planned = await activate(lasting('PT1H', w.now() + HOUR))
    expect(planned).toMatchObject({ ok: true, value: { request: { status: 'Granted' }, schedule: { status: 'Granted' } } })
    expect(await activate()).toMatchObject({ ok: false, fault: { code: 'PendingRoleAssignmentRequest' } })
    w.pass(HOUR)
    await w.settle()
    expect(await activate()).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
    w.pass(HOUR)
  })

  it('2.4.10 active already is refused, given or activated alike', async () => {
    await activate()
    expect(await activate()).toMatchObject({
      ok: false,
      fault: { code: 'RoleAssignmentExists', words: 'The Role assignment already exists.' },
    })
    await deactivate()
    const given = await w.seed(me, 'Assignment', privilege)
    expect(await activate()).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
    await w.db.query(`update schedules set ends_at = starts_at, status = 'Revoked' where id = $1`, [given])
  })

  it('2.4.13 multifactor, justification and ticket are asked as the rule says, and all that is missing is said at once', async () => {
    await w.policy(privilege, [{ ...ENABLEMENT, enabledRules: ['MultiFactorAuthentication', 'Justification', 'Ticketing'] }])
    const bare = await activate({ justification: '  ', ...lasting('PT9H') }, w.as('engineer', { amr: ['pwd'] }))
    expect(rules(bare)).toEqual(['ExpirationRule', 'MfaRule', 'JustificationRule', 'TicketingRule'])
    expect(bare.ok || bare.fault.code).toBe('RoleAssignmentRequestPolicyValidationFailed')
    expect(await activate({ ticketNumber: 'INC-1', validationOnly: true }, w.as('engineer', { amr: ['fido'] }))).toMatchObject({ ok: true })
  })

  it('3.5 an authentication context: the exact challenge, met by the claim, and never by multifactor alone', async () => {
    await w.policy(privilege, [
      { ...ENABLEMENT, enabledRules: [] },
      { ...CONTEXT, claimValue: 'c1' },
    ])
    const refused = await activate()
    expect(refused).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentRequestAcrsValidationFailed' } })
    expect(refused.ok || refused.fault.words).toBe(
      '&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D',
    )
    expect(challengeMessage(challengeClaims({ context: 'c1', bound: null }))).toBe(refused.ok || refused.fault.words)
    expect(await activate({ validationOnly: true }, w.as('engineer', { acrs: ['c1'] }))).toMatchObject({ ok: true })
    await w.policy(privilege, [
      { ...ENABLEMENT, enabledRules: [] },
      { ...CONTEXT, claimValue: 'c9' },
    ])
    expect(await activate({}, w.as('engineer', { acrs: ['c9'] }))).toMatchObject({
      ok: false,
      fault: { code: 'RoleAssignmentRequestAcrsValidationFailed' },
    })
    await w.policy(privilege, [])
  })

  it('2.4.9 an activation cannot outlast its eligibility; with less than five minutes left it is refused', async () => {
    w.pass(10 * DAY - 4 * HOUR) // half an hour before the end, with what passed above
    const [e] = await w.db.query<{ ends_at: number }>(`select ends_at from schedules where principal_id = $1 and level = 'Eligibility'`, [
      me,
    ])
    w.pass((e?.ends_at ?? 0) - w.now() - 30 * MINUTE)
    const cut = await activate(lasting('PT1H'))
    expect(cut).toMatchObject({ ok: true, value: { schedule: { window: { end: e?.ends_at } } } })
    await deactivate()
    w.pass(26 * MINUTE)
    expect(await activate(lasting('PT1H'))).toMatchObject({ ok: false, fault: { code: 'ActiveDurationTooShort' } })
  })

  it('2.4.14 success is recorded and told', async () => {
    const told = await w.db.query(`select 1 from outbox where topic = 'message'`)
    expect(told.length).toBeGreaterThan(0)
    const [row] = await w.db.query<{ n: number }>(
      `select count(*) as n from events where action = 'selfActivate' and machine = 'request' and to_state = 'Provisioned'`,
    )
    expect(row?.n).toBeGreaterThan(1)
  })
})

describe('scopes and groups', async () => {
  const w = await makeWorld()
  const me = idOf('engineer')
  const activate = (p: Parameters<typeof w.ask>[2], more = {}, who: 'engineer' | 'sam' = 'engineer') =>
    w.submit(w.as(who), w.ask('selfActivate', 'Assignment', p, idOf(who), more))

  it('2.4.4 a reduced scope below the eligibility; 2.4.10 another scope is another key; not above it', async () => {
    await w.seed(me, 'Eligibility', resourceRole(SUBSCRIPTION))
    expect(await activate(resourceRole(RG))).toMatchObject({ ok: true, value: { schedule: { privilege: { scope: RG } } } })
    expect(await activate(resourceRole(`${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`))).toMatchObject({ ok: true })
    const above = await activate(resourceRole('/providers/microsoft.management/managementgroups/contoso-root'))
    expect(above.ok || above.fault.findings.map((f) => f.rule)).toEqual(['EligibilityRule'])
    await w.seed(me, 'Eligibility', directoryRole())
    expect(await activate({ ...directoryRole(), scope: AU })).toMatchObject({ ok: true, value: { schedule: { privilege: { scope: AU } } } })
  })

  it('2.4.5 the policy of the eligibility governs, not a lax one further down', async () => {
    const long = { schedule: { start: null, type: 'AfterDuration', duration: 'PT10H', end: null } }
    const lax = {
      kind: 'Expiration',
      id: 'Expiration_EndUser_Assignment',
      caller: 'EndUser',
      level: 'Assignment',
      isExpirationRequired: true,
      maximumDuration: 'P1D',
    }
    await w.seed(idOf('sam'), 'Eligibility', resourceRole(SUBSCRIPTION))
    await w.policy(resourceRole(RG), [lax])
    const dodged = await activate(resourceRole(RG), long, 'sam')
    expect(dodged.ok || dodged.fault.findings.map((f) => f.rule)).toEqual(['ExpirationRule'])
    await w.policy(resourceRole(SUBSCRIPTION), [lax])
    expect(await activate(resourceRole(RG), long, 'sam')).toMatchObject({ ok: true })
  })

  it('2.4.3 a linked eligibility is the one used; unknown, there is none', async () => {
    const linked = await w.seed(idOf('sam'), 'Eligibility', resourceRole(RG))
    const scope = `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`
    const wrong = await activate(resourceRole(scope), { linkedScheduleId: linked }, 'sam')
    expect(wrong.ok || wrong.fault.findings.map((f) => f.rule)).toEqual(['EligibilityRule'])
    await w.submit(w.as('sam'), w.ask('selfDeactivate', 'Assignment', resourceRole(RG), idOf('sam')))
    expect(await activate(resourceRole(RG), {}, 'sam')).toMatchObject({ ok: true, value: { schedule: { basis: { id: linked } } } })
  })

  it('2.4.1 through a group: an active member activates for itself alone; an eligible member must become active first', async () => {
    const role = groupRole(OPERATORS)
    await w.seed(TEAM, 'Eligibility', role)
    await w.seed(me, 'Eligibility', groupRole(TEAM))
    const early = await activate(role)
    expect(early.ok || early.fault.findings.map((f) => f.rule)).toEqual(['EligibilityRule'])
    expect(await activate(groupRole(TEAM))).toMatchObject({ ok: true })
    expect(await activate(role)).toMatchObject({ ok: true, value: { schedule: { principalId: me, basis: { principalId: TEAM } } } })
    const others = await w.db.query(`select 1 from schedules where scope = $1 and level = 'Assignment' and principal_id <> $2`, [
      OPERATORS,
      me,
    ])
    expect(others).toHaveLength(0)
  })

  it('2.4.12 one group activation gives every role the group holds, and roles are activated one by one', async () => {
    await w.seed(OPERATORS, 'Assignment', resourceRole(`${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`))
    const found = await w.db.query(`select 1 from schedules where principal_id = $1 and source = 'Activated' and status = 'Provisioned'`, [
      me,
    ])
    expect(found.length).toBeGreaterThan(2)
  })

  it('D2 24 hours is the most any policy allows', async () => {
    await w.policy(directoryRole(), [
      {
        kind: 'Expiration',
        id: 'Expiration_EndUser_Assignment',
        caller: 'EndUser',
        level: 'Assignment',
        isExpirationRequired: true,
        maximumDuration: 'P3D',
      },
    ])
    await w.seed(idOf('sam'), 'Eligibility', directoryRole())
    const long = await activate(directoryRole(), { schedule: { start: null, type: 'AfterDuration', duration: 'PT25H', end: null } }, 'sam')
    expect(long.ok || long.fault.findings.map((f) => f.rule)).toEqual(['ExpirationRule'])
  })
})
