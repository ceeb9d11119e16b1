// An approver's word. Authority, decision and effect are judged and written in one transaction (L5, L16).

import type { ApprovalFact, Decision, ReviewResult } from '../domain/approval/approval.ts'
import { type Completed, completeApproval } from '../domain/approval/complete.ts'
import { judgeDecision } from '../domain/approval/decide.ts'
import { completeExtension } from '../domain/approval/extension.ts'
import type { Facts } from '../domain/facts.ts'
import { fault } from '../domain/faults.ts'
import type { RequestFact, ScheduleInfo } from '../domain/request/request.ts'
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
  /** For an extension or renewal: the period to give, where it differs from the one asked for (behaviour 2.6). */
  readonly schedule?: ScheduleInfo | null
}

export interface Decided {
  readonly request: RequestFact
  readonly approval: ApprovalFact
  readonly completed: Completed
  readonly facts: Facts
}

/** What follows from a decision that its maker may take. */
function complete(
  ctx: Ctx,
  call: Call,
  facts: Facts,
  of: { request: RequestFact; approval: ApprovalFact },
  input: DecideInput,
  decision: Decision,
) {
  const errand = errandOf(ctx, call, facts.now)
  return of.approval.stage.administrators
    ? completeExtension(errand, facts, of.request, of.approval, decision, input.schedule ?? null)
    : ok(completeApproval(errand, facts, of.request, of.approval, decision))
}

/**
 * Decides. Faults: `ResourceNotFound`, `OwnRequest`, `NotAnApprover`, `ApprovalAlreadyDecided`, `ApprovalExpired`,
 * `ApproverJustificationRequired`; where an administrator grants an extension or renewal, also every finding of `evaluate`.
 */
export async function decideApproval(ctx: Ctx, call: Call, input: DecideInput): Promise<Result<Decided>> {
  const unknown = refuse(fault('ResourceNotFound', { id: input.approvalId }))
  const found = await readRequest(ctx, input.approvalId)
  if (!found?.approvalId) return unknown
  return ctx.lane.submit<Result<Decided>>({
    ...aboutRequest(call.actor, found),
    judge(facts) {
      const { request, approval } = facts.subject ?? { request: found, approval: null }
      if (!approval) return { result: unknown, change: null }
      const by = call.actor.t === 'user' ? call.actor.id : ''
      const decision: Decision = { by, result: input.result, justification: input.justification, at: facts.now }
      const judged = judgeDecision(call.actor, facts, request, approval, input.justification)
      const completed = judged.ok ? complete(ctx, call, facts, { request, approval }, input, decision) : judged
      if (!completed.ok) {
        const subject = { kind: 'approval', id: approval.id }
        return { result: completed, change: refusal(ctx, call, request.ask, subject, completed.fault, facts.now) }
      }
      const moved = { ...request, status: completed.value.status }
      const settled: ApprovalFact = { ...approval, status: 'Completed', decision }
      return { result: ok({ request: moved, approval: settled, completed: completed.value, facts }), change: completed.value.change }
    },
    onConflict: (constraint) => (constraint === 'schedules_one_window_per_source' ? refuse(fault('RoleAssignmentExists')) : null),
  })
}
