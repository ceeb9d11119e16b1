// Requests of holders who wish to keep what they have: they wait for an administrator's word (behaviour 2.6).

import { moveApproval } from '../approval/move.ts'
import { both, type Change, type Errand } from '../change.ts'
import { moveRequest } from '../schedule/moves.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import { type Ask, type RequestFact, sameKey } from './request.ts'

/** Those that wait on the assignment that an ask is about. */
export const waitingOn = (pending: readonly RequestFact[], ask: Ask): readonly RequestFact[] =>
  pending.filter((r) => r.status === 'PendingAdminDecision' && sameKey(r.ask, ask))

/** Answered by what was done: kept as it now stands, or gone with it. */
export function settleWaiting(errand: Errand, r: RequestFact, kept: ScheduleFact | null, reason: string | null): Change {
  const status = kept?.status === 'Granted' ? 'Granted' : 'Provisioned'
  const moved = kept
    ? moveRequest(errand, r, status, reason, { completedAt: errand.now, schedule: kept })
    : moveRequest(errand, r, 'Failed', reason)
  if (r.approvalId === null) return moved
  const by = errand.actor.t === 'user' ? errand.actor.id : ''
  const decision = kept && by !== '' ? { by, result: 'Approve' as const, justification: reason, at: errand.now } : null
  const open = { id: r.approvalId, status: 'InProgress' as const }
  return both(moveApproval(errand, r, open, decision ? 'Completed' : 'Canceled', decision), moved)
}
