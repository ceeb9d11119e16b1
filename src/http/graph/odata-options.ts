// The query options of a Graph request, nested ones too: `$expand=policy($expand=rules($select=id))`. Names come with
// or without `$` and in any case; an option that we do not know is refused, never ignored (contract reference, 2.2).

import { fault } from '../../domain/faults.ts'
import type { Filter, Search } from '../../domain/filter.ts'
import { ok, type Refused, type Result, refuse } from '../../domain/result.ts'
import { type QueryPair, readQuery } from '../query.ts'
import { parseFilter } from './odata.ts'
import { parseSearch } from './odata-search.ts'

export interface Order {
  readonly path: readonly string[]
  readonly descending: boolean
}

export interface Expansion {
  /** A navigation property as sent, or `*`. */
  readonly name: string
  readonly options: GraphOptions
}

export interface GraphOptions {
  readonly filter: Filter | null
  /** Null means the default set; `*` stands for itself. */
  readonly select: readonly string[] | null
  readonly expand: readonly Expansion[]
  readonly orderby: readonly Order[]
  readonly top: number | null
  readonly skip: number | null
  readonly skiptoken: string | null
  readonly count: boolean
  readonly search: Search | null
  /** The options of no meaning to OData, parameter aliases (`@scope`), and the address of a reference (`$id`), by name as sent. */
  readonly custom: Readonly<Record<string, string>>
  /** Everything as sent and decoded, for the next link, which repeats it. */
  readonly sent: readonly QueryPair[]
}

type Draft = { -readonly [K in keyof GraphOptions]: GraphOptions[K] }
type Reader = (value: string, draft: Draft, depth: number) => Refused | null

const MAX_NESTING = 6
const MAX_NAMES = 200

const bad = (detail: string): Refused => refuse(fault('InvalidQuery', { detail }))

const READERS: Readonly<Record<string, Reader>> = {
  filter: (value, draft) => keep(parseFilter(value), (filter) => Object.assign(draft, { filter })),
  select: (value, draft) => keep(names(value, 'select'), (select) => Object.assign(draft, { select })),
  expand: (value, draft, depth) => keep(expansions(value, depth), (expand) => Object.assign(draft, { expand })),
  orderby: (value, draft) => keep(orders(value), (orderby) => Object.assign(draft, { orderby })),
  top: (value, draft) => keep(whole(value, 'top'), (top) => Object.assign(draft, { top })),
  skip: (value, draft) => keep(whole(value, 'skip'), (skip) => Object.assign(draft, { skip })),
  skiptoken: (value, draft) => keep(ok(value), (skiptoken) => Object.assign(draft, { skiptoken })),
  count: (value, draft) => keep(truth(value), (count) => Object.assign(draft, { count })),
  search: (value, draft) => keep(parseSearch(value), (search) => Object.assign(draft, { search })),
  format: (value) =>
    /^(application\/)?json(;|$)/i.test(value) ? null : bad(`\`$format=${value.slice(0, 40)}\` is not offered: only json is`),
}

const emptyOptions = (): Draft => ({
  filter: null,
  select: null,
  expand: [],
  orderby: [],
  top: null,
  skip: null,
  skiptoken: null,
  count: false,
  search: null,
  custom: {},
  sent: [],
})

/** Reads the query string of a Graph request, with or without its question mark. Never throws. */
export function parseOptions(search: string): Result<GraphOptions> {
  const pairs = readQuery(search)
  return pairs.ok ? fill(pairs.value, 0) : pairs
}

function fill(pairs: readonly QueryPair[], depth: number): Result<GraphOptions> {
  const draft = { ...emptyOptions(), sent: pairs }
  const custom: QueryPair[] = []
  const seen = new Set<string>()
  for (const [name, value] of pairs) {
    const plain = name.toLowerCase().replace(/^\$/, '')
    const reader = Object.hasOwn(READERS, plain) ? READERS[plain] : undefined
    if (!reader && ((name.startsWith('$') && plain !== 'id') || depth > 0))
      return bad(`the option \`${name.slice(0, 40)}\` is not offered: known are ${known()}`)
    if (!reader) custom.push([name, value])
    if (!reader || value === '') continue
    if (seen.has(plain)) return bad(`the option \`$${plain}\` is given twice`)
    seen.add(plain)
    const refused = reader(value, draft, depth)
    if (refused) return refused
  }
  return ok({ ...draft, custom: Object.fromEntries(custom) })
}

