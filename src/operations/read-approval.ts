// One approval, to those it concerns: approvers, the requestor, and readers of the scope (behaviour 4.3).

import { requireAuthority } from '../domain/access/authority.ts'
import type { ApprovalFact } from '../domain/approval/approval.ts'
import { isAsked } from '../domain/approval/decide.ts'
import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import type { PlaneId } from '../domain/privilege.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { loadFacts } from '../store/facts.ts'
import { selectPrincipals } from '../store/people.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { readRequest } from './read-request.ts'

export interface ReadApproval {
  readonly request: RequestFact
  readonly approval: ApprovalFact
  /** May the caller decide it, now? */
  readonly assignedToMe: boolean
  readonly reviewedBy: { readonly id: string; readonly displayName: string; readonly upn: string | null } | null
}

/** The approval of a request, by either's id. Faults: `ResourceNotFound`, `Forbidden`. */
export async function readApproval(ctx: Ctx, call: Call, plane: PlaneId, id: string): Promise<Result<ReadApproval>> {
  const missing = refuse(fault('ResourceNotFound', { id }))
  const found = await readRequest(ctx, id)
  if (!found || found.ask.privilege.plane !== plane) return missing
  const { ask } = found
  const query = { ...queryOfCaller(call, plane, ask.privilege.scope, ask.privilege.role), requestId: found.id }
  const [facts] = await loadFacts(ctx.db.lookups, [query], ctx.settings(), ctx.now())
  const approval = facts?.subject?.approval
  if (!facts?.subject || !approval || !facts.scope) return missing
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  const { request } = facts.subject
  const self = call.actor.t === 'system' ? null : call.actor.id
  const own = request.ask.principalId === self || request.requestedBy === self
  const asked = isAsked(call.actor, facts, request, approval.stage)
  if (!own && !asked) {
    const may = requireAuthority(call.actor, facts.actor, planeOf(ask.privilege).read(facts.scope), ask.privilege.scope, facts.now)
    if (!may.ok) return may
  }
  const [by] = approval.decision ? await selectPrincipals(ctx.db, [approval.decision.by]) : []
  const open = approval.status === 'InProgress' && facts.now < approval.dueAt
  return ok({ request, approval, assignedToMe: asked && !own && open, reviewedBy: by ?? null })
}
