// An administrator's word on what a holder asked to keep: an extension while it lasts, a renewal once it is over. Granting is the
// administrator's own act, judged by the rules for administrators; the wish may be changed (behaviour 2.6).

import { both, type Change, type Errand, NO_CHANGE } from '../change.ts'
import type { Facts } from '../facts.ts'
import { given } from '../policy/affected.ts'
import { evaluate, refusalOf } from '../policy/evaluate.ts'
import { written } from '../request/decide.ts'
import type { Ask, RequestFact, ScheduleInfo } from '../request/request.ts'
import { ok, type Result, refuse } from '../result.ts'
import { moveRequest } from '../schedule/moves.ts'
import { isOpen } from '../schedule/schedule.ts'
import type { ApprovalFact, Decision } from './approval.ts'
import type { Completed } from './complete.ts'
import { moveApproval } from './move.ts'

/** The ask that granting amounts to. */
function granting({ ask }: RequestFact, facts: Facts, wish: ScheduleInfo | null, decision: Decision): Ask {
  const lasts = facts.schedules.some(
    (s) =>
      s.level === ask.level &&
      given(s) &&
      s.principalId === ask.principalId &&
      s.privilege.scope === ask.privilege.scope &&
      isOpen(s, facts.now),
  )
  return {
    ...ask,
    action: lasts ? 'adminExtend' : 'adminRenew',
    schedule: wish ?? ask.schedule,
    justification: decision.justification?.trim() ? decision.justification : ask.justification,
    name: null,
    linkedScheduleId: null,
  }
}

/** The decision takes effect. Faults: every finding of the administrator's own ask; the request then still waits. */
export function completeExtension(
  errand: Errand,
  facts: Facts,
  request: RequestFact,
  approval: ApprovalFact,
  decision: Decision,
  wish: ScheduleInfo | null,
): Result<Completed> {
  const settled = moveApproval(errand, request, approval, 'Completed', decision)
  if (decision.result === 'Deny') {
    const change = both(settled, moveRequest(errand, request, 'AdminDenied', decision.justification))
    return ok({ change, status: 'AdminDenied', schedule: null, findings: [] })
  }
  const verdict = evaluate(errand.actor, granting(request, facts, wish, decision), facts, request.id)
  const refused = refusalOf(verdict.findings, { scope: request.ask.privilege.scope })
  if (refused) return refuse(refused)
  const { status, schedule, changes } = written(errand, verdict.case, request.id)
  const moved = moveRequest(errand, request, status, decision.justification, schedule ? { schedule } : {})
  const change = [settled, moved, ...changes].reduce<Change>(both, NO_CHANGE)
  return ok({ change, status, schedule, findings: [] })
}
