// The opaque cursor of native lists.

import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { isInstant } from '../domain/time.ts'

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
  const fits = typeof at === 'number' && isInstant(at) && typeof id === 'string' && isGuid(id)
  return fits ? ok({ at: at as number, id: id as string }) : wrong()
}

/** A cursor over (word, id). Fault: `InvalidCursor`. */
export function readNameCursor(text: string | undefined): Result<readonly [string, string] | null> {
  if (text === undefined) return ok(null)
  const [a, b] = partsOf(text) ?? []
  return typeof a === 'string' && typeof b === 'string' && !`${a}${b}`.includes('\0') ? ok([a, b]) : wrong()
}

/** A cursor over (word, id) whose id goes to the database as one. Fault: `InvalidCursor`. */
export function readIdCursor(text: string | undefined): Result<string | null> {
  const parts = readNameCursor(text)
  if (!parts.ok || parts.value === null) return parts as Result<null>
  return isGuid(parts.value[1]) ? ok(parts.value[1]) : wrong()
}
