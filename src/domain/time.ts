// Instants are whole milliseconds since the epoch, UTC. Time is always handed in: nothing here reads a clock.
// Durations are ISO 8601; `P1D` is exactly 24 h, months and years follow the UTC calendar (decision D11).

import { fault } from './faults.ts'
import { ok, type Result, refuse } from './result.ts'

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = number

/** A half-open span `[start, end)`; `end` null means permanent. */
export interface Window {
  readonly start: Instant
  readonly end: Instant | null
}

/** A calendar-aware length, as written: months and days are kept apart since `P1M` is not a number of hours. */
export interface Duration {
  readonly months: number
  readonly ms: number
}

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const DURATION = /^P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d{1,7}))?S)?)?$/i

/** Reads an ISO 8601 duration such as `PT8H`, `P180D`, `P1Y`, `PT1H45M`. */
export function parseDuration(text: string): Result<Duration> {
  const m = DURATION.exec(text.trim())
  if (!m) return refuse(fault('InvalidDuration', { value: text }))
  const n = (i: number) => Number(m[i] ?? 0)
  const fraction = m[8] ? Number(`0.${m[8]}`) * SECOND : 0
  const ms = n(3) * 7 * DAY + n(4) * DAY + n(5) * HOUR + n(6) * MINUTE + n(7) * SECOND + Math.trunc(fraction)
  const months = n(1) * 12 + n(2)
  if (months > 12_000 || ms > 1000 * 366 * DAY) return refuse(fault('InvalidDuration', { value: text }))
  return ok({ months, ms })
}

/** The duration of so many milliseconds. */
export const duration = (ms: number): Duration => ({ months: 0, ms })

/** The instant that lies `d` after `at`; the day of the month is clipped to the month's last day. */
export function addDuration(at: Instant, d: Duration): Instant {
  if (d.months === 0) return at + d.ms
  const from = new Date(at)
  const day = from.getUTCDate()
  const to = new Date(at)
  to.setUTCDate(1)
  to.setUTCMonth(from.getUTCMonth() + d.months)
  const last = new Date(Date.UTC(to.getUTCFullYear(), to.getUTCMonth() + 1, 0)).getUTCDate()
  to.setUTCDate(Math.min(day, last))
  return to.getTime() + d.ms
}

/** Writes a duration back as ISO 8601, largest units first. */
export function formatDuration(d: Duration): string {
  const days = Math.floor(d.ms / DAY)
  const rest = d.ms - days * DAY
  const h = Math.floor(rest / HOUR)
  const m = Math.floor((rest % HOUR) / MINUTE)
  const s = (rest % MINUTE) / SECOND
  const years = Math.floor(d.months / 12)
  const months = d.months % 12
  const date = `${years ? `${years}Y` : ''}${months ? `${months}M` : ''}${days ? `${days}D` : ''}`
  const time = `${h ? `${h}H` : ''}${m ? `${m}M` : ''}${s ? `${s}S` : ''}`
  return date || time ? `P${date}${time ? `T${time}` : ''}` : 'PT0S'
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:?\d{2})?)?$/i

/** Reads an ISO 8601 date-time with 0–9 fraction digits and any offset; without an offset it is UTC. Cut to milliseconds. */
export function parseInstant(text: string): Result<Instant> {
  const m = INSTANT.exec(text.trim())
  if (!m) return refuse(fault('InvalidInstant', { value: text }))
  const clock = m[2] ? (m[2].length === 5 ? `${m[2]}:00` : m[2]) : '00:00:00'
  const offset = (m[4] ?? 'Z').toUpperCase()
  const zone = offset === 'Z' || offset.includes(':') ? offset : `${offset.slice(0, 3)}:${offset.slice(3)}`
  const at = Date.parse(`${m[1]}T${clock}.${(m[3] ?? '').padEnd(3, '0').slice(0, 3)}${zone}`)
  if (!isInstant(at)) return refuse(fault('InvalidInstant', { value: text }))
  return ok(at)
}

const FIRST = -62_135_596_800_000 // 0001-01-01
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59, 999)

/** Is it an instant that everybody can write: of the years 1 to 9999? Others have no place in four digits, nor in the database. */
export const isInstant = (at: number): boolean => Number.isSafeInteger(at) && at >= FIRST && at <= LAST

/** Writes an instant as ISO 8601 UTC with milliseconds. */
export const formatInstant = (at: Instant): string => new Date(at).toISOString()

/** Is the instant inside the window? The end is exclusive. */
export const contains = (w: Window, at: Instant): boolean => w.start <= at && (w.end === null || at < w.end)

/** The earlier of two ends; null is "never". */
export const earlierEnd = (a: Instant | null, b: Instant | null): Instant | null => (a === null ? b : b === null ? a : Math.min(a, b))

/** The later of two ends; null is "never". */
export const laterEnd = (a: Instant | null, b: Instant | null): Instant | null => (a === null || b === null ? null : Math.max(a, b))

/** Do two half-open windows share an instant? */
export const overlaps = (a: Window, b: Window): boolean => (b.end === null || a.start < b.end) && (a.end === null || b.start < a.end)
