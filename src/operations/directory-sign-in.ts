// A password that the directory knows and we do not: judged there, by a bind as the person. What the directory says counts as a password,
// no more; it is asked outside of every transaction.

import { selectAnyDirectory, selectDirectoryOf } from '../store/directory-sign-in.ts'
import type { Ctx } from './context.ts'

/**
 * Is it this person's password at the directory that keeps them? `personId` is null for whoever is unknown or has a password here: then
 * a directory is asked about nobody, so that the work tells nothing. A directory that does not answer is a no, as a wrong password is.
 */
export async function fitsAtDirectory(ctx: Ctx, personId: string | null, password: string): Promise<boolean> {
  if (!ctx.bindAs) return false
  const own = personId === null ? null : await selectDirectoryOf(ctx.db, personId)
  if (own) return (await ctx.bindAs(own.settings, own.externalId, password)).ok
  const any = await selectAnyDirectory(ctx.db)
  if (any) await ctx.bindAs(any, ctx.ids(), password)
  return false
}
