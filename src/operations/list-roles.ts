// Resource roles that can be assigned at a scope: what any enabled account may look up.

import { assignableAt } from '../domain/access/assignable.ts'
import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { loadFacts } from '../store/facts.ts'
import { type RoleObject, selectRoles } from '../store/list-directory.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

/** Roles at a scope, by name. Faults: `ResourceNotFound` for the scope, `Forbidden`, `InvalidFilter`. */
export async function listResourceRoles(
  ctx: Ctx,
  call: Call,
  scope: string,
  filter: Filter | null,
): Promise<Result<readonly RoleObject[]>> {
  const [facts] = await loadFacts(ctx.db, [queryOfCaller(call, 'resource', scope)], ctx.settings(), ctx.now())
  if (!facts?.scope) return refuse(fault('ResourceNotFound', { id: scope }))
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  const { id, ancestors } = facts.scope
  const found = await selectRoles(ctx.db, 'resource', filter)
  return found.ok ? ok(found.value.filter((role) => assignableAt(id, ancestors, role.assignableScopes))) : found
}

/** One role by its id. Faults: `RoleNotFound`, and those of the list. */
export async function readResourceRole(ctx: Ctx, call: Call, scope: string, role: string): Promise<Result<RoleObject>> {
  const found = await listResourceRoles(ctx, call, scope, { t: 'compare', op: 'eq', path: ['id'], value: role.toLowerCase() })
  if (!found.ok) return found
  const [one] = found.value
  return one ? ok(one) : refuse(fault('RoleNotFound', { id: role }))
}
