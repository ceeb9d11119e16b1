// What applications are called, for the lists of what people are signed in to.

import { selectAppNames } from '../store/proof-names.ts'
import { signingApp } from './app-sign-in.ts'
import type { Ctx } from './context.ts'

/** Display names by client id; who is gone has none. */
export async function appNames(ctx: Ctx, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids)]
  if (wanted.length === 0) return new Map()
  const names = new Map((await selectAppNames(ctx.db, wanted)).map(({ id, name }) => [id, name]))
  // What comes along without registration is known without asking.
  for (const id of wanted.filter((one) => !names.has(one))) {
    const app = await signingApp(ctx, id)
    if (app) names.set(id, app.displayName)
  }
  return names
}
