// Behaviour 2.5, 2.7, 2.8: ending, losing the ground, withdrawing. Each test names the rule it holds.

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import { listInstances } from '../../src/operations/list.ts'
import { readRequest } from '../../src/operations/read-request.ts'
import { approvalBy, directoryRole, groupRole, idOf, makeWorld, type Name, PLANE_CASES, TEAM, WEEK } from '../support/world.ts'

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  const me = idOf('engineer')
  const remove = (level: 'Eligibility' | 'Assignment', principal = me) =>
    w.submit(w.as('admin'), w.ask('adminRemove', level, privilege, principal, { schedule: null }))
  const deactivate = (who: Name = 'engineer') =>
    w.submit(w.as(who), w.ask('selfDeactivate', 'Assignment', privilege, me, { schedule: null }))
  const activate = (more = {}) => w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, more))
  const held = async () => {
    const found = await listInstances(w.ctx, w.as('engineer'), {
      plane: privilege.plane,
      level: 'Assignment',
      mine: 'principal',
      assignedTo: null,
      scope: null,
      filter: null,
      order: 'id',
      limit: 9,
      after: null,
      count: false,
    })
    return found.ok ? found.value.items.length : -1
  }
  const statusOf = async (id: string) => (await readRequest(w.ctx, id))?.status
  const submitted = async (r: ReturnType<typeof activate>) => {
    const done = await r
    if (!done.ok) throw new Error(done.fault.words)
    return done.value.request.id
  }

  it('2.5.1 an administrator removes what is five minutes old; oneself may stop at once, unless the reference is followed strictly (D8)', async () => {
    await w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, me, { schedule: WEEK }))
    expect(await remove('Eligibility')).toMatchObject({ ok: false, fault: { code: 'ActiveDurationTooShort' } })
    await activate()
    w.settings = { ...w.settings, strictReference: true }
    w.pass(5 * MINUTE - 1)
    expect(await deactivate()).toMatchObject({ ok: false, fault: { code: 'ActiveDurationTooShort' } })
    w.settings = { ...w.settings, strictReference: false }
    expect(await deactivate()).toMatchObject({ ok: true, value: { request: { status: 'Revoked', completedAt: null } } })
    expect(await held()).toBe(0)
  })

  it('2.5.2 deactivating needs an activation, and never ends what an administrator gave', async () => {
    expect(await deactivate()).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
    await w.seed(me, 'Assignment', privilege)
    expect(await deactivate()).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
  })

  it('2.5.5 adminRemove ends given and activated alike; 2.5.4 at once', async () => {
    expect(await remove('Assignment')).toMatchObject({ ok: true })
    await activate()
    expect(await held()).toBe(1)
    w.pass(5 * MINUTE)
    expect(await remove('Assignment')).toMatchObject({ ok: true, value: { request: { status: 'Revoked' } } })
    expect(await held()).toBe(0)
    expect(await remove('Assignment')).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
  })

  it('2.5.3 a planned activation is canceled, and 2.8.1 only what has not taken effect', async () => {
    const planned = await submitted(activate({ schedule: { start: w.now() + HOUR, type: 'AfterDuration', duration: 'PT1H', end: null } }))
    expect(await cancelRequest(w.ctx, w.as('engineer'), planned)).toMatchObject({ ok: true, value: { status: 'Canceled' } })
    w.pass(2 * HOUR)
    expect(await held()).toBe(0)
    const done = await submitted(activate())
    expect(await cancelRequest(w.ctx, w.as('engineer'), done)).toMatchObject({ ok: false, fault: { code: 'NotCancelable' } })
    await deactivate()
  })

  it('2.8.2 requesters cancel their own, administrators anybody’s, others none; 2.8.3 approvers no longer see it', async () => {
    await w.policy(privilege, [approvalBy('lead')])
    const first = await submitted(activate())
    expect(await cancelRequest(w.ctx, w.as('sam'), first)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect(await cancelRequest(w.ctx, w.as('engineer'), first)).toMatchObject({ ok: true })
    const second = await submitted(activate())
    expect(await cancelRequest(w.ctx, w.as('admin'), second)).toMatchObject({ ok: true })
    expect(await cancelRequest(w.ctx, w.as('admin'), randomUUID())).toMatchObject({ ok: false, fault: { code: 'ResourceNotFound' } })
    const [open] = await w.db.query(`select 1 from approvals where status = 'InProgress'`)
    expect(open).toBeUndefined()
  })

  it('2.7 a pending request keeps the rules it was submitted under, and fails when the eligibility goes', async () => {
    const pending = await submitted(activate())
    await w.policy(privilege, [])
    expect(await statusOf(pending)).toBe('PendingApproval')
    w.pass(5 * MINUTE)
    await remove('Eligibility')
    expect(await statusOf(pending)).toBe('Failed')
  })

  it('2.7 an eligibility removed ends the activation that rests on it, at once', async () => {
    await w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, me, { schedule: WEEK }))
    w.pass(5 * MINUTE)
    await activate()
    expect(await held()).toBe(1)
    w.pass(5 * MINUTE)
    expect(await remove('Eligibility')).toMatchObject({ ok: true })
    expect(await held()).toBe(0)
    const [row] = await w.db.query<{ status: string; ends_at: number }>(
      `select status, ends_at from schedules where source = 'Activated' order by starts_at desc limit 1`,
    )
    expect(row).toEqual({ status: 'Revoked', ends_at: w.now() })
  })

  it('2.7 the policy tightened leaves what is active alone', async () => {
    await w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, me, { schedule: WEEK }))
    await activate()
    await w.policy(privilege, [approvalBy('lead')])
    expect(await held()).toBe(1)
    await w.policy(privilege, [])
  })

  it('2.7 a disabled person holds nothing at the next read, and the rows follow', async () => {
    await w.db.query('update principals set enabled = false where id = $1', [me])
    expect(await held()).toBe(-1)
    const seen = await listInstances(w.ctx, w.as('admin'), {
      plane: privilege.plane,
      level: 'Assignment',
      mine: null,
      assignedTo: null,
      scope: { at: privilege.scope, above: false, below: false },
      filter: { t: 'compare', op: 'eq', path: ['principalId'], value: me },
      order: 'id',
      limit: 9,
      after: null,
      count: false,
    })
    expect(seen.ok && seen.value.items).toEqual([])
    expect(await w.settle()).toBeGreaterThan(0)
    const [row] = await w.db.query(`select 1 from schedules where principal_id = $1 and source = 'Activated' and status = 'Provisioned'`, [
      me,
    ])
    expect(row).toBeUndefined()
  })

  it('2.7 a role that is deleted ends its schedules', async () => {
    await w.db.query('update roles set deleted_at = $3 where plane = $1 and id = $2', [
      privilege.plane,
      privilege.role,
      new Date(w.now()).toISOString(),
    ])
    await w.settle()
    const [row] = await w.db.query(`select 1 from schedules where plane = $1 and role = $2 and status in ('Provisioned', 'Granted')`, [
      privilege.plane,
      privilege.role,
    ])
    expect(row).toBeUndefined()
  })

  it('2.8.4 a validation answers as the real call would and stores nothing', async () => {
    const count = async () =>
      (
        await w.db.query<{ n: number }>(
          'select (select count(*) from requests) + (select count(*) from events) + (select count(*) from outbox) as n',
        )
      )[0]?.n
    const before = await count()
    const dry = await activate({ validationOnly: true })
    expect(dry.ok).toBe(false)
    expect(await count()).toBe(before)
  })
})