const known = (): string =>
  Object.keys(READERS)
    .map((name) => `$${name}`)
    .join(', ')

function keep<T>(result: Result<T>, put: (value: T) => unknown): Refused | null {
  if (!result.ok) return result
  put(result.value)
  return null
}

const NAME = /^(?:\*|[@$]?[a-z_][\w.@]*(?:\/[@$]?[a-z_][\w.]*)*)$/i

function names(value: string, option: string): Result<readonly string[]> {
  const list = splitTop(value, ',')
  if (list === null || list.length > MAX_NAMES) return bad(`\`$${option}\` is not a list of properties`)
  const wrong = list.find((name) => !NAME.test(name))
  return wrong === undefined ? ok(list) : bad(`\`$${option}\` has \`${wrong.slice(0, 40)}\` where a property is expected`)
}

function orders(value: string): Result<readonly Order[]> {
  const list: Order[] = []
  for (const part of value.split(',')) {
    const m = /^([a-z_]\w*(?:\/[a-z_][\w.]*)*)(?:\s+(asc|desc))?$/i.exec(part.trim())
    if (!m || list.length >= 10)
      return bad(`\`$orderby\` has \`${part.trim().slice(0, 40)}\` where a property with asc or desc is expected`)
    list.push({ path: m[1]!.split('/').filter((name) => !name.includes('.')), descending: m[2]?.toLowerCase() === 'desc' })
  }
  return ok(list)
}

function whole(value: string, option: string): Result<number> {
  return /^\d{1,9}$/.test(value) ? ok(Number(value)) : bad(`\`$${option}\` is not a whole number from 0 up`)
}

function truth(value: string): Result<boolean> {
  return /^(true|false)$/i.test(value) ? ok(value.toLowerCase() === 'true') : bad('`$count` is neither true nor false')
}

function expansions(value: string, depth: number): Result<readonly Expansion[]> {
  if (depth >= MAX_NESTING) return bad(`\`$expand\` is nested deeper than ${MAX_NESTING} levels`)
  const parts = splitTop(value, ',')
  if (parts === null || parts.length > 50) return bad('`$expand` is not a list of navigation properties with their options in parentheses')
  const list: Expansion[] = []
  for (const part of parts) {
    const m = /^([^()\s]+)\s*(?:\((.*)\))?$/s.exec(part)
    if (!m || !NAME.test(m[1]!)) return bad(`\`$expand\` has \`${part.slice(0, 40)}\` where a navigation property is expected`)
    const options = nested(m[2] ?? '', depth)
    if (!options.ok) return options
    list.push({ name: m[1]!.split('/').find((name) => !name.includes('.')) ?? m[1]!, options: options.value })
  }
  return ok(list)
}

// Nested options are parted by `;`; clients that think of a query string send `&`, which no nested option may hold.
function nested(text: string, depth: number): Result<GraphOptions> {
  const parts = splitTop(text, ';')
  if (parts === null) return bad('`$expand` has unbalanced parentheses or quotes')
  const pairs = parts
    .filter((part) => part !== '')
    .map((part): QueryPair => [part.split('=', 1)[0]!.trim(), part.slice(part.indexOf('=') + 1).trim()])
  return fill(pairs, depth + 1)
}

/** Splits outside parentheses and quotes; null when those are unbalanced. */
function splitTop(text: string, mark: string): readonly string[] | null {
  const parts: string[] = []
  let depth = 0
  let quoted = false
  let from = 0
  for (let i = 0; i < text.length; i += 1) {
    const char = text.charAt(i)
    if (char === "'") quoted = !quoted
    else if (!quoted && char === '(') depth += 1
    else if (!quoted && char === ')') depth -= 1
    else if (!quoted && depth === 0 && char === mark) {
      parts.push(text.slice(from, i).trim())
      from = i + 1
    }
    if (depth < 0) return null
  }
  return depth === 0 && !quoted ? [...parts, text.slice(from).trim()] : null
}
