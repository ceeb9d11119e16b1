// Behaviour 2.6: extending and renewing. A holder asks, an administrator decides; nobody loses their place by silence.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Action } from '../../src/domain/request/request.ts'
import { DAY } from '../../src/domain/time.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { listRequests } from '../../src/operations/list.ts'
import { removeOutside } from '../../src/operations/outside.ts'
import { idOf, makeWorld, type Name, PLANE_CASES, WEEK, type World } from '../support/world.ts'

const LIST = {
  level: null,
  mine: 'approver',
  assignedTo: null,
  scope: null,
  filter: null,
  order: 'createdDesc',
  limit: 50,
  after: null,
  count: false,
} as const

describe.each(PLANE_CASES)('2.6 on the %s plane', (_, privilege) => {
  let w: World
  beforeAll(async () => {
    w = await makeWorld()
  })
  afterAll(() => w.drop())

  const period = (duration: string) => ({ ...WEEK, duration })
  const keep = async (who: Name, action: Action, level: 'Eligibility' | 'Assignment', schedule: typeof WEEK | null = period('P30D')) => {
    const asked = await w.submit(w.as(who), w.ask(action, level, privilege, idOf(who), { schedule }))
    if (!asked.ok) throw new Error(asked.fault.words)
    return asked.value.request
  }
  const decide = (by: Name, approvalId: string, result: 'Approve' | 'Deny' = 'Approve', more: object = {}) =>
    decideApproval(w.ctx, w.as(by), { approvalId, result, justification: 'seen', ...more })
  const stands = async (id: string) =>
    (await w.db.query<{ status: string; ends_at: number }>('select status, ends_at from schedules where id = $1', [id]))[0]
  const requestOf = async (id: string) =>
    (await w.db.query<{ status: string; schedule_id: string }>('select status, schedule_id from requests where id = $1', [id]))[0]

  it('an extension granted moves the end of what stands, and is told of as one decision', async () => {
    const old = await w.seed(idOf('engineer'), 'Assignment', privilege, { end: w.now() + 3 * DAY })
    const request = await keep('engineer', 'selfExtend', 'Assignment')
    expect(request).toMatchObject({ status: 'PendingAdminDecision', approvalId: request.id })
    const done = await decide('admin', request.id)
    expect(done).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    expect(await stands(old)).toEqual({ status: 'Provisioned', ends_at: w.now() + 30 * DAY })
    expect(await requestOf(request.id)).toMatchObject({ status: 'Provisioned', schedule_id: old })
    const events = await w.db.query<{ machine: string; to_state: string }>(
      'select machine, to_state from events where request_id = $1 or subject_id = $2 order by position',
      [request.id, old],
    )
    expect(events.map((e) => `${e.machine} ${e.to_state}`)).toEqual([
      'request PendingAdminDecision',
      'approval InProgress',
      'approval Completed',
      'request Provisioned',
      'schedule Provisioned',
    ])
    expect(await decide('admin', request.id)).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
  })

  it('the administrator may give another period than the one asked for', async () => {
    const old = await w.seed(idOf('sam'), 'Eligibility', privilege, { end: w.now() + 3 * DAY })
    const request = await keep('sam', 'selfExtend', 'Eligibility', null)
    const without = await decide('admin', request.id)
    expect(without).toMatchObject({ ok: false, fault: { code: 'InvalidRoleAssignmentRequest' } })
    expect(await requestOf(request.id)).toMatchObject({ status: 'PendingAdminDecision' })
    const until = w.now() + 10 * DAY
    const schedule = { start: null, type: 'AfterDateTime', duration: null, end: until }
    expect(await decide('admin', request.id, 'Approve', { schedule })).toMatchObject({ ok: true })
    expect((await stands(old))?.ends_at).toBe(until)
  })

  it('the policy for administrators holds: a period too long is refused, and the request still waits', async () => {
    const rule = { kind: 'Expiration', id: 'Expiration_Admin_Assignment', caller: 'Admin', level: 'Assignment' }
    await w.policy(privilege, [{ ...rule, isExpirationRequired: true, maximumDuration: 'P15D' }])
    await w.seed(idOf('auditor'), 'Assignment', privilege, { end: w.now() + 3 * DAY })
    const tooLong = w.ask('selfExtend', 'Assignment', privilege, idOf('auditor'), { schedule: period('P90D') })
    expect(await w.submit(w.as('auditor'), tooLong)).toMatchObject({ ok: false })
    const request = await keep('auditor', 'selfExtend', 'Assignment', period('P10D'))
    const refused = await decide('admin', request.id, 'Approve', { schedule: period('P90D') })
    expect(refused).toMatchObject({ ok: false, fault: { code: 'RoleAssignmentRequestPolicyValidationFailed' } })
    expect(await requestOf(request.id)).toMatchObject({ status: 'PendingAdminDecision' })
    expect(await decide('admin', request.id, 'Deny')).toMatchObject({ ok: true, value: { request: { status: 'AdminDenied' } } })
    await w.policy(privilege, [])
  })

  it('nobody decides on their own, and approvers of activations have no word in it', async () => {
    await w.seed(idOf('priya'), 'Assignment', privilege, { end: w.now() + 3 * DAY })
    const request = await keep('priya', 'selfExtend', 'Assignment')
    expect(await decide('priya', request.id)).toMatchObject({ ok: false, fault: { code: 'OwnRequest' } })
    expect(await decide('lead', request.id)).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    expect(await requestOf(request.id)).toMatchObject({ status: 'PendingAdminDecision' })
    // Waiting does not lapse.
    w.pass(2 * DAY)
    await w.settle()
    expect(await requestOf(request.id)).toMatchObject({ status: 'PendingAdminDecision' })
    // Over in the meantime: granting is then a renewal, under the request's own id.
    w.pass(2 * DAY)
    await w.settle()
    expect(await decide('admin', request.id)).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    expect(await stands(request.id)).toMatchObject({ status: 'Provisioned' })
  })

  it('what waits is found by those who may decide, and by nobody else', async () => {
    await w.seed(idOf('sam'), 'Assignment', privilege, { end: w.now() + 3 * DAY })
    const request = await keep('sam', 'selfExtend', 'Assignment')
    const waiting = async (who: Name) => {
      const page = await listRequests(w.ctx, w.as(who), { ...LIST, plane: privilege.plane })
      return page.ok ? page.value.items.map((item) => item.request.id) : page.fault.code
    }
    expect(await waiting('admin')).toContain(request.id)
    for (const who of ['sam', 'lead', 'auditor'] as const) expect(await waiting(who)).not.toContain(request.id)
    await decide('admin', request.id, 'Deny')
    expect(await waiting('admin')).not.toContain(request.id)
  })

  it('a renewal granted begins a new assignment', async () => {
    await w.seed(idOf('manager'), 'Eligibility', privilege, { end: w.now() + DAY })
    w.pass(2 * DAY)
    await w.settle()
    const request = await keep('manager', 'selfRenew', 'Eligibility')
    expect(await decide('admin', request.id)).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    expect(await stands(request.id)).toMatchObject({ status: 'Provisioned', ends_at: w.now() + 30 * DAY })
  })

  it('an administrator who extends or removes the assignment has decided', async () => {
    const old = await w.seed(idOf('lead'), 'Assignment', privilege, { end: w.now() + 3 * DAY })
    const first = await keep('lead', 'selfExtend', 'Assignment')
    const extended = await w.submit(
      w.as('admin'),
      w.ask('adminExtend', 'Assignment', privilege, idOf('lead'), { schedule: period('P10D') }),
    )
    expect(extended).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    expect(await requestOf(first.id)).toMatchObject({ status: 'Provisioned', schedule_id: old })
    const [approval] = await w.db.query<{ status: string }>('select status from approvals where request_id = $1', [first.id])
    expect(approval?.status).toBe('Completed')
    const second = await keep('lead', 'selfExtend', 'Assignment', period('P60D'))
    expect(await removeOutside(w.ctx, w.as('admin'), { privilege, principalId: idOf('lead'), scheduleId: null })).toMatchObject({
      ok: true,
    })
    expect(await requestOf(second.id)).toMatchObject({ status: 'Failed' })
  })
})
