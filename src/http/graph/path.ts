// Graph's URL forms (contract reference, section 2.1): keys as segments or in parentheses, alternate keys, bound
// functions and actions with or without their namespace, casts, `$ref`, `$count`.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { segmentsOf } from '../segments.ts'

export interface Segment {
  /** Lower case, without parentheses and without the namespace: what routes are matched by. */
  readonly name: string
  /** The decoded segment as sent: the key, where a key stands as a segment. */
  readonly raw: string
  /** Was it sent with its namespace? A type cast always is; an action or a function may be. */
  readonly qualified: boolean
  /** The key in parentheses, `users('…')`. */
  readonly key?: string
  /** The one named value in parentheses, if there is just one: an alternate key, or a function's argument. */
  readonly altKey?: { readonly name: string; readonly value: string }
  /** All named values in parentheses, by lower-case name; empty for `delta()`. */
  readonly args?: Readonly<Record<string, string>>
}

const NAMESPACE = /^microsoft\.graph\.(?=.)/i
const CALL = /^([$@a-z_][\w.]*)\((.*)\)$/is
const VALUE = `'(?:[^']|'')*'|[^'(),=\\s]+`
const SINGLE = new RegExp(`^\\s*(${VALUE})\\s*$`, 's')
const PAIR = new RegExp(`\\s*([a-z_]\\w*)\\s*=\\s*(${VALUE})\\s*(,|$)`, 'iys')
const MAX_ARGS = 10

// A scope may stand in the arguments of these functions, with its slash. Only there, and only until the path is cut.
const WITH_SCOPE = /\b(?:roleSchedules|roleScheduleInstances|assignedPrincipals)\([^()]*\)/gi
const SLASH = '\uE000'

/** Reads the path of a Graph request. Never throws. */
export function parsePath(pathname: string): Result<readonly Segment[]> {
  const parts = segmentsOf(pathname.replace(WITH_SCOPE, (text) => text.replace(/\/|%2f/gi, SLASH)))
  if (!parts.ok) return parts
  const segments: Segment[] = []
  for (const part of parts.value) {
    const raw = part.replaceAll(SLASH, '/')
    const segment = parseSegment(raw)
    if (!segment)
      return refuse(
        fault('InvalidPath', { detail: `\`${raw.slice(0, 60)}\` is neither \`name\`, \`name('key')\` nor \`name(property='value')\`` }),
      )
    segments.push(segment)
  }
  return ok(segments)
}

function parseSegment(raw: string): Segment | null {
  const m = CALL.exec(raw)
  if (!m) return /[()]/.test(raw) ? null : named(raw, raw)
  const inside = m[2]!.trim()
  const segment = named(m[1]!, raw)
  if (inside === '') return { ...segment, args: {} }
  const key = SINGLE.exec(inside)
  if (key) return unquote(key[1]!) === '' ? null : { ...segment, key: unquote(key[1]!) }
  const pairs = pairsOf(inside)
  if (!pairs) return null
  const [first] = pairs
  const altKey = pairs.length === 1 && first ? { altKey: { name: first[0], value: first[1] } } : {}
  return { ...segment, ...altKey, args: Object.fromEntries(pairs.map(([name, value]) => [name.toLowerCase(), value])) }
}

function named(name: string, raw: string): Segment {
  return { name: name.replace(NAMESPACE, '').toLowerCase(), raw, qualified: NAMESPACE.test(name) }
}

function pairsOf(text: string): readonly (readonly [string, string])[] | null {
  const pairs: [string, string][] = []
  PAIR.lastIndex = 0
  while (PAIR.lastIndex < text.length) {
    const m = PAIR.exec(text)
    const again = m && pairs.some(([name]) => name.toLowerCase() === m[1]!.toLowerCase())
    if (!m || again || unquote(m[2]!) === '' || pairs.length >= MAX_ARGS) return null
    pairs.push([m[1]!, unquote(m[2]!)])
    if (m[3] === '') return pairs
  }
  return null
}

const unquote = (text: string): string => (text.startsWith("'") ? text.slice(1, -1).replaceAll("''", "'") : text)
