// What a proof is about to be made for, with its names: the sign-in page says it before anybody confirms. Ids are what nobody guesses, so
// whoever has them may read the names.

import { isGuid } from '../domain/privilege.ts'
import type { Instant } from '../domain/time.ts'
import { selectNames } from '../store/proof-names.ts'
import type { Ctx } from './context.ts'

export interface BoundTo {
  readonly action: string
  readonly plane: string
  readonly role: string
  readonly scope: string
  /** Whose it will be: by name where we know one. */
  readonly principal: string | null
  /** A duration, or `NoExpiration`. */
  readonly length: string | null
  readonly until: Instant | null
  readonly ticket: string | null
  readonly eligibility: boolean
  readonly condition: string | null
}

const word = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && !value.includes('\0') ? value.slice(0, 300) : null

const LAST = Date.UTC(9999, 11, 31)
const isInstant = (value: unknown): value is Instant => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= LAST

/** Reads a binding (`bindingOf`); null where it is none. */
export async function boundNames(ctx: Ctx, bound: string): Promise<BoundTo | null> {
  let parts: unknown
  try {
    parts = JSON.parse(bound)
  } catch {
    return null
  }
  if (!Array.isArray(parts)) return null
  const [action, plane, scope, role, principal = null, length = null, ticket = null, level, condition = null] = parts.map(word)
  if (!action || !plane || !scope || !role) return null
  const names = await selectNames(ctx.db, plane, scope, role, principal !== null && isGuid(principal) ? principal : null)
  const end: unknown = parts[5]
  return {
    ...{ action, plane, role: names.role ?? role, scope: names.scope ?? scope, principal: names.principal ?? principal, length, ticket },
    ...{ until: isInstant(end) ? end : null, eligibility: level === 'Eligibility', condition },
  }
}
