// A request as it is shown, from what submitting, deciding or cancelling just answered: names come from the facts judged.

import { isAsked } from '../domain/approval/decide.ts'
import type { Facts } from '../domain/facts.ts'
import { isPending, type RequestFact } from '../domain/request/request.ts'
import { loadFacts } from '../store/facts.ts'
import { queryOfCaller } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import type { ListedRequest } from './list.ts'

/** A request with the names that are shown. */
export type Described = Pick<ListedRequest, 'request' | 'principal' | 'role' | 'scope'>

/** A request with its names, without asking the database again. */
export const describe = (request: RequestFact, facts: Facts): Described => ({
  request,
  principal: facts.principal,
  role: facts.role ?? { id: request.ask.privilege.role, name: request.ask.privilege.role, builtIn: false },
  scope: {
    id: request.ask.privilege.scope,
    kind: facts.scope?.kind ?? '',
    displayName: facts.scope?.displayName ?? request.ask.privilege.scope,
    spelling: request.ask.privilege.scope,
  },
})

/** May the caller decide this request, as things stand? */
export async function mayDecide(ctx: Ctx, call: Call, request: RequestFact): Promise<boolean> {
  const { actor } = call
  if (actor.t !== 'user' || !isPending(request.status)) return false
  if (actor.id === request.ask.principalId || actor.id === request.requestedBy) return false
  const { plane, scope } = request.ask.privilege
  const query = { ...queryOfCaller(call, plane, scope), requestId: request.id }
  const now = ctx.now()
  const [facts] = await loadFacts(ctx.db.lookups, [query], ctx.settings(), now)
  const approval = facts?.subject?.approval
  return Boolean(facts && approval && approval.status === 'InProgress' && isAsked(actor, facts, request, approval.stage))
}
