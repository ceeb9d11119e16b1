// Is a password enough, by itself? For whoever has nothing privileged to reach; and what a sample's operator stated counts as they said.
// Asked when somebody signs in, and again as long as they are signed in by it: privilege may come in between.

import { isPasswordOnly } from '../domain/access/strength.ts'
import { type SignInRow, selectSample, selectSignIn } from '../store/authority-people.ts'
import { reachesPrivilege } from '../store/ways-in.ts'
import type { Ctx } from './context.ts'

/** Counts the password of this person as its operator stated? */
export const isTakenAsStated = async (ctx: Ctx, { stated }: Pick<SignInRow, 'stated'>): Promise<boolean> => stated && selectSample(ctx.db)

/** May whoever signed in by these methods go on? What an identity provider says of a password is judged where it is asked for. */
export async function isStillEnough(ctx: Ctx, personId: string, methods: readonly string[]): Promise<boolean> {
  if (!isPasswordOnly(methods) || methods.includes('ext')) return true
  const row = await selectSignIn(ctx.db, personId)
  return row !== null && ((await isTakenAsStated(ctx, row)) || !(await reachesPrivilege(ctx.db, personId, ctx.now())))
}
