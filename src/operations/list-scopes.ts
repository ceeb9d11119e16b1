// Where could I activate? The scopes below one that an eligibility of the caller covers: only its own, so no right is asked for.

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { loadFacts } from '../store/facts.ts'
import { selectEligibleScopes } from '../store/list-scopes.ts'
import type { PolicyScope } from '../store/policies.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface ScopesInput {
  readonly scope: string
  readonly filter: Filter | null
  readonly limit: number
  readonly after: string | null
}

export interface ScopePage {
  readonly items: readonly PolicyScope[]
  readonly next: string | null
}

/** Scopes below one where the caller has eligible access. Faults: `ResourceNotFound`, `Forbidden`, `InvalidFilter`. */
export async function listEligibleScopes(ctx: Ctx, call: Call, input: ScopesInput): Promise<Result<ScopePage>> {
  const now = ctx.now()
  const [facts] = await loadFacts(ctx.db.lookups, [queryOfCaller(call, 'resource', input.scope)], ctx.settings(), now)
  if (!facts?.scope) return refuse(fault('ResourceNotFound', { id: input.scope }))
  const known = requireKnown(call, facts)
  if (!known.ok || call.actor.t === 'system') return known.ok ? ok({ items: [], next: null }) : known
  const query = { below: input.scope, holder: call.actor.id, filter: input.filter, limit: input.limit + 1, after: input.after }
  const found = await selectEligibleScopes(ctx.db, query, now)
  if (!found.ok) return found
  const items = found.value.slice(0, input.limit)
  return ok({ items, next: found.value.length > input.limit ? (items.at(-1)?.id ?? null) : null })
}
