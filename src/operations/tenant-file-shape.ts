// Small pieces from which the shape of a file is put together. A piece reads one value; what is wrong is collected with
// the path of the field and what was expected, so that one reading tells everything.

import { isNetwork } from '../domain/access/networks.ts'
import { isContextId } from '../domain/access/strength.ts'
import { isGuid } from '../domain/privilege.ts'
import { type Duration, parseDuration } from '../domain/time.ts'

export type Read<T> = (value: unknown, path: string, problems: string[]) => T | undefined

interface Field<T> {
  readonly read: Read<T>
  /** Given when the field may be left out. */
  readonly absent?: () => T
}

type Fields = Readonly<Record<string, Field<unknown>>>
export type ValueOf<F> = F extends Field<infer T> ? T : F extends Read<infer T> ? T : never
type Values<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** Notes a problem; the value is then missing. */
export function problem(problems: string[], path: string, expected: string): undefined {
  problems.push(`\`${path || 'the file'}\`: expected ${expected}`)
  return undefined
}

const show = (value: unknown): string => `\`${String(typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60)}\``

const leaf =
  <T>(expected: string, convert: (value: unknown) => T | undefined): Read<T> =>
  (value, path, problems) =>
    convert(value) ?? problem(problems, path, `${expected}, found ${show(value)}`)

/** A text that is not blank. */
export const text = leaf('a text', (value) => (typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined))
export const guid = leaf('a GUID', (value) => (typeof value === 'string' && isGuid(value) ? value.toLowerCase() : undefined))
export const port = leaf('a whole number', (value) => (Number.isSafeInteger(value) ? (value as number) : undefined))

export const truth: Read<boolean> = (value, path, problems) =>
  typeof value === 'boolean' ? value : problem(problems, path, `true or false, found ${show(value)}`)

const duration: Read<Duration> = leaf('an ISO 8601 duration such as `PT8H` or `P3M`', (value) => {
  const parsed = typeof value === 'string' ? parseDuration(value) : null
  return parsed?.ok ? parsed.value : undefined
})

/** A duration, kept as it is written. */
export const durationText: Read<string> = (value, path, problems) => (duration(value, path, problems) ? (value as string) : undefined)

/** A duration of hours and days, in milliseconds. */
export const durationMs: Read<number> = (value, path, problems) => {
  const read = duration(value, path, problems)
  return read && (read.months === 0 ? read.ms : problem(problems, path, 'a duration of days at most, such as `PT15M`'))
}

/** `c1` to `c99`. */
export const contextId = leaf('an id of `c1` to `c99`', (value) => (typeof value === 'string' && isContextId(value) ? value : undefined))

export const network = leaf('a network such as `10.0.0.0/8`', (value) =>
  typeof value === 'string' && isNetwork(value) ? value : undefined,
)

export const upn = leaf('an address such as `somebody@contoso.com`', (value) =>
  typeof value === 'string' && /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value) ? value.toLowerCase() : undefined,
)

export const oneOf = <const T extends string>(...words: readonly T[]): Read<T> =>
  leaf(`one of ${words.join(', ')}`, (value) => words.find((word) => word === value))

/** Null in the file, or a value. */
export const orNull =
  <T>(read: Read<T>): Read<T | null> =>
  (value, path, problems) =>
    value === null ? null : read(value, path, problems)

/** A value of the first piece if it is a mapping, else of the second. */
export const either =
  <A, B>(mapping: Read<A>, other: Read<B>): Read<A | B> =>
  (value, path, problems) =>
    isMapping(value) ? mapping(value, path, problems) : other(value, path, problems)

export const list =
  <T>(read: Read<T>): Read<readonly T[]> =>
  (value, path, problems) => {
    if (!Array.isArray(value)) return problem(problems, path, `a list, found ${show(value)}`)
    const items = value.map((item, i) => read(item, `${path}[${i}]`, problems))
    return items.every((item) => item !== undefined) ? (items as readonly T[]) : undefined
  }

/** A mapping with keys of the reader's choice. */
export const mapOf =
  <T>(read: Read<T>): Read<Readonly<Record<string, T>>> =>
  (value, path, problems) => {
    if (!isMapping(value)) return problem(problems, path, `a mapping, found ${show(value)}`)
    const entries = Object.entries(value).map(([name, item]) => [name, read(item, `${path}.${name}`, problems)] as const)
    return entries.every(([, item]) => item !== undefined) ? (Object.fromEntries(entries) as Record<string, T>) : undefined
  }

export const must = <T>(read: Read<T>): Field<T> => ({ read })
export const may = <T, const D>(read: Read<T>, absent: D): Field<T | D> => ({ read, absent: () => absent })

/** A mapping with known keys; others are refused, so that a slip of the pen is never a setting left out. */
export const record =
  <F extends Fields>(fields: F): Read<Values<F>> =>
  (value, path, problems) => {
    if (!isMapping(value)) return problem(problems, path, `a mapping with ${Object.keys(fields).join(', ')}, found ${show(value)}`)
    const at = (name: string) => (path === '' ? name : `${path}.${name}`)
    const before = problems.length
    for (const name of Object.keys(value)) {
      if (!Object.hasOwn(fields, name)) problem(problems, at(name), `one of the keys ${Object.keys(fields).join(', ')}`)
    }
    const entries = Object.entries(fields).map(([name, field]) => [name, fieldOf(field, value, name, at(name), problems)] as const)
    return problems.length === before ? (Object.fromEntries(entries) as Values<F>) : undefined
  }

function fieldOf(field: Field<unknown>, value: Record<string, unknown>, name: string, path: string, problems: string[]): unknown {
  if (Object.hasOwn(value, name)) return field.read(value[name], path, problems)
  return field.absent ? field.absent() : problem(problems, path, 'a value, for it is required')
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
