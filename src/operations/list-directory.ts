// People, groups, service principals and directory roles: what any enabled account may look up (contract reference 9, 3.1).

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { isGuid, type PrincipalKind } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type DirectoryObject, type DirectoryQuery, type RoleObject, selectDirectory, selectRoles } from '../store/list-directory.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { DirectoryObject, RoleObject } from '../store/list-directory.ts'

export type DirectoryInput = Partial<DirectoryQuery> & { readonly kinds: readonly PrincipalKind[]; readonly limit: number }

const NOTHING = { filter: null, memberOf: null, ownerOf: null, groupsOf: null, after: null }

/** A page of principals, and the id after which the next begins. Faults: `Forbidden`, `InvalidFilter`. */
export async function listDirectory(
  ctx: Ctx,
  call: Call,
  input: DirectoryInput,
): Promise<Result<{ readonly items: readonly DirectoryObject[]; readonly next: string | null }>> {
  const allowed = await authorizeKnown(ctx, call)
  if (!allowed.ok) return allowed
  const found = await selectDirectory(ctx.db, { ...NOTHING, ...input, limit: input.limit + 1 }, ctx.now())
  if (!found.ok) return found
  const items = found.value.slice(0, input.limit)
  return ok({ items, next: found.value.length > input.limit ? (items.at(-1)?.id ?? null) : null })
}

/** One principal by id, by a name it answers to, or by application id. Faults: `ResourceNotFound`, `Forbidden`. */
export async function readPrincipal(ctx: Ctx, call: Call, kinds: readonly PrincipalKind[], key: string): Promise<Result<DirectoryObject>> {
  const path = isGuid(key) ? ['id'] : ['userPrincipalName']
  const filter: Filter = { t: 'compare', op: 'eq', path, value: key }
  const found = await listDirectory(ctx, call, { kinds, filter, limit: 1 })
  if (!found.ok) return found
  const [item] = found.value.items
  return item ? ok(item) : refuse(fault('ResourceNotFound', { id: key }))
}

/** Directory roles that a filter leaves. Faults: `Forbidden`, `InvalidFilter`. */
export async function listDirectoryRoles(ctx: Ctx, call: Call, filter: Filter | null): Promise<Result<readonly RoleObject[]>> {
  const allowed = await authorizeKnown(ctx, call)
  return allowed.ok ? selectRoles(ctx.db, 'directory', filter) : allowed
}
