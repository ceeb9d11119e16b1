// Resource roles that can be assigned at a scope: what any enabled account may look up.

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { loadFacts } from '../store/facts.ts'
import { type ListedRole, selectRolePage } from '../store/roles.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { ListedRole } from '../store/roles.ts'

export interface RolesInput {
  readonly scope: string
  /** Also roles that can be assigned only somewhere below the scope. */
  readonly below: boolean
  readonly filter: Filter | null
  readonly limit: number
  /** Name and id of the last one of the page before. */
  readonly after: readonly [string, string] | null
}

export interface RolePage {
  readonly items: readonly ListedRole[]
  readonly next: readonly [string, string] | null
}

/** Roles at a scope, by name. Faults: `ResourceNotFound` for the scope, `Forbidden`, `InvalidFilter`. */
export async function listResourceRoles(ctx: Ctx, call: Call, input: RolesInput): Promise<Result<RolePage>> {
  const { scope, below, filter, limit, after } = input
  const [facts] = await loadFacts(ctx.db.lookups, [queryOfCaller(call, 'resource', scope)], ctx.settings(), ctx.now())
  if (!facts?.scope) return refuse(fault('ResourceNotFound', { id: scope }))
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  // Below the root is everywhere.
  const chain = below && scope === '/' ? null : [facts.scope.id, ...facts.scope.ancestors]
  const query = { plane: 'resource', chain, below: below ? scope : null, filter, limit: limit + 1, after } as const
  const found = await selectRolePage(ctx.db, query)
  if (!found.ok) return found
  const items = found.value.slice(0, limit)
  const last = items.at(-1)
  return ok({ items, next: found.value.length > limit && last ? [last.name, last.id] : null })
}

/**
 * One role by its id, as seen from a scope: one that can be assigned at it, above it or below it, for ids name the subscription only.
 * Faults: `RoleNotFound`, and those of the list.
 */
export async function readResourceRole(ctx: Ctx, call: Call, scope: string, role: string): Promise<Result<ListedRole>> {
  const filter = { t: 'compare', op: 'eq', path: ['id'], value: role.toLowerCase() } as const
  const found = await listResourceRoles(ctx, call, { scope, below: true, filter, limit: 1, after: null })
  if (!found.ok) return found
  const [one] = found.value.items
  return one ? ok(one) : refuse(fault('RoleNotFound', { id: role }))
}
