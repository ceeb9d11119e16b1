// D7: the reference's ways past the front door exist, ask for what an administrator's assignment asks for, are marked, are told of by
// an event each, and can be shut.

import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { HOUR } from '../../src/domain/time.ts'
import { assignOutside, elevateAccess, type OutsideAsk, removeOutside } from '../../src/operations/outside.ts'
import { addRoles } from '../../src/store/directory-rows.ts'
import {
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  type Name,
  PLANE_CASES,
  resourceRole,
  SUBSCRIPTION,
  TEAM,
  WEEK,
  type World,
} from '../support/world.ts'

const UAA = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'
const plain: Omit<OutsideAsk, 'privilege' | 'principalId'> = { name: null, condition: null, conditionVersion: null, description: null }

interface EventRow {
  readonly kind: string
  readonly action: string
  readonly to_state: string | null
  readonly actor_id: string
  readonly data: { readonly source?: string; readonly code?: string }
}

let w: World
const give = (by: Name, to: Name, privilege = directoryRole(), more: Partial<OutsideAsk> = {}) =>
  assignOutside(w.ctx, w.as(by), { privilege, principalId: idOf(to), ...plain, ...more })
const eventsOf = (subject: string) =>
  w.db.query<EventRow>('select kind, action, to_state, actor_id, data from events where principal_id = $1 order by position', [subject])
const requests = async () => (await w.db.query<{ n: number }>('select count(*)::int as n from requests'))[0]?.n
const made = async (to: Name) =>
  w.db.query<{ source: string; status: string; ends_at: Date | null; request_id: string | null; description: string | null }>(
    'select source, status, ends_at, request_id, description from schedules where principal_id = $1',
    [idOf(to)],
  )

beforeAll(async () => {
  w = await makeWorld()
  await addRoles(w.db, [
    {
      plane: 'resource',
      id: UAA,
      name: 'User Access Administrator',
      builtIn: true,
      privileged: true,
      permissions: { actions: ['*/read', 'Microsoft.Authorization/*'], notActions: [] },
    },
  ])
})
afterAll(() => w.drop())

