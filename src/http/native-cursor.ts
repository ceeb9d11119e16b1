// The opaque cursor of native lists.

import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

const wrong = () => refuse(fault('InvalidCursor'))

/** Where a page ended, as text that means nothing to whoever carries it. */
export const writeCursor = (parts: readonly (string | number)[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

function partsOf(text: string): readonly unknown[] | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    return Array.isArray(value) && value.length === 2 ? value : null
  } catch {
    return null
  }
}

/** A cursor over (instant, id). Fault: `InvalidCursor`. */
export function readTimeCursor(text: string | undefined): Result<{ readonly at: number; readonly id: string } | null> {
  if (text === undefined) return ok(null)
  const [at, id] = partsOf(text) ?? []
  const fits = Number.isSafeInteger(at) && Math.abs(at as number) < 8.64e15 && typeof id === 'string' && isGuid(id)
  return fits ? ok({ at: at as number, id: id as string }) : wrong()
}

/** A cursor over (word, id). Fault: `InvalidCursor`. */
export function readNameCursor(text: string | undefined): Result<readonly [string, string] | null> {
  if (text === undefined) return ok(null)
  const [a, b] = partsOf(text) ?? []
  return typeof a === 'string' && typeof b === 'string' ? ok([a, b]) : wrong()
}
