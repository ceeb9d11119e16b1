// The installation's settings at the native door: lengths are ISO 8601 here, milliseconds within.

import type { Output } from '../contract/routes.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { DAY, duration, formatDuration, MINUTE, parseDuration } from '../domain/time.ts'
import type { TenantSettings } from '../operations/settings.ts'

/** Elevated access ends within a day, whatever is wished for. */
const SHORTEST = 5 * MINUTE

/** Reads a length for elevated access. Faults: `InvalidDuration`, `MalformedBody`. */
export function readElevation(text: string | undefined): Result<number | undefined> {
  if (text === undefined) return ok(undefined)
  const length = parseDuration(text)
  if (!length.ok) return length
  const { months, ms } = length.value
  if (months === 0 && ms >= SHORTEST && ms <= DAY) return ok(ms)
  return refuse(fault('MalformedBody', { detail: '`elevatedAccess`: expected between `PT5M` and `P1D`' }))
}

export const settingsView = (s: TenantSettings): Output<'settings'> => ({
  sideDoors: s.sideDoors,
  elevatedAccess: formatDuration(duration(s.elevation)),
})
