// Small reads for people and forms: roles and principals by how their names begin, one's own messages. Any known account may look.

import type { PlaneId } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { type Message, selectMessages } from '../store/messages.ts'
import { type NamedRole, searchRoles } from '../store/names.ts'
import { type Principal, searchPrincipals } from '../store/principals.ts'
import type { Call, Ctx } from './context.ts'
import { requireCaller } from './resolve-names.ts'

export interface RoleSearch {
  readonly plane: PlaneId | null
  readonly name: string
  readonly limit: number
  readonly after: readonly [string, string] | null
}

/** Roles by how their names begin. Fault: `Forbidden`. */
export async function findRoles(ctx: Ctx, call: Call, search: RoleSearch): Promise<Result<readonly NamedRole[]>> {
  const known = await requireCaller(ctx, call)
  return known.ok ? ok(await searchRoles(ctx.db, search)) : known
}

/** Principals by how their names or addresses begin. Fault: `Forbidden`. */
export async function findPrincipals(
  ctx: Ctx,
  call: Call,
  search: { readonly name: string; readonly kinds: readonly string[]; readonly limit: number },
): Promise<Result<readonly Principal[]>> {
  const known = await requireCaller(ctx, call)
  return known.ok ? ok(await searchPrincipals(ctx.db, search.name, search.kinds, search.limit)) : known
}

/** The caller's own messages, newest first. Fault: `Forbidden`. */
export async function myMessages(
  ctx: Ctx,
  call: Call,
  page: { readonly limit: number; readonly after: { readonly at: Instant; readonly id: string } | null },
): Promise<Result<readonly Message[]>> {
  const known = await requireCaller(ctx, call)
  if (!known.ok || call.actor.t === 'system') return known.ok ? ok([]) : known
  return ok(await selectMessages(ctx.db, call.actor.id, page.limit, page.after))
}
