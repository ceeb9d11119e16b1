// The move of an approval, with its event.

import { type Change, type Errand, NO_CHANGE, transition } from '../change.ts'
import type { RequestFact } from '../request/request.ts'
import type { ApprovalFact, ApprovalStatus, Decision } from './approval.ts'

/** The approval moves, with its event. */
export function moveApproval(
  errand: Errand,
  request: RequestFact,
  approval: Pick<ApprovalFact, 'id' | 'status'>,
  to: ApprovalStatus,
  decision: Decision | null,
): Change {
  const { ask } = request
  const event = transition(errand, 'approval', approval.id, approval.status, to, {
    privilege: ask.privilege,
    principalId: ask.principalId,
    level: ask.level,
    requestId: request.id,
    action: decision ? decision.result : ask.action,
    reason: decision?.justification ?? null,
  })
  return { ...NO_CHANGE, approvalMoves: [{ id: approval.id, from: approval.status, to, decision }], events: [event] }
}
