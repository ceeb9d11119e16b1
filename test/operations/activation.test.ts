// Activation on each plane, end to end through the real store (behaviour 2.4, 2.5; acceptance checks of section 14.1).

import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { idOf, makeWorld, PLANE_CASES } from '../support/world.ts'

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  const me = idOf('engineer')
  const activate = (more = {}) => w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, more))

  it('2.4.3 refuses whoever is not eligible, naming the rule', async () => {
    const refused = await activate()
    expect(refused).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentRequestPolicyValidationFailed' } })
    expect(refused.ok || refused.fault.words).toBe('The following policy rules failed: ["EligibilityRule"]')
  })

  it('2.3 makes somebody eligible', async () => {
    const made = await w.submit(
      w.as('admin'),
      w.ask('adminAssign', 'Eligibility', privilege, me, {
        schedule: { start: null, type: 'AfterDuration', duration: 'P180D', end: null },
      }),
    )
    expect(made).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
  })

  it('reports every failing rule at once', async () => {
    const refused = await activate({ justification: ' ', schedule: { start: null, type: 'AfterDuration', duration: 'PT25H', end: null } })
    expect(refused.ok || refused.fault.words).toContain('["ExpirationRule","JustificationRule"]')
  })

  it('activates, refuses a second time, and ends by itself', async () => {
    const done = await activate()
    expect(done).toMatchObject({
      ok: true,
      value: { request: { status: 'Provisioned' }, schedule: { source: 'Activated', status: 'Provisioned' } },
    })
    expect(await activate()).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
    w.pass(HOUR)
    expect(await w.settle()).toBe(1)
    expect(await activate()).toMatchObject({ ok: true })
    w.pass(MINUTE)
    const off = await w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me))
    expect(off).toMatchObject({ ok: true, value: { request: { status: 'Revoked' } } })
  })

  it('2.7 an eligibility can be removed when the activation on it has ended and nobody wrote that down', async () => {
    const other = idOf('sam')
    const schedule = { start: null, type: 'AfterDuration' as const, duration: 'P1D', end: null }
    await w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, other, { schedule }))
    await w.submit(w.as('sam'), w.ask('selfActivate', 'Assignment', privilege, other))
    w.pass(HOUR)
    const removed = await w.submit(w.as('admin'), w.ask('adminRemove', 'Eligibility', privilege, other, { schedule: null }))
    expect(removed).toMatchObject({ ok: true, value: { request: { status: 'Revoked' } } })
    const rows = await w.db.query(`select source, status from schedules where principal_id = $1 order by source`, [other])
    expect(rows).toEqual([
      { source: 'Activated', status: 'Expired' },
      { source: 'Assigned', status: 'Revoked' },
    ])
  })

  it('writes one event for each change', async () => {
    const rows = await w.db.query<{ machine: string; from_state: string; to_state: string }>(
      `select machine, from_state, to_state from events where kind = 'transition' and principal_id = $1 order by position`,
      [me],
    )
    expect(rows.map((r) => `${r.machine} ${r.from_state}>${r.to_state}`)).toEqual([
      'request None>Provisioned',
      'schedule None>Provisioned',
      'request None>Provisioned',
      'schedule None>Provisioned',
      'schedule Provisioned>Expired',
      'request None>Provisioned',
      'schedule None>Provisioned',
      'request None>Revoked',
      'schedule Provisioned>Revoked',
    ])
  })
})
