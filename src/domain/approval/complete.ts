// The last word on a held request. Rules, stages and approvers are those it was submitted under; eligibility, principal, window
// and scope are judged again, as they are now (D6). The same `evaluate` judges.

import type { Actor } from '../access/actor.ts'
import { both, type Change, type Errand, NO_CHANGE } from '../change.ts'
import { type Facts, NO_PROOF } from '../facts.ts'
import type { Finding } from '../faults.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { RequestFact, RequestStatus } from '../request/request.ts'
import { addSchedule, moveRequest } from '../schedule/moves.ts'
import { newSchedule } from '../schedule/new-schedule.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import type { ApprovalFact, Decision } from './approval.ts'
import { moveApproval } from './move.ts'

export interface Completed {
  readonly change: Change
  readonly status: RequestStatus
  readonly schedule: ScheduleFact | null
  /** Why an approved request failed after all. */
  readonly findings: readonly Finding[]
}

const sum = (changes: readonly Change[]): Change => changes.reduce(both, NO_CHANGE)

/** The requestor as it stood at submission, for the second look. */
const requestorOf = (request: RequestFact): Actor => ({
  t: 'user',
  id: request.ask.principalId,
  proof: request.proof ?? NO_PROOF,
  scopes: null,
  app: null,
  ip: request.proof?.address ?? null,
})

function grant(errand: Errand, facts: Facts, request: RequestFact): Omit<Completed, 'change'> & { readonly changes: readonly Change[] } {
  const snapshot = request.snapshot
  const live: Facts = {
    ...facts,
    actor: { principal: facts.principal, edges: facts.edges, held: [] },
    nameTaken: false,
    proofSpent: false,
    policies: snapshot ? [{ scope: snapshot.policyScope, changed: snapshot.changed }] : facts.policies,
  }
  const ask = { ...request.ask, linkedScheduleId: request.eligibilityId }
  const { case: c, findings } = evaluate(requestorOf(request), ask, live, request.id)
  if (findings.length > 0 || !c.window) {
    const why = findings.map((f) => f.rule).join(', ')
    return { status: 'Failed', schedule: null, findings, changes: [moveRequest(errand, request, 'Failed', why)] }
  }
  const schedule = newSchedule(c, request.id, c.window)
  const status = schedule.status === 'Granted' ? 'Granted' : 'Provisioned'
  const changes = [
    moveRequest(errand, request, status, request.ask.justification, { completedAt: schedule.window.start, schedule }),
    addSchedule(errand, schedule, request.ask.action, request.ask.justification),
  ]
  return { status, schedule, findings: [], changes }
}

/** A decision takes effect: denied, or granted if the ground still holds. */
export function completeApproval(
  errand: Errand,
  facts: Facts,
  request: RequestFact,
  approval: ApprovalFact,
  decision: Decision,
): Completed {
  const settled = moveApproval(errand, request, approval, 'Completed', decision)
  if (decision.result === 'Deny') {
    const change = sum([settled, moveRequest(errand, request, 'Denied', decision.justification)])
    return { change, status: 'Denied', schedule: null, findings: [] }
  }
  const granted = grant(errand, facts, request)
  return { ...granted, change: sum([settled, ...granted.changes]) }
}

/** Nobody decided in time (AP5). */
export const lapse = (errand: Errand, request: RequestFact, approval: ApprovalFact): Change =>
  sum([moveApproval(errand, request, approval, 'Expired', null), moveRequest(errand, request, 'TimedOut', 'nobody decided in time')])
