// Behaviour section 1: concepts, objects and statuses. Each test names the rule it holds.

import { describe, expect, it } from 'vitest'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { type ListInput, listInstances, listSchedules } from '../../src/operations/list.ts'
import { readRequest } from '../../src/operations/read-request.ts'
import {
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  OPERATORS,
  PLANE_CASES,
  RG,
  resourceRole,
  SUBSCRIPTION,
  TEAM,
  WEEK,
} from '../support/world.ts'

const INPUT: ListInput = {
  plane: null,
  level: null,
  mine: 'principal',
  assignedTo: null,
  scope: null,
  filter: null,
  order: 'id',
  limit: 100,
  after: null,
  count: false,
}

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  const me = idOf('engineer')
  const mine = async (level: 'Eligibility' | 'Assignment') => {
    const found = await listInstances(w.ctx, w.as('engineer'), { ...INPUT, plane: privilege.plane, level })
    if (!found.ok) throw new Error(found.fault.words)
    return found.value.items
  }
  const activate = (more = {}) => w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, more))

  it('1.2 four combinations of type and duration; K7 each expiration type means what it says', async () => {
    const until = w.now() + 5 * DAY
    const made = await w.submit(
      w.as('admin'),
      w.ask('adminAssign', 'Eligibility', privilege, me, { schedule: { start: null, type: 'AfterDateTime', duration: null, end: until } }),
    )
    expect(made).toMatchObject({
      ok: true,
      value: { schedule: { window: { start: w.now(), end: until }, level: 'Eligibility', source: 'Assigned' } },
    })
    const both = await w.submit(
      w.as('admin'),
      w.ask('adminAssign', 'Eligibility', privilege, idOf('sam'), {
        schedule: { start: null, type: 'AfterDateTime', duration: 'P1D', end: null },
      }),
    )
    expect(both).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
  })

  it('K5 a schedule carries the id of the request that made it; K8 a past start means now, and durations count from then', async () => {
    const done = await activate({ schedule: { start: w.now() - DAY, type: 'AfterDuration', duration: 'PT1H', end: null } })
    if (!done.ok) throw new Error(done.fault.words)
    const { request, schedule } = done.value
    expect(schedule?.id).toBe(request.id)
    expect(schedule?.window).toEqual({ start: w.now(), end: w.now() + HOUR })
    expect(request.completedAt).toBe(w.now())
  })

  it('K1 activating leaves the eligibility as it was; K6 the activation points at it', async () => {
    const [eligible] = await mine('Eligibility')
    const [active] = await mine('Assignment')
    expect(eligible?.schedule.status).toBe('Provisioned')
    expect(active?.schedule.basis?.id).toBe(eligible?.schedule.id)
    w.pass(2 * HOUR)
    expect(await mine('Assignment')).toEqual([])
    expect(await activate()).toMatchObject({ ok: true })
    expect(await mine('Eligibility')).toHaveLength(1)
  })

  it('K2 eligible people hold nothing; activated ones do, and stop by themselves though no worker runs', async () => {
    expect((await mine('Assignment')).map((i) => i.schedule.source)).toEqual(['Activated'])
    w.pass(HOUR)
    expect(await mine('Assignment')).toEqual([])
  })

  it('K3 eligible and active together for one key', async () => {
    const made = await w.submit(w.as('admin'), w.ask('adminAssign', 'Assignment', privilege, me, { schedule: WEEK }))
    expect(made).toMatchObject({ ok: true, value: { schedule: { source: 'Assigned', level: 'Assignment' } } })
    expect(await mine('Eligibility')).toHaveLength(1)
    expect(await mine('Assignment')).toHaveLength(1)
  })

  it('1.5 future starts are Granted until then; K10 a schedule is Granted before its start and Provisioned while in force', async () => {
    const start = w.now() + DAY
    const planned = await w.submit(
      w.as('admin'),
      w.ask('adminAssign', 'Eligibility', privilege, idOf('lead'), { schedule: { ...WEEK, start } }),
    )
    if (!planned.ok) throw new Error(planned.fault.words)
    expect(planned.value.request).toMatchObject({ status: 'Granted', completedAt: start })
    expect(planned.value.schedule?.status).toBe('Granted')
    w.pass(DAY)
    await w.settle()
    expect((await readRequest(w.ctx, planned.value.request.id))?.status).toBe('Provisioned')
    const shown = await listSchedules(w.ctx, w.as('lead'), { ...INPUT, plane: privilege.plane, level: 'Eligibility' })
    expect(shown.ok && shown.value.items[0]?.schedule.status).toBe('Provisioned')
    w.pass(8 * DAY)
    await w.settle()
    const gone = await listSchedules(w.ctx, w.as('lead'), { ...INPUT, plane: privilege.plane, level: 'Eligibility' })
    expect(gone.ok && gone.value.items).toEqual([])
  })
})

describe('across the planes', async () => {
  const w = await makeWorld()

  it('1.1 lower scopes inherit access; policies are not inherited; K4 what was found outside shows as an instance without an end', async () => {
    const id = await w.seed(idOf('sam'), 'Assignment', resourceRole(SUBSCRIPTION))
    await w.db.query(`update schedules set source = 'Outside' where id = $1`, [id])
    const below = await listInstances(w.ctx, w.as('sam'), {
      ...INPUT,
      plane: 'resource',
      level: 'Assignment',
      scope: { at: RG, above: true, below: false },
    })
    expect(below.ok && below.value.items.map((i) => [i.memberType, i.schedule.source, i.schedule.window.end])).toEqual([
      ['Inherited', 'Outside', null],
    ])
  })

  it('1.2 memberType says Direct, Group or Inherited', async () => {
    await w.seed(idOf('lead'), 'Assignment', groupRole(TEAM))
    await w.seed(TEAM, 'Eligibility', directoryRole())
    await w.seed(idOf('lead'), 'Eligibility', groupRole(OPERATORS))
    const found = await listSchedules(w.ctx, w.as('lead'), { ...INPUT, level: 'Eligibility' })
    expect(found.ok && found.value.items.map((i) => i.memberType).sort()).toEqual(['Direct', 'Group'])
  })

  it('1.1 nested groups: a member of a group in a group is a member; cycles end', async () => {
    const nested = '33333333-3333-3333-3333-333333333333'
    await w.seed(TEAM, 'Assignment', groupRole(nested))
    await w.seed(nested, 'Assignment', groupRole(TEAM))
    await w.seed(nested, 'Eligibility', resourceRole())
    const found = await listSchedules(w.ctx, w.as('lead'), { ...INPUT, plane: 'resource', level: 'Eligibility' })
    expect(found.ok && found.value.items.map((i) => i.schedule.principalId)).toEqual([nested])
    expect(await w.submit(w.as('lead'), w.ask('selfActivate', 'Assignment', resourceRole(), idOf('lead')))).toMatchObject({ ok: true })
  })
})
