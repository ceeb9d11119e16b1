// Authority for operations that are not asks: what the caller holds at a scope, read now.

import { requireAuthority } from '../domain/access/authority.ts'
import { ROLE_ADMINISTRATORS } from '../domain/access/directory-roles.ts'
import type { Authority } from '../domain/access/needs.ts'
import type { Facts, ScopeFact } from '../domain/facts.ts'
import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import type { PlaneId } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type FactsQuery, loadFacts, PLAIN_QUERY } from '../store/facts.ts'
import { selectPrincipals } from '../store/people.ts'
import type { Sql } from '../store/sql.ts'
import type { Call, Ctx } from './context.ts'

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** The facts about a caller at a scope; `role` too, where one is named. */
export const queryOfCaller = (call: Call, plane: PlaneId, scope: string, role = ''): FactsQuery => ({
  ...PLAIN_QUERY,
  privilege: { plane, scope, role },
  principalId: call.actor.t === 'system' ? NOBODY : call.actor.id,
  level: 'Assignment',
  actorId: call.actor.t === 'system' ? null : call.actor.id,
  authority: true,
})

const unknown = (id: string): Result<true> => refuse(fault('Forbidden', { needs: 'an enabled account', scope: '/', actor: id }))

/** Is the caller a known, enabled principal? Fault: `Forbidden`. */
export function requireKnown(call: Call, facts: Facts): Result<true> {
  if (call.actor.t === 'system' || facts.actor.principal?.enabled) return ok(true)
  return unknown(call.actor.id)
}

/** The same, asked by itself: whoever may see only what is their own must still be somebody. Fault: `Forbidden`. */
export async function authorizeKnown(ctx: Ctx, call: Call, tx: Sql = ctx.db.lookups): Promise<Result<true>> {
  if (call.actor.t === 'system') return ok(true)
  const [person] = await selectPrincipals(tx, [call.actor.id])
  return person?.enabled ? ok(true) : unknown(call.actor.id)
}

/** Facts at a scope if the caller has what `need` says there. Faults: `ResourceNotFound`, `Forbidden`. */
export async function authorize(
  ctx: Ctx,
  tx: Sql,
  call: Call,
  at: { readonly plane: PlaneId; readonly scope: string; readonly role?: string },
  need: (scope: ScopeFact) => Authority,
): Promise<Result<Facts>> {
  const now = ctx.now()
  const [facts] = await loadFacts(tx, [queryOfCaller(call, at.plane, at.scope, at.role)], ctx.settings(), now)
  if (!facts?.scope) return refuse(fault('ResourceNotFound', { id: at.scope }))
  const known = requireKnown(call, facts)
  if (!known.ok) return known
  const judged = requireAuthority(call.actor, facts.actor, need(facts.scope), at.scope, now)
  return judged.ok ? ok(facts) : judged
}

/** May the caller read assignments and settings at this scope? */
export const authorizeRead = (ctx: Ctx, call: Call, plane: PlaneId, scope: string): Promise<Result<Facts>> =>
  authorize(ctx, ctx.db.lookups, call, { plane, scope }, (s) => planeOf({ plane }).read(s))

// No application permission stands in for the role: who may hand out the secret of any application may do what any of them does.
const INSTALLATION: Authority = { t: 'directoryRole', roles: ROLE_ADMINISTRATORS, label: 'Privileged Role Administrator', permissions: [] }

/** May the caller run this installation: bindings, targets, settings, people (D30)? */
export const authorizeInstallation = (ctx: Ctx, call: Call, tx: Sql = ctx.db.lookups): Promise<Result<Facts>> =>
  authorize(ctx, tx, call, { plane: 'directory', scope: '/' }, () => INSTALLATION)
