// May this person decide, and what follows? Judged in the transaction that records the decision (L16): a decider is in the
// snapshot, still enabled, still an active member of the named group, and never the requestor (AP2–AP4, AP8, D6).

import type { Actor } from '../access/actor.ts'
import { heldNow, holdsDirectoryRole, requireAuthority } from '../access/authority.ts'
import { groupsOf } from '../access/groups.ts'
import type { ActorFact, Facts } from '../facts.ts'
import { fault } from '../faults.ts'
import { planeOf } from '../planes/planes.ts'
import { isPending, type RequestFact } from '../request/request.ts'
import { ok, type Result, refuse } from '../result.ts'
import type { Instant } from '../time.ts'
import type { ApprovalFact, ReviewResult, StagePlan } from './approval.ts'

const administers = (actor: Actor, facts: Facts, { ask }: RequestFact): boolean =>
  facts.scope !== null &&
  requireAuthority(actor, facts.actor, planeOf(ask.privilege).administer(facts.scope), ask.privilege.scope, facts.now).ok

/** Is the caller among those asked, now? */
export function isAsked(actor: Actor, facts: Facts, request: RequestFact, stage: StagePlan): boolean {
  const { principal } = facts.actor
  if (actor.t !== 'user' || !principal?.enabled || principal.kind !== 'user') return false
  return stage.administrators ? administers(actor, facts, request) : isApprover(stage, facts.actor, facts.now)
}

function isApprover(stage: StagePlan, who: ActorFact, now: Instant): boolean {
  const person = who.principal
  if (!person) return false
  const groups = groupsOf(person.id, who.edges, now)
  const named = stage.approvers.some((a) => (a.kind === 'user' ? a.id === person.id : groups.has(a.id)))
  return named || (stage.defaultRoles.length > 0 && holdsDirectoryRole(heldNow(who, now), stage.defaultRoles))
}

/** Checks a decision. Faults: `OwnRequest`, `NotAnApprover`, `ApprovalAlreadyDecided`, `ApprovalExpired`, `ApproverJustificationRequired`. */
export function judgeDecision(
  actor: Actor,
  facts: Facts,
  request: RequestFact,
  approval: ApprovalFact,
  justification: string | null,
): Result<true> {
  if (actor.t !== 'user') return refuse(fault('NotAnApprover', { id: approval.id }))
  if (request.ask.principalId === actor.id || request.requestedBy === actor.id) return refuse(fault('OwnRequest'))
  const { now } = facts
  if (!isAsked(actor, facts, request, approval.stage)) return refuse(fault('NotAnApprover', { id: approval.id }))
  if (approval.status === 'Expired' || (approval.status === 'InProgress' && now >= approval.dueAt))
    return refuse(fault('ApprovalExpired', { id: approval.id }))
  if (approval.status !== 'InProgress' || !isPending(request.status)) return refuse(fault('ApprovalAlreadyDecided', { id: approval.id }))
  if (approval.stage.isApproverJustificationRequired && !justification?.trim()) return refuse(fault('ApproverJustificationRequired'))
  return ok(true)
}

/** Reads a review result in any of the spellings that the published pages print (behaviour 4.4). */
export function parseReviewResult(text: string): ReviewResult | null {
  const word = text.toLowerCase()
  if (word === 'approve' || word === 'approved') return 'Approve'
  return word === 'deny' || word === 'denied' ? 'Deny' : null
}
