// What a proof is about to be made for, with its names: the sign-in page says it before anybody confirms. Ids are what nobody guesses, so
// whoever has them may read the names.

import { selectNames } from '../store/proof-names.ts'
import type { Ctx } from './context.ts'

export interface BoundTo {
  readonly action: string
  readonly plane: string
  readonly role: string
  readonly scope: string
  readonly length: string | null
  readonly ticket: string | null
}

const word = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? value.slice(0, 300) : null

/** Reads a binding (`bindingOf`); null where it is none. */
export async function boundNames(ctx: Ctx, bound: string): Promise<BoundTo | null> {
  let parts: unknown
  try {
    parts = JSON.parse(bound)
  } catch {
    return null
  }
  if (!Array.isArray(parts)) return null
  const [action, plane, scope, role, , length, ticket] = parts.map(word)
  if (!action || !plane || !scope || !role) return null
  const names = await selectNames(ctx.db, plane, scope, role)
  return { action, plane, role: names.role ?? role, scope: names.scope ?? scope, length: length ?? null, ticket: ticket ?? null }
}
