// What the directory is made of beside its objects: permissions that roles can be put together from, authentication contexts, the
// tenant, the groups that are managed here. Any enabled account may look.

import { ok, type Result } from '../domain/result.ts'
import { type ContextRow, selectContexts } from '../store/authentication-contexts.ts'
import { selectManagedGroups } from '../store/directory-catalogue.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx, Tenant } from './context.ts'
import actions from './data/directory-actions.json' with { type: 'json' }

export interface ResourceAction {
  readonly namespace: string
  readonly name: string
}

/** Namespaces are the first segment of the actions in them. */
const ACTIONS: readonly ResourceAction[] = actions.map((name) => ({ name, namespace: name.split('/')[0] ?? '' }))

/** The permissions of directory roles that are known by name. Fault: `Forbidden`. */
export async function listActions(ctx: Ctx, call: Call): Promise<Result<readonly ResourceAction[]>> {
  const known = await authorizeKnown(ctx, call)
  return known.ok ? ok(ACTIONS) : known
}

/** All authentication contexts, those that are off among them. Fault: `Forbidden`. */
export async function listContexts(ctx: Ctx, call: Call): Promise<Result<readonly ContextRow[]>> {
  const known = await authorizeKnown(ctx, call)
  return known.ok ? ok(await selectContexts(ctx.db)) : known
}

/** The tenant. Fault: `Forbidden`. */
export async function readTenant(ctx: Ctx, call: Call): Promise<Result<Tenant>> {
  const known = await authorizeKnown(ctx, call)
  return known.ok ? ok(ctx.tenant()) : known
}

/** Groups under management, by id. Fault: `Forbidden`. */
export async function listManagedGroups(
  ctx: Ctx,
  call: Call,
  limit: number,
  after: string | null,
): Promise<Result<{ readonly items: readonly { readonly id: string; readonly displayName: string }[]; readonly next: string | null }>> {
  const known = await authorizeKnown(ctx, call)
  if (!known.ok) return known
  const rows = await selectManagedGroups(ctx.db, limit + 1, after)
  return ok({ items: rows.slice(0, limit), next: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null })
}
