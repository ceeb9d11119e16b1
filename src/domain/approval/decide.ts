// May this person decide, and what follows? Judged in the transaction that records the decision (L16): a decider is in the
// snapshot, still enabled, still an active member of the named group, and never the requestor (AP2–AP4, AP8, D6).

import type { Actor } from '../access/actor.ts'
import { heldNow, holdsDirectoryRole } from '../access/authority.ts'
import { groupsOf } from '../access/groups.ts'
import type { ActorFact } from '../facts.ts'
import { fault } from '../faults.ts'
import type { RequestFact } from '../request/request.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Instant } from '../time.ts'
import type { ApprovalFact, ReviewResult, StagePlan } from './approval.ts'

/** Is this person among those asked, now? */
export function isApprover(stage: StagePlan, who: ActorFact, now: Instant): boolean {
  const person = who.principal
  if (!person?.enabled || person.kind !== 'user') return false
  const groups = groupsOf(person.id, who.edges, now)
  const named = stage.approvers.some((a) => (a.kind === 'user' ? a.id === person.id : groups.has(a.id)))
  return named || (stage.defaultRoles.length > 0 && holdsDirectoryRole(heldNow(who, now), stage.defaultRoles))
}

/** Checks a decision. Faults: `OwnRequest`, `NotAnApprover`, `ApprovalAlreadyDecided`, `ApprovalExpired`, `ApproverJustificationRequired`. */
export function judgeDecision(
  actor: Actor,
  who: ActorFact,
  request: RequestFact,
  approval: ApprovalFact,
  justification: string | null,
  now: Instant,
): Result<true> {
  if (actor.t !== 'user') return refuse(fault('NotAnApprover', { id: approval.id }))
  if (request.ask.principalId === actor.id || request.requestedBy === actor.id) return refuse(fault('OwnRequest'))
  if (!isApprover(approval.stage, who, now)) return refuse(fault('NotAnApprover', { id: approval.id }))
  if (approval.status === 'Expired' || (approval.status === 'InProgress' && now >= approval.dueAt))
    return refuse(fault('ApprovalExpired', { id: approval.id }))
  if (approval.status !== 'InProgress' || request.status !== 'PendingApproval')
    return refuse(fault('ApprovalAlreadyDecided', { id: approval.id }))
  if (approval.stage.isApproverJustificationRequired && !justification?.trim()) return refuse(fault('ApproverJustificationRequired'))
  return ok(true)
}

/** Reads a review result in any of the spellings that the published pages print (behaviour 4.4). */
export function parseReviewResult(text: string): ReviewResult | null {
  const word = text.toLowerCase()
  if (word === 'approve' || word === 'approved') return 'Approve'
  return word === 'deny' || word === 'denied' ? 'Deny' : null
}
