// Withdrawing a request before it takes effect (behaviour 2.8).

import type { ApprovalFact } from '../approval/approval.ts'
import { moveApproval } from '../approval/move.ts'
import { both, type Change, type Errand, NO_CHANGE } from '../change.ts'
import { endSchedule, moveRequest } from '../schedule/moves.ts'
import { isOpen, type ScheduleFact } from '../schedule/schedule.ts'
import type { RequestFact } from './request.ts'

/** What a cancellation writes: the request, its open approval, and the schedule that had not begun. */
export function cancelRequest(
  errand: Errand,
  request: RequestFact,
  approval: ApprovalFact | null,
  schedules: readonly ScheduleFact[],
): Change {
  const open = approval?.status === 'InProgress' ? [moveApproval(errand, request, approval, 'Canceled', null)] : []
  const waiting = schedules.filter((s) => s.id === request.scheduleId && isOpen(s, errand.now) && s.window.start > errand.now)
  const changes = [
    moveRequest(errand, request, 'Canceled', 'withdrawn'),
    ...open,
    ...waiting.map((s) => endSchedule(errand, s, 'cancel', 'withdrawn')),
  ]
  return changes.reduce(both, NO_CHANGE)
}
