// The query string of both wire doors, read tolerantly: percent-encoded, `+` for blanks, wholly unencoded, or with `?&`
// in front, for real clients send all of these (contract reference, sections 2.1 and 17).

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

export type QueryPair = readonly [name: string, value: string]

const MAX_QUERY = 32_768
const MAX_PAIRS = 100

const bad = (detail: string) => refuse(fault('InvalidQuery', { detail }))

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/

/** Splits and decodes a query string, with or without its question mark; the order and the case of names are kept. */
export function readQuery(search: string): Result<readonly QueryPair[]> {
  if (search.length > MAX_QUERY) return bad(`it is longer than ${MAX_QUERY} characters`)
  const parts = rejoinQuoted(search.replace(/^\?+/, '').split('&')).filter((part) => part !== '')
  if (parts.length > MAX_PAIRS) return bad(`it has more than ${MAX_PAIRS} options`)
  const pairs: QueryPair[] = []
  for (const part of parts) {
    const cut = part.indexOf('=')
    const name = decode(cut < 0 ? part : part.slice(0, cut))
    const value = decode(cut < 0 ? '' : part.slice(cut + 1))
    if (name === null || value === null) return bad(`option ${pairs.length + 1} is not valid percent-encoded UTF-8`)
    if (CONTROL.test(name) || CONTROL.test(value)) return bad(`option ${pairs.length + 1} has control characters`)
    pairs.push([name.trim(), value.trim()])
  }
  return ok(pairs)
}

/** The value of an option whatever the case of its name and with or without `$`; null when absent. */
export function queryValue(pairs: readonly QueryPair[], name: string): string | null {
  const wanted = name.toLowerCase()
  return pairs.find(([given]) => given.toLowerCase().replace(/^\$/, '') === wanted)?.[1] ?? null
}

const quotes = (text: string): number => (text.match(/'|%27/gi) ?? []).length

// An unencoded filter may hold `&` within quotes. A part with an open quote takes the following parts until it closes;
// if it never closes, the ampersands were separators after all and the filter parser says what is wrong.
function rejoinQuoted(parts: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < parts.length; i += 1) {
    let open = /^(\$|%24)?filter=/i.test(parts[i]!) && quotes(parts[i]!) % 2 === 1
    let end = i
    while (open && end + 1 < parts.length) {
      end += 1
      open = quotes(parts[end]!) % 2 === 0
    }
    joined.push(open ? parts[i]! : parts.slice(i, end + 1).join('&'))
    if (!open) i = end
  }
  return joined
}

// A `%` that starts no escape stands for itself: a client that does not encode sends `100%` as it is.
function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ').replace(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    return null
  }
}
