// Graph's paths as a table: patterns of segments, what each method does there, and which delegated permissions it takes. Keys stand as
// segments or in parentheses; `name()` is a function, `{cast}` a type, `{id}` a key.

import type { Exchange } from './exchange.ts'
import type { Segment } from './path.ts'
import type { Area } from './permissions.ts'

export type Handler = (x: Exchange) => Promise<Response> | Response
type Methods = Readonly<Partial<Record<'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', Handler>>>

export interface Key {
  /** The property it names, in lower case, as in `(appId='…')`; null for the object's own key. */
  readonly property: string | null
  readonly value: string
}

export interface Match {
  readonly keys: readonly Key[]
  /** Arguments of the function in the path, by lower-case name. */
  readonly args: Readonly<Record<string, string>>
  /** The type that the list is narrowed to, in lower case. */
  readonly cast: string | null
}

export interface Route {
  readonly pattern: readonly string[]
  readonly area: Area | ((x: Omit<Exchange, 'at'>) => Area | null) | null
  readonly methods: Methods
}

/** One row of the table; the pattern in lower case, parted by slashes. */
export const route = (pattern: string, area: Route['area'], methods: Methods): Route => ({ pattern: pattern.split('/'), area, methods })

/** Segments with values in parentheses that are functions, not keys. */
const FUNCTIONS: ReadonlySet<string> = new Set([
  'filterbycurrentuser',
  'delta',
  'roleschedules',
  'rolescheduleinstances',
  'assignedprincipals',
])

type Element = { readonly segment: Segment } | { readonly key: Key }

/** A key in parentheses becomes an element of its own. Null: a path of no form that we have. */
function elementsOf(segments: readonly Segment[]): readonly Element[] | null {
  const elements: Element[] = []
  for (const segment of segments) {
    elements.push({ segment })
    if (segment.key !== undefined) elements.push({ key: { property: null, value: segment.key } })
    else if (segment.args && !FUNCTIONS.has(segment.name)) {
      if (!segment.altKey) return null
      elements.push({ key: { property: segment.altKey.name.toLowerCase(), value: segment.altKey.value } })
    }
  }
  return elements
}

const isPlain = ({ key, args }: Segment): boolean => key === undefined && args === undefined

function keyOf(element: Element): Key | null {
  if ('key' in element) return element.key
  return isPlain(element.segment) ? { property: null, value: element.segment.raw } : null
}

/** Does the element stand for this part of a pattern, other than a key? */
function stands(element: Element, part: string): boolean {
  if ('key' in element) return false
  const { segment } = element
  if (part === '{cast}') return segment.qualified && isPlain(segment)
  if (part.endsWith('()')) return segment.name === part.slice(0, -2) && segment.args !== undefined
  return segment.name === part && (segment.args === undefined || !FUNCTIONS.has(segment.name))
}

function match({ pattern }: Route, elements: readonly Element[]): Match | null {
  if (pattern.length !== elements.length) return null
  const keys: Key[] = []
  let args: Match['args'] = {}
  let cast: string | null = null
  for (const [i, part] of pattern.entries()) {
    const element = elements[i] as Element
    const key = part === '{id}' ? keyOf(element) : null
    if (key) keys.push(key)
    else if (part === '{id}' || !stands(element, part)) return null
    if ('segment' in element && part.endsWith('()')) args = element.segment.args ?? {}
    if ('segment' in element && part === '{cast}') cast = element.segment.name
  }
  return { keys, args, cast }
}

export interface Found {
  readonly route: Route
  readonly at: Match
}

/** A table that is looked up by its first segment; the first row that fits counts. */
export function router(routes: readonly Route[]): (segments: readonly Segment[]) => Found | null {
  const byFirst = new Map<string, Route[]>()
  for (const row of routes) {
    const first = row.pattern[0] ?? ''
    byFirst.set(first, [...(byFirst.get(first) ?? []), row])
  }
  return (segments) => {
    const elements = elementsOf(segments)
    if (!elements) return null
    for (const row of byFirst.get(segments[0]?.name ?? '') ?? []) {
      const at = match(row, elements)
      if (at) return { route: row, at }
    }
    return null
  }
}

/** Which methods a row has, as the `Allow` header says it. */
export const allowed = ({ methods }: Route): string => Object.keys(methods).join(', ')
