// Typed readers of a body's members. Names are found in any case, `null` and missing mean the same (clients, section 7);
// a value of the wrong kind is refused with its name.

import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Refused, type Result, refuse } from '../domain/result.ts'
import { type Duration, type Instant, parseDuration, parseInstant } from '../domain/time.ts'
import { isObject } from './body.ts'
import type { Json, JsonObject } from './json.ts'

const wrong = (name: string, expected: string): Refused => refuse(fault('MalformedBody', { detail: `\`${name}\` is not ${expected}` }))

/** A member by name in any case; null when it is absent. */
export function pick(body: JsonObject, name: string): Json {
  if (Object.hasOwn(body, name)) return body[name]!
  const wanted = name.toLowerCase()
  const found = Object.keys(body).find((given) => given.toLowerCase() === wanted)
  return found === undefined ? null : body[found]!
}

const reader =
  <T>(expected: string, read: (value: Json) => T | undefined) =>
  (body: JsonObject, name: string): Result<T | null> => {
    const value = pick(body, name)
    if (value === null) return ok(null)
    const result = read(value)
    return result === undefined ? wrong(name, expected) : ok(result)
  }

const MAX_TEXT = 8_192

export const readText = reader('a text of at most 8192 characters', (value) =>
  typeof value === 'string' && value.length <= MAX_TEXT ? value : undefined,
)

/** Accepts any GUID shape (decision D24) and gives it in lower case. */
export const readGuid = reader('a GUID', (value) =>
  typeof value === 'string' && isGuid(value.trim()) ? value.trim().toLowerCase() : undefined,
)

const BOOLEANS: Readonly<Record<string, boolean>> = { true: true, false: false }

/** Accepts the words too: `"true"` is sent by real clients (contract reference, section 13.1). */
export const readBoolean = reader('true or false', (value) => {
  if (typeof value === 'boolean') return value
  return typeof value === 'string' && /^(true|false)$/i.test(value) ? BOOLEANS[value.toLowerCase()] : undefined
})

export const readInteger = reader('a whole number', (value) => (Number.isSafeInteger(value) ? (value as number) : undefined))
export const readObject = reader('an object', (value) => (isObject(value) ? value : undefined))
export const readList = reader('a list', (value) => (Array.isArray(value) ? (value as readonly Json[]) : undefined))

export const readTexts = reader('a list of texts', (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item.length <= MAX_TEXT)
    ? (value as readonly string[])
    : undefined,
)

export const readObjects = reader('a list of objects', (value) =>
  Array.isArray(value) && value.every(isObject) ? (value as readonly JsonObject[]) : undefined,
)

/** An empty text counts as absent: tools send `""` for a date that is not set. */
export const readInstant = (body: JsonObject, name: string): Result<Instant | null> => parsed(body, name, parseInstant)

/** An empty text counts as absent, as with instants. */
export const readDuration = (body: JsonObject, name: string): Result<Duration | null> => parsed(body, name, parseDuration)

function parsed<T>(body: JsonObject, name: string, parse: (text: string) => Result<T>): Result<T | null> {
  const text = readText(body, name)
  return text.ok && text.value?.trim() ? parse(text.value) : text.ok ? ok(null) : text
}

/** One of a closed list of words, in any case; given in the list's own spelling. */
export function readEnum<const T extends string>(body: JsonObject, name: string, words: readonly T[]): Result<T | null> {
  const text = readText(body, name)
  if (!text.ok || text.value === null) return text as Result<null>
  const wanted = text.value.trim().toLowerCase()
  const found = words.find((word) => word.toLowerCase() === wanted)
  return found === undefined ? wrong(name, `one of ${words.join(', ')}`) : ok(found)
}

/** Makes a member mandatory. */
export function required<T>(result: Result<T | null>, name: string): Result<T> {
  if (!result.ok) return result
  return result.value === null ? refuse(fault('MalformedBody', { detail: `\`${name}\` is required` })) : ok(result.value)
}
