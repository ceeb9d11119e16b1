// Nobody decides their own request, by whatever name or door they come (behaviour 4.1 AP3), and a decision needs its ground.

import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import type { Call } from '../../src/operations/context.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { APPROVERS, approvalBy, groupRole, idOf, makeWorld, PLANE_CASES, SERVICE, TEAM, type World } from '../support/world.ts'

const me = idOf('engineer')

describe.each(PLANE_CASES)('on the %s plane', async (_, privilege) => {
  const w: World = await makeWorld()
  let id = ''
  const decide = (call: Call, result: 'Approve' | 'Deny' = 'Approve') =>
    decideApproval(w.ctx, call, { approvalId: id, result, justification: 'mine' })
  const status = async () => (await w.db.query<{ status: string }>('select status from requests where id = $1', [id]))[0]?.status
  const as = (actor: object): Call => ({ actor: actor as Call['actor'], correlationId: randomUUID() })

  beforeEach(async () => {
    await w.policy(privilege, [approvalBy('group', 'lead', 'engineer')])
    await w.db.query(
      `update schedules set status = 'Revoked', ends_at = starts_at where principal_id = any($1) and status in ('Granted', 'Provisioned')`,
      [[me, TEAM]],
    )
    await w.db.query(`update requests set status = 'Canceled' where status = 'PendingApproval'`)
    w.pass(1_000)
    await w.seed(me, 'Eligibility', privilege, { start: w.now() })
    const asked = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me))
    if (!asked.ok) throw new Error(asked.fault.words)
    id = asked.value.request.id
  })

  it('not the requestor, named or by a group it joined after asking', async () => {
    const own = { ok: false, fault: { code: 'OwnRequest' } }
    expect(await decide(w.as('engineer'))).toMatchObject(own)
    await w.seed(me, 'Assignment', groupRole(APPROVERS), { start: w.now() })
    expect(await decide(w.as('engineer'))).toMatchObject(own)
    expect(await decide(w.as('engineer'), 'Deny')).toMatchObject(own)
    expect(await status()).toBe('PendingApproval')
  })

  it('no program, no group, no disabled approver, nobody in passing', async () => {
    const proof = { amr: ['mfa'], acrs: [], at: null }
    const others = [
      as({ t: 'app', id: SERVICE, permissions: ['RoleManagement.ReadWrite.Directory'], ip: null }),
      as({ t: 'app', id: idOf('lead'), permissions: ['RoleManagement.ReadWrite.Directory'], ip: null }),
      as({ t: 'user', id: SERVICE, proof, scopes: null, app: null, ip: null }),
      as({ t: 'user', id: APPROVERS, proof, scopes: null, app: null, ip: null }),
      w.as('sam'),
      w.as('admin'),
    ]
    await w.seed(SERVICE, 'Assignment', groupRole(APPROVERS)).catch(() => {})
    for (const call of others) expect(await decide(call)).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    await w.db.query('update principals set enabled = false where id = $1', [idOf('lead')])
    expect(await decide(w.as('lead'))).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    await w.db.query('update principals set enabled = true where id = $1', [idOf('lead')])
    expect(await status()).toBe('PendingApproval')
  })

  it('not twice, not after a withdrawal', async () => {
    expect(await decide(w.as('lead'), 'Deny')).toMatchObject({ ok: true })
    expect(await decide(w.as('manager'))).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
    expect(await status()).toBe('Denied')
  })

  it('not after a withdrawal', async () => {
    expect((await cancelRequest(w.ctx, w.as('engineer'), id)).ok).toBe(true)
    expect(await decide(w.as('lead'))).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
    expect(await status()).toBe('Canceled')
  })

  it('nor without the eligibility it was asked on, be there another by now', async () => {
    await w.db.query(
      `update schedules set status = 'Revoked', ends_at = $2 where principal_id = $1 and level = 'Eligibility' and status = 'Provisioned'`,
      [me, new Date(w.now()).toISOString()],
    )
    w.pass(1_000)
    await w.seed(me, 'Eligibility', privilege, { start: w.now() })
    expect(await decide(w.as('lead'))).toMatchObject({ ok: true, value: { completed: { status: 'Failed' } } })
    expect(await status()).toBe('Failed')
  })

  it('nor for somebody disabled meanwhile', async () => {
    await w.db.query('update principals set enabled = false where id = $1', [me])
    expect(await decide(w.as('lead'))).toMatchObject({ ok: true, value: { completed: { status: 'Failed' } } })
    await w.db.query('update principals set enabled = true where id = $1', [me])
  })

  it('a tightened eligibility cuts what is approved', async () => {
    const end = w.now() + 30 * 60_000
    await w.db.query(`update schedules set ends_at = $2 where principal_id = $1 and level = 'Eligibility' and status = 'Provisioned'`, [
      me,
      new Date(end).toISOString(),
    ])
    const done = await decide(w.as('lead'))
    expect(done).toMatchObject({ ok: true, value: { completed: { schedule: { window: { end } } } } })
  })
})
