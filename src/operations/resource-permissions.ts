// What the caller may do at a scope right now: the permissions of every role it holds there, itself or through groups.

import { heldNow } from '../domain/access/authority.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { loadFacts } from '../store/facts.ts'
import { type ListedRole, selectRolePage } from '../store/roles.ts'
import { authorize, queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

/** The roles whose permissions the caller has at a resource scope, each once. Faults: `ResourceNotFound`, `Forbidden`. */
export async function listOwnPermissions(ctx: Ctx, call: Call, scope: string): Promise<Result<readonly ListedRole[]>> {
  const now = ctx.now()
  const [facts] = await loadFacts(ctx.db.lookups, [queryOfCaller(call, 'resource', scope)], ctx.settings(), now)
  if (!facts?.scope) return refuse(fault('ResourceNotFound', { id: scope }))
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  const roles = [...new Set(heldNow(facts.actor, now).map((held) => held.schedule.privilege.role))]
  if (roles.length === 0) return ok([])
  const filter = { t: 'in', path: ['id'], values: roles } as const
  return selectRolePage(ctx.db, { plane: 'resource', chain: null, below: null, filter, limit: roles.length, after: null })
}

/** May the caller do this at a resource scope? Faults: `ResourceNotFound`, `Forbidden`. */
export async function authorizeAction(ctx: Ctx, call: Call, scope: string, action: string): Promise<Result<true>> {
  const allowed = await authorize(ctx, ctx.db.lookups, call, { plane: 'resource', scope }, () => ({ t: 'action', action, reads: true }))
  return allowed.ok ? ok(true) : allowed
}
