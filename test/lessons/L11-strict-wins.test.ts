// L11: a permissive rule never overrides a strict one. Whoever has two ways to a privilege is held to the settings of what they ask
// for, wherever the eligibility lies and whichever they name.

import { expect, it } from 'vitest'
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
await w.policy(strict, [
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
])
// Permissive ways: from above, where no approval is asked for, and through a team.
const above = await w.seed(me, 'Eligibility', resourceRole(SUBSCRIPTION))
await w.seed(me, 'Assignment', { plane: 'group', scope: TEAM, role: 'member' })
const team = await w.seed(TEAM, 'Eligibility', strict)
const own = await w.seed(me, 'Eligibility', strict)

it.each([
  ['nothing named', null],
  ['the eligibility from above named', above],
  ['the team’s named', team],
  ['one’s own named', own],
])('is held for approval with %s', async (_, linkedScheduleId) => {
  const asked = await w.submit(w.as('engineer'), w.ask('selfActivate', 'Assignment', strict, me, { linkedScheduleId }))
  expect(asked).toMatchObject({ ok: true, value: { request: { status: 'PendingApproval' } } })
  await worker.run()
  expect(await t.peer.can(account)).toBe(false)
  const id = asked.ok ? asked.value.request.id : ''
  await w.db.query(`update requests set status = 'Canceled' where id = $1`, [id])
  await w.db.query(`update approvals set status = 'Canceled' where request_id = $1`, [id])
})
