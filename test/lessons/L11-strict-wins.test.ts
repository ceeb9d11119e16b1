// L11: a permissive rule never overrides a strict one. Whoever has two ways to a privilege is held to the settings of what they ask
// for, wherever the eligibility lies and whichever they name.

import { expect, it } from 'vitest'
import { cancelRequest } from '../../src/operations/cancel-request.ts'
import { accountFor, governVault, vault, workerOn } from '../support/ledger.ts'
import { APPROVERS, idOf, makeWorld, RG, resourceRole, SUBSCRIPTION, TEAM } from '../support/world.ts'

const w = await makeWorld()
const t = await vault()
const strict = resourceRole(RG)
await governVault(w, t, strict)
const account = await accountFor(w, t, 'engineer')
const worker = workerOn(w.ctx)
const me = idOf('engineer')
const approvers = [{ kind: 'group', id: APPROVERS, isBackup: false, description: null }]
const stage = {
  approvalStageTimeOutInDays: 1,
  isApproverJustificationRequired: false,
  escalationTimeInMinutes: 0,
  isEscalationEnabled: false,
  primaryApprovers: approvers,
  escalationApprovers: [],
}
const APPROVAL = [
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
      approvalStages: [stage],
    },
  },
]
await w.policy(strict, APPROVAL)
// Permissive ways: from above, where no approval is asked for, and through a team.
const above = await w.seed(me, 'Eligibility', resourceRole(SUBSCRIPTION))
await w.seed(me, 'Assignment', { plane: 'group', scope: TEAM, role: 'member' })
const team = await w.seed(TEAM, 'Eligibility', strict)
const own = await w.seed(me, 'Eligibility', strict)
const activate = (linkedScheduleId: string | null, privilege = strict) =>
  w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', privilege, me, { linkedScheduleId }))

it.each([
  ['nothing is named', null],
  ['the team’s is named', team],
  ['one’s own is named', own],
])('is held for approval when %s', async (_, linkedScheduleId) => {
  const asked = await activate(linkedScheduleId)
  expect(asked).toMatchObject({ ok: true, value: { request: { status: 'PendingApproval' } } })
  await worker.run()
  expect(await t.peer.can(account)).toBe(false)
  const cancelled = await cancelRequest(w.ctx, w.as('engineer'), asked.ok ? asked.value.request.id : '')
  expect(cancelled.ok).toBe(true)
})

it('nor does a lax policy further down help whoever is eligible above under a strict one', async () => {
  const sub = resourceRole(SUBSCRIPTION)
  await w.policy(sub, APPROVAL)
  await w.policy(strict, [])
  const asked = await activate(above)
  expect(asked).toMatchObject({ ok: true, value: { request: { status: 'PendingApproval' } } })
  await worker.run()
  expect(await t.peer.can(account)).toBe(false)
})
