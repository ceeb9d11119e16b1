// Withdrawing a request that has not taken effect: its maker, or any administrator of the plane (behaviour 2.8).

import { requireAuthority } from '../domain/access/authority.ts'
import type { Facts } from '../domain/facts.ts'
import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { cancelRequest as withdraw } from '../domain/request/cancel.ts'
import { isCancelable, type RequestFact } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { aboutRequest } from './query-of.ts'
import { readRequest } from './read-request.ts'
import { refusal } from './refusal.ts'

function judge(call: Call, facts: Facts, request: RequestFact): Result<true> {
  const { actor } = call
  const own = actor.t !== 'system' && (request.requestedBy === actor.id || request.ask.principalId === actor.id)
  if (!own || !facts.actor.principal?.enabled) {
    if (!facts.scope) return refuse(fault('ResourceNotFound', { id: request.id }))
    const need = planeOf(request.ask.privilege).administer(facts.scope)
    const allowed = requireAuthority(actor, facts.actor, need, facts.scope.id, facts.now)
    if (!allowed.ok) return allowed
  }
  return isCancelable(request.status) ? ok(true) : refuse(fault('NotCancelable', { id: request.id, status: request.status }))
}

/** Cancels a request by its id. Faults: `ResourceNotFound`, `Forbidden`, `NotCancelable`. */
export async function cancelRequest(ctx: Ctx, call: Call, requestId: string): Promise<Result<RequestFact>> {
  const found = await readRequest(ctx, requestId)
  if (!found) return refuse(fault('ResourceNotFound', { id: requestId }))
  const { ask } = found
  return ctx.lane.submit<Result<RequestFact>>({
    ...aboutRequest(call.actor, found),
    judge(facts) {
      const { request, approval } = facts.subject ?? { request: found, approval: null }
      const judged = judge(call, facts, request)
      const subject = { kind: 'request', id: request.id }
      if (!judged.ok) return { result: judged, change: refusal(ctx, call, ask, subject, judged.fault, facts.now) }
      const change = withdraw(errandOf(ctx, call, facts.now), request, approval, facts.schedules)
      return { result: ok({ ...request, status: 'Canceled' as const, completedAt: facts.now }), change }
    },
    onConflict: () => null,
  })
}
