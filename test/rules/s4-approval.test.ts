// Behaviour section 4: approval. Each test names the rule it holds.

import { describe, expect, it } from 'vitest'
import { GLOBAL_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import type { ReviewResult } from '../../src/domain/approval/approval.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { listRequests } from '../../src/operations/list.ts'
import { readApproval } from '../../src/operations/read-approval.ts'
import { readRequest } from '../../src/operations/read-request.ts'
import { APPROVERS, approvalBy, directoryRole, groupRole, idOf, makeWorld, type Name, PLANE_CASES } from '../support/world.ts'

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w = await makeWorld()
  const me = idOf('engineer')
  await w.seed(me, 'Eligibility', privilege)
  await w.policy(privilege, [approvalBy('group', 'engineer')])
  const ask = async (more = {}) => {
    const done = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, more))
    if (!done.ok) throw new Error(done.fault.words)
    return done.value.request
  }
  const decide = (id: string, who: Name, result: ReviewResult = 'Approve', justification: string | null = 'looked at it') =>
    decideApproval(w.ctx, w.as(who), { approvalId: id, result, justification })
  const statusOf = async (id: string) => (await readRequest(w.ctx, id))?.status
  const stop = () => w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', privilege, me))
  const waitingFor = async (who: Name) => {
    const found = await listRequests(w.ctx, w.as(who), {
      plane: privilege.plane,
      level: 'Assignment',
      mine: 'approver',
      assignedTo: null,
      scope: null,
      filter: null,
      order: 'id',
      limit: 9,
      after: null,
      count: false,
    })
    return found.ok ? found.value.items.map((i) => i.request.id) : null
  }

  it('AP1 one stage holds the request; access begins with the decision, and the clock with it', async () => {
    const request = await ask()
    expect(request).toMatchObject({ status: 'PendingApproval', approvalId: request.id })
    w.pass(40 * MINUTE)
    const done = await decide(request.id, 'lead')
    expect(done).toMatchObject({
      ok: true,
      value: { request: { status: 'Provisioned' }, completed: { schedule: { window: { start: w.now(), end: w.now() + HOUR } } } },
    })
    await stop()
  })

  it('AP2 named people and members of named groups decide; no program, nobody else', async () => {
    const { id } = await ask()
    expect(await decide(id, 'sam')).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    expect(await decide(id, 'admin')).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    const app = {
      actor: { t: 'app' as const, id: APPROVERS, permissions: ['RoleManagement.ReadWrite.Directory'], ip: null },
      correlationId: me,
    }
    expect(await decideApproval(w.ctx, app, { approvalId: id, result: 'Approve', justification: 'x' })).toMatchObject({
      ok: false,
      fault: { code: 'NotAnApprover' },
    })
    expect(await decide(id, 'manager')).toMatchObject({ ok: true })
    await stop()
  })

  it('AP3 nobody approves their own request, though named', async () => {
    const { id } = await ask()
    expect(await decide(id, 'engineer')).toMatchObject({ ok: false, fault: { code: 'OwnRequest' } })
    expect(await waitingFor('engineer')).toEqual([])
    await decide(id, 'lead', 'Deny')
    expect(await statusOf(id)).toBe('Denied')
  })

  it('AP4 the first decision settles it; a second one changes nothing', async () => {
    const { id } = await ask()
    expect(await decide(id, 'lead', 'Deny')).toMatchObject({ ok: true })
    expect(await decide(id, 'manager', 'Approve')).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
    expect(await statusOf(id)).toBe('Denied')
  })

  it('AP5 after 24 hours it lapses, with or without the worker; a new request is possible', async () => {
    const { id } = await ask()
    w.pass(DAY)
    expect(await decide(id, 'lead')).toMatchObject({ ok: false, fault: { code: 'ApprovalExpired' } })
    await w.settle()
    expect(await statusOf(id)).toBe('TimedOut')
    expect((await ask()).status).toBe('PendingApproval')
  })

  it('AP6 the approver gives a reason where the rule asks for one', async () => {
    const [id] = (await waitingFor('lead')) ?? []
    expect(await decide(id ?? '', 'lead', 'Approve', '  ')).toMatchObject({ ok: false, fault: { code: 'ApproverJustificationRequired' } })
    expect(await decide(id ?? '', 'lead')).toMatchObject({ ok: true })
    await stop()
  })

  it('AP7 administrators see every pending request and cancel it, but decide none unless they are asked', async () => {
    const { id } = await ask()
    const seen = await readApproval(w.ctx, w.as('admin'), privilege.plane, id)
    expect(seen).toMatchObject({ ok: true, value: { assignedToMe: false } })
    await decide(id, 'lead', 'Deny')
  })

  it('AP8 a group’s members are counted at the decision: who left may not, who joined may, who is merely eligible may not', async () => {
    const { id } = await ask()
    await w.seed(idOf('auditor'), 'Eligibility', groupRole(APPROVERS))
    expect(await decide(id, 'auditor')).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    await w.submit(w.as('admin'), w.ask('adminRemove', 'Assignment', groupRole(APPROVERS), idOf('manager')))
    expect(await decide(id, 'manager')).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    await w.seed(idOf('sam'), 'Assignment', groupRole(APPROVERS))
    expect(await decide(id, 'sam', 'Deny')).toMatchObject({ ok: true })
  })

  it('AP9 a disabled approver decides nothing; the others do', async () => {
    const { id } = await ask()
    await w.db.query('update principals set enabled = false where id = $1', [idOf('lead')])
    expect((await decide(id, 'lead')).ok).toBe(false)
    expect(await decide(id, 'sam', 'Deny')).toMatchObject({ ok: true })
    await w.db.query('update principals set enabled = true where id = $1', [idOf('lead')])
  })

  it('4.3 requestor, approvers and readers see it, others do not; the decision shows who and why', async () => {
    const { id } = await ask()
    expect(await waitingFor('lead')).toEqual([id])
    expect(await readApproval(w.ctx, w.as('auditor'), privilege.plane, id)).toMatchObject({ ok: false, fault: { code: 'Forbidden' } })
    expect(await readApproval(w.ctx, w.as('lead'), privilege.plane, id)).toMatchObject({ ok: true, value: { assignedToMe: true } })
    await decide(id, 'lead', 'Deny', 'not today')
    expect(await waitingFor('lead')).toEqual([])
    expect(await readApproval(w.ctx, w.as('engineer'), privilege.plane, id)).toMatchObject({
      ok: true,
      value: { approval: { decision: { result: 'Deny', justification: 'not today' } }, reviewedBy: { displayName: 'lead' } },
    })
  })

  it('2.7 approved after the wished start it begins now with its full length; with a fixed end, or not at all', async () => {
    const wished = await ask({ schedule: { start: w.now() + MINUTE, type: 'AfterDuration', duration: 'PT1H', end: null } })
    w.pass(HOUR)
    expect(await decide(wished.id, 'lead')).toMatchObject({
      ok: true,
      value: { completed: { schedule: { window: { start: w.now(), end: w.now() + HOUR } } } },
    })
    await stop()
    const fixed = await ask({ schedule: { start: null, type: 'AfterDateTime', duration: null, end: w.now() + HOUR } })
    w.pass(56 * MINUTE)
    expect(await decide(fixed.id, 'lead')).toMatchObject({ ok: true, value: { request: { status: 'Failed' } } })
    const later = await ask({ schedule: { start: w.now() + HOUR, type: 'AfterDuration', duration: 'PT1H', end: null } })
    expect(await decide(later.id, 'lead')).toMatchObject({ ok: true, value: { request: { status: 'Granted' } } })
  })
})

describe('4.2 who approves when nobody is named', async () => {
  const w = await makeWorld()
  const bare = approvalBy()
  await w.policy(directoryRole(), [bare])
  await w.seed(idOf('engineer'), 'Eligibility', directoryRole())
  await w.seed(idOf('priya'), 'Eligibility', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))

  it('active Privileged Role and Global Administrators do on the directory plane; the merely eligible do not', async () => {
    const done = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', directoryRole(), idOf('engineer')))
    const id = done.ok ? done.value.request.id : ''
    const decide = (who: Name) => decideApproval(w.ctx, w.as(who), { approvalId: id, result: 'Approve', justification: 'yes' })
    expect(await decide('priya')).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    await w.submit(w.as('priya'), w.ask('selfActivate', 'Assignment', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR), idOf('priya')))
    expect(await decide('priya')).toMatchObject({ ok: true, value: { request: { status: 'Provisioned' } } })
    expect(GLOBAL_ADMINISTRATOR).toMatch(/^62e9/)
  })
})
