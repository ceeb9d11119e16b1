// How column values become JavaScript values, per connection: pg's global parsers stay as they are for everybody else.
// Instants are milliseconds, `infinity` is null ("no end"), and whatever would lose precision stays text or throws.

import pg from 'pg'
import type { Instant } from '../domain/time.ts'

const OID: Record<'int8' | 'int8Array' | 'timestamptz' | 'timestamptzArray' | 'textArray', number> = {
  int8: 20,
  int8Array: 1016,
  timestamptz: 1184,
  timestamptzArray: 1185,
  textArray: 1009,
}

// Types whose default parser would make a local-time Date, an interval object or a rounded float.
const AS_TEXT = new Set([1082, 1083, 1114, 1186, 1266, 1700, 3910])
const AS_TEXT_ARRAY = new Set([1115, 1182, 1187, 1231])

const TIMESTAMPTZ = /^(\d{4,6})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([+-])(\d\d)(?::?(\d\d))?$/

/** Reads PostgreSQL's text form of a timestamptz, cut to milliseconds; `infinity` is null. */
function parseTimestamptz(text: string): Instant | null {
  if (text === 'infinity') return null
  const m = TIMESTAMPTZ.exec(text)
  if (!m) throw new Error(`cannot read the timestamp \`${text}\`; the server's DateStyle must be ISO`)
  const ms = Number((m[7] ?? '').padEnd(3, '0').slice(0, 3))
  const utc = Date.UTC(Number(m[1]), Number(m[2]) - 1, Number(m[3]), Number(m[4]), Number(m[5]), Number(m[6]), ms)
  const offset = (Number(m[9]) * 60 + Number(m[10] ?? 0)) * 60_000
  return m[8] === '+' ? utc - offset : utc + offset
}

/** Reads a bigint; one beyond 2^53 throws, since a rounded id or count would be believed. */
function parseInt8(text: string): number {
  const n = Number(text)
  if (!Number.isSafeInteger(n)) throw new Error(`the number ${text} does not fit a JavaScript number; select it as text`)
  return n
}

const textArray = (text: string): (string | null)[] => pg.types.getTypeParser(OID.textArray, 'text')(text)
const arrayOf =
  <T>(one: (text: string) => T) =>
  (text: string) =>
    textArray(text).map((item) => (item === null ? null : one(item)))

const asText = (text: string) => text

// biome-ignore lint/suspicious/noExplicitAny: pg's own signature of a parser
type Parser = (value: any) => unknown

const PARSERS = new Map<number, Parser>([
  [OID.int8, parseInt8],
  [OID.int8Array, arrayOf(parseInt8)],
  [OID.timestamptz, parseTimestamptz],
  [OID.timestamptzArray, arrayOf(parseTimestamptz)],
])

/** The parsers that every connection of ours is opened with. */
export const TYPES = {
  getTypeParser(oid: number, format?: 'text' | 'binary'): Parser {
    if (format === 'binary') return pg.types.getTypeParser(oid, 'binary')
    if (AS_TEXT.has(oid)) return asText
    if (AS_TEXT_ARRAY.has(oid)) return textArray
    return PARSERS.get(oid) ?? (pg.types.getTypeParser(oid, 'text') as Parser)
  },
}

/**
 * Parameters as pg takes them. `undefined` throws: pg would send null, and a forgotten end would become "permanent".
 * Objects become JSON here, so that one that cannot be written fails before anything is sent on a pipelined connection.
 */
export function parameters(values: readonly unknown[]): unknown[] {
  return values.map((value, i) => {
    if (value === undefined) throw new Error(`parameter $${i + 1} is undefined; say null where nothing is meant`)
    if (Array.isArray(value) && value.includes(undefined)) throw new Error(`parameter $${i + 1} has an undefined item`)
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) return JSON.stringify(value)
    return value
  })
}
