// People, groups, programs, units and directory roles: what any enabled account may look up (contract reference 9, 3.1).

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Relation } from '../store/directory-relations.ts'
import type { ObjectKind } from '../store/directory-sources.ts'
import {
  countDirectory,
  type DirectoryObject,
  type DirectoryQuery,
  type RoleObject,
  selectDirectory,
  selectRelated,
  selectRoles,
} from '../store/list-directory.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { OrderKey } from '../store/directory-columns.ts'
export type { Relation } from '../store/directory-relations.ts'
export type { ObjectKind } from '../store/directory-sources.ts'
export type { DirectoryObject, RoleObject } from '../store/list-directory.ts'

/** What a list leaves out stands for everything, by id. */
export type DirectoryInput = Partial<DirectoryQuery> & { readonly kinds: readonly ObjectKind[] }

const ALL: Omit<DirectoryQuery, 'kinds'> = {
  filter: null,
  search: null,
  relation: null,
  order: { by: 'id', descending: false },
  limit: 100,
  after: null,
}

export interface DirectoryPage {
  readonly items: readonly DirectoryObject[]
  /** Sort key and id of the last one, if there are more. */
  readonly next: readonly [string, string] | null
}

/** A page of directory objects. Faults: `Forbidden`, `InvalidFilter`, `InvalidQuery`. */
export async function listDirectory(ctx: Ctx, call: Call, input: DirectoryInput): Promise<Result<DirectoryPage>> {
  const allowed = await authorizeKnown(ctx, call)
  if (!allowed.ok) return allowed
  const query = { ...ALL, ...input }
  const found = await selectDirectory(ctx.db, { ...query, limit: query.limit + 1 }, ctx.now())
  if (!found.ok) return found
  const items = found.value.slice(0, query.limit)
  const last = found.value.length > query.limit ? items.at(-1) : undefined
  return ok({ items, next: last ? [last.sortKey, last.id] : null })
}

/** How many there are. Faults: as `listDirectory`. */
export async function countObjects(ctx: Ctx, call: Call, input: DirectoryInput): Promise<Result<number>> {
  const allowed = await authorizeKnown(ctx, call)
  return allowed.ok ? countDirectory(ctx.db, { ...ALL, ...input }, ctx.now()) : allowed
}

/** What an object is asked for by: its id or a name it answers to, or one named property of it. */
export interface ObjectKey {
  readonly property: string | null
  readonly value: string
}

// Properties that name one object. By any other, whichever came first would be read, written or deleted.
const KEYS: ReadonlySet<string> = new Set(['id', 'appid', 'userprincipalname', 'roletemplateid'])

const pathOf = ({ property, value }: ObjectKey): string => property ?? (isGuid(value) ? 'id' : 'userPrincipalName')

/** One object by id, by a name it answers to, or by another key. Faults: `ResourceNotFound`, `Forbidden`, `InvalidFilter`, `InvalidPath`. */
export async function readObject(ctx: Ctx, call: Call, kinds: readonly ObjectKind[], key: ObjectKey): Promise<Result<DirectoryObject>> {
  const path = pathOf(key)
  if (!KEYS.has(path.toLowerCase())) return refuse(fault('InvalidPath', { detail: `\`${path.slice(0, 40)}\` names no single object` }))
  const filter: Filter = { t: 'compare', op: 'eq', path: [path], value: key.value }
  const found = await listDirectory(ctx, call, { kinds, filter, limit: 1 })
  if (!found.ok) return found
  const [item] = found.value.items
  return item ? ok(item) : refuse(fault('ResourceNotFound', { id: key.value }))
}

/** Objects in relation to each of these, by id; at most twenty each (contract reference 2.2). Fault: `Forbidden`. */
export async function readRelated(
  ctx: Ctx,
  call: Call,
  relation: Relation,
  of: readonly string[],
  kinds: readonly ObjectKind[],
): Promise<Result<ReadonlyMap<string, readonly DirectoryObject[]>>> {
  const allowed = await authorizeKnown(ctx, call)
  if (!allowed.ok) return allowed
  const found = await selectRelated(ctx.db, relation, of, kinds, 20, ctx.now())
  return ok(new Map(of.map((id) => [id, found.filter((item) => item.of === id)])))
}

/** Directory roles that a filter leaves. Faults: `Forbidden`, `InvalidFilter`. */
export async function listDirectoryRoles(ctx: Ctx, call: Call, filter: Filter | null): Promise<Result<readonly RoleObject[]>> {
  const allowed = await authorizeKnown(ctx, call)
  return allowed.ok ? selectRoles(ctx.db, 'directory', filter) : allowed
}
