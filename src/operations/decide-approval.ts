// An approver's word. Authority, decision and effect are judged and written in one transaction (L5, L16).

import type { ApprovalFact, ReviewResult } from '../domain/approval/approval.ts'
import { type Completed, completeApproval } from '../domain/approval/complete.ts'
import { judgeDecision } from '../domain/approval/decide.ts'
import type { Facts } from '../domain/facts.ts'
import { fault } from '../domain/faults.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { aboutRequest } from './query-of.ts'
import { readRequest } from './read-request.ts'
import { refusal } from './refusal.ts'

export interface DecideInput {
  /** The approval's id, which is its request's. */
  readonly approvalId: string
  readonly result: ReviewResult
  readonly justification: string | null
}

export interface Decided {
  readonly request: RequestFact
  readonly approval: ApprovalFact
  readonly completed: Completed
  readonly facts: Facts
}

/** Decides. Faults: `ResourceNotFound`, `OwnRequest`, `NotAnApprover`, `ApprovalAlreadyDecided`, `ApprovalExpired`, `ApproverJustificationRequired`. */
export async function decideApproval(ctx: Ctx, call: Call, input: DecideInput): Promise<Result<Decided>> {
  const unknown = refuse(fault('ResourceNotFound', { id: input.approvalId }))
  const found = await readRequest(ctx, input.approvalId)
  if (!found?.approvalId) return unknown
  return ctx.lane.submit<Result<Decided>>({
    ...aboutRequest(call.actor, found),
    judge(facts) {
      const { request, approval } = facts.subject ?? { request: found, approval: null }
      if (!approval) return { result: unknown, change: null }
      const judged = judgeDecision(call.actor, facts.actor, request, approval, input.justification, facts.now)
      if (!judged.ok) {
        const subject = { kind: 'approval', id: approval.id }
        return { result: judged, change: refusal(ctx, call, request.ask, subject, judged.fault, facts.now) }
      }
      const by = call.actor.t === 'user' ? call.actor.id : ''
      const decision = { by, result: input.result, justification: input.justification, at: facts.now }
      const completed = completeApproval(errandOf(ctx, call, facts.now), facts, request, approval, decision)
      const moved = { ...request, status: completed.status }
      const settled: ApprovalFact = { ...approval, status: 'Completed', decision }
      return { result: ok({ request: moved, approval: settled, completed, facts }), change: completed.change }
    },
    onConflict: (constraint) => (constraint === 'schedules_one_window_per_source' ? refuse(fault('RoleAssignmentExists')) : null),
  })
}
