// L5: a decision and its count are one serialisable transaction: two deciders in the same instant, from two processes, give one
// outcome. L6: a used approval cannot be used again. L16: the decider's authority is judged in the transaction that decides.

import { afterAll, describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { decideApproval } from '../../src/operations/decide-approval.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { startHouse } from '../support/house.ts'
import { accountFor, governVault, vault, workerOn } from '../support/ledger.ts'
import { APPROVERS, groupRole, idOf, makeWorld } from '../support/world.ts'

const ROUNDS = process.env.STINT_SOAK ? 200 : 20

const w = await makeWorld({ settings: { shortestStint: 0 } })
const t = await vault()
await governVault(w, t, groupRole())
const account = await accountFor(w, t, 'engineer')
await w.seed(idOf('engineer'), 'Eligibility', groupRole())
await w.policy(groupRole(), [
  {
    id: 'Approval_EndUser_Assignment',
    kind: 'Approval',
    caller: 'EndUser',
    level: 'Assignment',
    setting: {
      isApprovalRequired: true,
      isApprovalRequiredForExtension: false,
      isRequestorJustificationRequired: true,
      approvalMode: 'SingleStage',
      approvalStages: [
        {
          approvalStageTimeOutInDays: 1,
          isApproverJustificationRequired: false,
          escalationTimeInMinutes: 0,
          isEscalationEnabled: false,
          primaryApprovers: [{ kind: 'group', id: APPROVERS, isBackup: false, description: null }],
          escalationApprovers: [],
        },
      ],
    },
  },
])
const houses = [await startHouse(w.options, { now: w.now() }), await startHouse(w.options, { now: w.now() })] as const
afterAll(() => Promise.all(houses.map((h) => h.stop())))
const worker = workerOn(w.ctx)
const ask = async () => {
  const asked = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', groupRole(), idOf('engineer')))
  if (!asked.ok) throw new Error(asked.fault.words)
  expect(asked.value.request.status).toBe('PendingApproval')
  return asked.value.request.id
}
const decide = (name: 'lead' | 'manager', approvalId: string, result: 'Approve' | 'Deny' = 'Approve') =>
  decideApproval(w.ctx, w.as(name), { approvalId, result, justification: 'seen' })
const over = () => w.submit(w.as('engineer'), w.ask('selfDeactivate', 'Assignment', groupRole(), idOf('engineer')))
const can = async () => {
  await worker.run()
  return t.peer.can(account)
}

describe('L5', () => {
  it(`one outcome of two decisions at once, ${ROUNDS} times`, async () => {
    const outcomes = { Approve: 0, Deny: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const approvalId = await ask()
      const at = Date.now() + 15
      const decisions = ['Approve', 'Deny'] as const
      const answers = await Promise.all(
        houses.map((house, i) =>
          house.decide(
            idOf(i === 0 ? 'lead' : 'manager'),
            { approvalId, result: decisions[(i + round) % 2] as 'Approve', justification: 'x' },
            at,
          ),
        ),
      )
      expect(
        answers.filter((a) => a.ok),
        JSON.stringify(answers),
      ).toHaveLength(1)
      expect(answers.find((a) => !a.ok)?.code).toBe('ApprovalAlreadyDecided')
      const [row] = await w.db.query<{ status: string; result: 'Approve' | 'Deny'; n: number }>(
        `select r.status, a.decision->>'result' as result,
           (select count(*)::int from events where machine = 'approval' and from_state = 'InProgress' and subject_id = a.id::text) as n
         from requests r join approvals a on a.request_id = r.id where r.id = $1`,
        [approvalId],
      )
      expect(row?.n).toBe(1)
      expect(row?.status).toBe(row?.result === 'Approve' ? 'Provisioned' : 'Denied')
      outcomes[row?.result as 'Approve'] += 1
      if (row?.result === 'Approve') await over()
    }
    console.info(`L5: ${ROUNDS} rounds, two processes: ${outcomes.Approve} approved, ${outcomes.Deny} denied, never both`)
    expect(await can()).toBe(false)
  })
})

describe('L6', () => {
  it('a used approval opens nothing a second time: neither while it is active nor after its end', async () => {
    const approvalId = await ask()
    expect((await decide('lead', approvalId)).ok).toBe(true)
    expect(await can()).toBe(true)
    for (const name of ['lead', 'manager'] as const) {
      expect(await decide(name, approvalId)).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
    }
    w.pass(HOUR)
    await w.settle()
    expect(await can()).toBe(false)
    expect(await decide('manager', approvalId)).toMatchObject({ ok: false, fault: { code: 'ApprovalAlreadyDecided' } })
    expect(await can()).toBe(false)
  })
})

describe('L16', () => {
  it('whoever left the approvers after the request was made decides nothing any more', async () => {
    const approvalId = await ask()
    const left = await w.submit(w.as('admin'), w.ask('adminRemove', 'Assignment', groupRole(APPROVERS), idOf('lead'), { schedule: null }))
    expect(left.ok).toBe(true)
    expect(await decide('lead', approvalId)).toMatchObject({ ok: false, fault: { code: 'NotAnApprover' } })
    expect(await can()).toBe(false)
    const [refusal] = await w.db.query(`select actor_id from events where kind = 'refusal' and subject_id = $1`, [approvalId])
    expect(refusal).toEqual({ actor_id: idOf('lead') })
  })

  it('nor does whoever was disabled; enabled again, they do', async () => {
    const [pending] = await w.db.query<{ id: string }>(`select id from requests where status = 'PendingApproval'`)
    const approvalId = String(pending?.id)
    expect((await setPrincipalEnabled(w.ctx, w.as('admin'), idOf('manager'), false)).ok).toBe(true)
    expect((await decide('manager', approvalId)).ok).toBe(false)
    expect((await setPrincipalEnabled(w.ctx, w.as('admin'), idOf('manager'), true)).ok).toBe(true)
    w.pass(MINUTE)
    expect((await decide('manager', approvalId)).ok).toBe(true)
    expect(await can()).toBe(true)
  })
})