describe('the last administrators', async () => {
  const w = await makeWorld()
  const GA = directoryRole(GLOBAL_ADMINISTRATOR)
  const remove = (principal: string, p = GA, by: Name = 'admin') =>
    w.submit(w.as(by), w.ask('adminRemove', 'Assignment', p, principal, { schedule: null }))

  it('2.5.6 the last active Global Administrator stays, whichever way it would go', async () => {
    expect(await remove(idOf('admin'))).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
    const later = w.ask('adminUpdate', 'Assignment', GA, idOf('admin'), { schedule: { ...WEEK, start: w.now() + DAY } })
    expect(await w.submit(w.as('admin'), later)).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
    await w.seed(idOf('priya'), 'Eligibility', GA)
    expect(await remove(idOf('admin'))).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
  })

  it('2.5.6 a disabled holder does not count, a member of a holding group does', async () => {
    await w.seed(idOf('sam'), 'Assignment', GA)
    await w.db.query('update principals set enabled = false where id = $1', [idOf('sam')])
    expect(await remove(idOf('admin'))).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
    await w.seed(TEAM, 'Assignment', GA)
    await w.seed(idOf('lead'), 'Assignment', groupRole(TEAM))
    expect(await remove(idOf('admin'))).toMatchObject({ ok: true })
  })

  it('2.5.6 nor may the last member leave the group that holds it; a Privileged Role Administrator is guarded alike', async () => {
    await w.seed(idOf('manager'), 'Assignment', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))
    expect(await remove(idOf('lead'), groupRole(TEAM), 'manager')).toMatchObject({
      ok: false,
      fault: { code: 'CannotRemoveLastActiveAdministrator' },
    })
    expect(await remove(idOf('manager'), directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR), 'lead')).toMatchObject({
      ok: false,
      fault: { code: 'CannotRemoveLastActiveAdministrator' },
    })
  })

  it('2.5.6 natural expiry is not blocked', async () => {
    await w.db.query(`update schedules set ends_at = $2 where principal_id = $1 and role = $3`, [
      idOf('manager'),
      new Date(w.now() + HOUR).toISOString(),
      PRIVILEGED_ROLE_ADMINISTRATOR,
    ])
    w.pass(HOUR)
    await w.settle()
    const [row] = await w.db.query<{ status: string }>('select status from schedules where principal_id = $1 and role = $2', [
      idOf('manager'),
      PRIVILEGED_ROLE_ADMINISTRATOR,
    ])
    expect(row?.status).toBe('Expired')
  })
})