describe('an assignment past the front door', () => {
  it.each(PLANE_CASES)('%s: is judged, marked and told of, and makes no request', async (_, privilege) => {
    const before = await requests()
    const answer = await give('admin', 'engineer', privilege, { description: 'a script' })
    expect(answer).toMatchObject({ ok: true, value: { created: true, schedule: { source: 'Outside', window: { end: null } } } })
    const [row] = (await made('engineer')).filter((r) => r.status === 'Provisioned')
    expect(row).toMatchObject({ source: 'Outside', ends_at: null, request_id: null, description: 'a script' })
    const [event] = (await eventsOf(idOf('engineer'))).slice(-1)
    expect(event).toMatchObject({ kind: 'transition', action: 'assignOutside', to_state: 'Provisioned', actor_id: idOf('admin') })
    expect(event?.data.source).toBe('Outside')
    expect(await requests()).toBe(before)
    const again = await give('admin', 'engineer', privilege)
    expect(again).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentExists' } })
    const gone = await removeOutside(w.ctx, w.as('admin'), { privilege, principalId: idOf('engineer'), scheduleId: null })
    expect(gone).toMatchObject({ ok: true, value: [{ source: 'Outside' }] })
  })

  it.each(PLANE_CASES)(
    '%s: whoever could not assign cannot do this either, and nothing but the refusal is written',
    async (_, privilege) => {
      const before = (await made('sam')).length
      expect(await give('auditor', 'sam', privilege)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
      expect(await made('sam')).toHaveLength(before)
      const [event] = (await eventsOf(idOf('sam'))).slice(-1)
      expect(event).toMatchObject({ kind: 'refusal', action: 'assignOutside', actor_id: idOf('auditor') })
      expect(event?.data.code).toBe('Forbidden')
    },
  )

  it('asks for multifactor where an assignment by an administrator does', async () => {
    const rule = { kind: 'Enablement', id: 'Enablement_Admin_Assignment', caller: 'Admin', level: 'Assignment' }
    await w.policy(directoryRole(), [{ ...rule, enabledRules: ['MultiFactorAuthentication', 'Justification', 'Ticketing'] }])
    const o = { privilege: directoryRole(), principalId: idOf('sam'), ...plain }
    const weak = await assignOutside(w.ctx, w.as('admin', { amr: ['pwd'] }), o)
    expect(weak).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentRequestPolicyValidationFailed' } })
    if (!weak.ok) expect(weak.fault.words).toBe('The following policy rules failed: ["MfaRule"]')
    expect(await assignOutside(w.ctx, w.as('admin'), o)).toMatchObject({ ok: true })
  })

  it('holds a name to one assignment', async () => {
    const name = randomUUID()
    const first = await give('admin', 'lead', resourceRole(), { name })
    expect(first).toMatchObject({ ok: true, value: { created: true, schedule: { name } } })
    const same = await give('admin', 'lead', resourceRole(), { name: name.toUpperCase() })
    expect(same).toMatchObject({ ok: true, value: { created: false, schedule: { name } } })
    const other = await give('admin', 'manager', resourceRole(), { name })
    expect(other).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentUpdateNotPermitted' } })
    // Whoever has no right there does not learn that the name is taken.
    expect(await give('auditor', 'manager', resourceRole(), { name })).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
  })

  it('two at once under one name: one is written', async () => {
    const name = randomUUID()
    const answers = await Promise.all(
      (['sam', 'manager', 'auditor'] as const).map((to) => give('admin', to, resourceRole(SUBSCRIPTION), { name })),
    )
    expect(answers.filter((a) => a.ok)).toHaveLength(1)
    expect(answers.filter((a) => !a.ok).map((a) => (a.ok ? '' : a.fault.code))).toEqual(Array(2).fill('RoleAssignmentUpdateNotPermitted'))
  })

  it('takes away one assignment, or all of a key, activations too; never the last administrator', async () => {
    const privilege = groupRole(TEAM)
    const eligible = await w.seed(idOf('priya'), 'Eligibility', privilege)
    expect(eligible).toBeTruthy()
    const active = await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', privilege, idOf('priya')))
    expect(active).toMatchObject({ ok: true })
    const missing = await removeOutside(w.ctx, w.as('admin'), { privilege, principalId: idOf('priya'), scheduleId: randomUUID() })
    expect(missing).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentDoesNotExist' } })
    const gone = await removeOutside(w.ctx, w.as('admin'), { privilege, principalId: idOf('priya'), scheduleId: null })
    expect(gone).toMatchObject({ ok: true, value: [{ source: 'Activated' }] })
    const last = await removeOutside(w.ctx, w.as('admin'), {
      privilege: directoryRole(GLOBAL_ADMINISTRATOR),
      principalId: idOf('admin'),
      scheduleId: null,
    })
    expect(last).toMatchObject({ ok: false, fault: { code: 'CannotRemoveLastActiveAdministrator' } })
  })
})

describe('shut', () => {
  it.each(PLANE_CASES)('%s: refused for what is managed here, and told of; taking away stays possible', async (_, privilege) => {
    const eligible = await w.submit(w.as('admin'), w.ask('adminAssign', 'Eligibility', privilege, idOf('auditor'), { schedule: WEEK }))
    expect(eligible).toMatchObject({ ok: true })
    await give('admin', 'manager', privilege)
    w.settings = { ...w.settings, sideDoors: 'closed' }
    try {
      expect(await give('admin', 'auditor', privilege)).toMatchObject({ ok: false, fault: { code: 'SideDoorClosed' } })
      const [event] = (await eventsOf(idOf('auditor'))).slice(-1)
      expect(event).toMatchObject({ kind: 'refusal', action: 'assignOutside' })
      const gone = await removeOutside(w.ctx, w.as('admin'), { privilege, principalId: idOf('manager'), scheduleId: null })
      expect(gone).toMatchObject({ ok: true })
    } finally {
      w.settings = { ...w.settings, sideDoors: 'open' }
    }
  })

  it('leaves a group alone that is not managed here', async () => {
    w.settings = { ...w.settings, sideDoors: 'closed' }
    try {
      const other = await give('admin', 'sam', groupRole('33333333-3333-3333-3333-333333333333'))
      expect(other).toMatchObject({ ok: true, value: { created: true } })
      expect(await elevateAccess(w.ctx, w.as('admin'))).toMatchObject({ ok: false, fault: { code: 'SideDoorClosed' } })
    } finally {
      w.settings = { ...w.settings, sideDoors: 'open' }
    }
  })
})

describe('elevated access', () => {
  it('is for a Global Administrator, active now', async () => {
    await w.seed(idOf('priya'), 'Eligibility', directoryRole(GLOBAL_ADMINISTRATOR))
    for (const who of ['priya', 'sam'] as const)
      expect(await elevateAccess(w.ctx, w.as(who))).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect((await made('priya')).filter((r) => r.source === 'Outside')).toEqual([])
  })

  it('lasts as long as the installation says, is not prolonged by asking again, and ends by itself', async () => {
    const before = w.now()
    const up = await elevateAccess(w.ctx, w.as('admin'))
    expect(up).toMatchObject({
      ok: true,
      value: { created: true, schedule: { privilege: { scope: '/', role: UAA }, source: 'Outside', window: { end: before + 8 * HOUR } } },
    })
    w.pass(HOUR)
    const again = await elevateAccess(w.ctx, w.as('admin'))
    expect(again).toMatchObject({ ok: true, value: { created: false, schedule: { window: { end: before + 8 * HOUR } } } })
    w.pass(8 * HOUR)
    // Over by the clock alone, the worker asleep: a new elevation is a new assignment.
    expect(await elevateAccess(w.ctx, w.as('admin'))).toMatchObject({ ok: true, value: { created: true } })
  })
})
