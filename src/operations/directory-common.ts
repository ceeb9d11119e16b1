// What the edits of the directory share: who may make them, and an object read back as it now stands.

import { WRITE_ADMINISTRATORS, WRITE_USERS } from '../domain/access/directory-needs.ts'
import type { Authority } from '../domain/access/needs.ts'
import { fault } from '../domain/faults.ts'
import { type Result, refuse } from '../domain/result.ts'
import type { ObjectKind } from '../store/directory-sources.ts'
import { isPrivileged } from '../store/directory-writes.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { type DirectoryObject, selectDirectory } from '../store/list-directory.ts'
import type { Sql } from '../store/sql.ts'
import { authorize } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

/** Has the caller what the edit needs, at the tenant's root? */
export const mayWrite = (ctx: Ctx, call: Call, need: Authority) => (tx: Sql) =>
  authorize(ctx, tx, call, { plane: 'directory', scope: '/' }, () => need)

/**
 * May the caller change this person? It takes more where the person holds anything privileged (behaviour 9.4); held still first, so that
 * nobody is made an administrator between the look and the edit.
 */
export const mayWriteUser = (ctx: Ctx, call: Call, id: string) => async (tx: Sql) => {
  await lockPrincipal(tx, id)
  return mayWrite(ctx, call, (await isPrivileged(tx, id, ctx.now())) ? WRITE_ADMINISTRATORS : WRITE_USERS)(tx)
}

/** The object as the transaction has left it. */
export async function readBack(tx: Sql, kind: ObjectKind, id: string, ctx: Ctx): Promise<DirectoryObject> {
  const query = {
    kinds: [kind],
    filter: { t: 'compare' as const, op: 'eq' as const, path: ['id'], value: id },
    search: null,
    relation: null,
    order: { by: 'id' as const, descending: false },
    limit: 1,
    after: null,
  }
  const found = await selectDirectory(tx, query, ctx.now())
  const [object] = found.ok ? found.value : []
  if (!object) throw new Error('an object that was just written is there')
  return object
}

/** Constraints that a doubled name breaks. */
export const SAME_NAME = {
  principals_upn_is_unique: fault('ObjectConflict', { property: 'userPrincipalName' }),
  principal_names_pkey: fault('ObjectConflict', { property: 'userPrincipalName' }),
  principals_pkey: fault('ObjectConflict', { property: 'id' }),
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what nobody can see in a name is refused
const UNPRINTABLE = /[\u0000-\u001f\u007f]/

/** Why a display name cannot stand, or null. */
export const nameObjection = (name: string): string | null =>
  name.trim() === '' || name.length > 256 || UNPRINTABLE.test(name) ? '`displayName` must have 1 to 256 printable characters' : null

export const invalid = (detail: string): Result<never> => refuse(fault('InvalidObject', { detail }))
export const missing = (id: string): Result<never> => refuse(fault('ResourceNotFound', { id }))
