// `$filter` → the neutral filter tree: the whole grammar of the contract reference, section 2.2. A refusal says where
// and what was expected. Sizes are bounded, so a hostile filter costs nothing.

import { fault } from '../../domain/faults.ts'
import type { Comparison, Filter, Literal } from '../../domain/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type Cursor, cursor, own } from './odata-cursor.ts'

export const MAX_FILTER = 16_000
export const MAX_DEPTH = 32
export const MAX_TERMS = 250

/** Functions that stand alone in a dialect, by lower-case name: the spelling of the tree and the number of arguments. */
export type Calls = Readonly<Record<string, { readonly name: string; readonly args: number }>>

const GRAPH_CALLS: Calls = { isof: { name: 'isof', args: 2 } }

/** What a comparison becomes when the value stands on the left. */
const FLIPPED = { eq: 'eq', ne: 'ne', gt: 'lt', ge: 'le', lt: 'gt', le: 'ge' } as const satisfies Record<Comparison, Comparison>

// `substringof` is the older spelling of `contains`, with its arguments the other way round (ARM resource lists).
const TEXT = {
  startswith: { op: 'startswith', pathFirst: true },
  endswith: { op: 'endswith', pathFirst: true },
  contains: { op: 'contains', pathFirst: true },
  substringof: { op: 'contains', pathFirst: false },
} as const

type TextRow = (typeof TEXT)[keyof typeof TEXT]

interface State {
  readonly c: Cursor
  readonly calls: Calls
  /** Variables of the lambdas around here, innermost last. */
  readonly variables: string[]
  depth: number
  terms: number
}

/** Reads a `$filter`; ARM's dialect hands in its own functions. Never throws. */
export function parseFilter(text: string, calls: Calls = GRAPH_CALLS): Result<Filter> {
  if (text.length > MAX_FILTER) return refuse(fault('InvalidFilter', { detail: `it is longer than ${MAX_FILTER} characters` }))
  const s: State = { c: cursor(text), calls, variables: [], depth: 0, terms: 0 }
  const filter = or(s)
  if (filter && s.c.ahead().kind !== 'end') s.c.expected('`and`, `or` or the end')
  const problem = s.c.problem()
  return filter && problem === null ? ok(filter) : refuse(fault('InvalidFilter', { detail: problem ?? 'it is empty' }))
}

const or = (s: State): Filter | null => chain(s, 'or', and)
const and = (s: State): Filter | null => chain(s, 'and', unary)

function chain(s: State, t: 'and' | 'or', part: (s: State) => Filter | null): Filter | null {
  const of: Filter[] = []
  do {
    if (of.length > 0) s.c.skip()
    const one = part(s)
    if (!one) return null
    of.push(one)
  } while (s.c.isWord(t))
  return of.length === 1 ? of[0]! : { t, of }
}

function unary(s: State): Filter | null {
  if (s.depth >= MAX_DEPTH) return s.c.complain(`it is nested deeper than ${MAX_DEPTH} levels`)
  s.depth += 1
  const filter = s.c.isWord('not') && !isOperator(s, 1) ? not(s) : term(s)
  s.depth -= 1
  return filter
}

function not(s: State): Filter | null {
  s.c.skip()
  const of = unary(s)
  return of && { t: 'not', of }
}

function term(s: State): Filter | null {
  if (s.c.isPunct('(')) return parenthesised(s)
  if (!countTerm(s)) return null
  if (s.c.ahead().kind === 'word' && s.c.isPunct('(', 1)) return truth(s, call(s))
  return s.c.isLiteral() ? reversed(s) : property(s)
}

function countTerm(s: State): boolean {
  s.terms += 1
  if (s.terms > MAX_TERMS) s.c.complain(`it has more than ${MAX_TERMS} terms`)
  return s.terms <= MAX_TERMS
}

function parenthesised(s: State): Filter | null {
  s.c.skip()
  const inner = or(s)
  return inner && s.c.take(')') ? inner : null
}

// OData allows `startswith(a,'b') eq true`, and some generators write it.
function truth(s: State, filter: Filter | null): Filter | null {
  const equal = s.c.isWord('eq')
  if (!filter || !(equal || s.c.isWord('ne'))) return filter
  s.c.skip()
  if (!s.c.isWord('true') && !s.c.isWord('false')) return s.c.expected('`true` or `false`')
  return s.c.literal() === equal ? filter : { t: 'not', of: filter }
}

function call(s: State): Filter | null {
  const name = s.c.ahead().text.toLowerCase()
  const text = own<TextRow>(TEXT, name)
  if (text) return textMatch(s, text)
  const known = own(s.calls, name)
  if (!known) return s.c.expected(`one of the functions ${[...Object.keys(TEXT), ...Object.keys(s.calls)].join(', ')}`)
  s.c.skip(2)
  const args: Literal[] = []
  while (args.length < known.args) {
    if (args.length > 0 && !s.c.take(',')) return null
    const value = s.c.isLiteral() ? s.c.literal() : path(s)?.join('/')
    if (value === undefined) return null
    args.push(value)
  }
  return s.c.take(')') ? { t: 'call', name: known.name, args } : null
}

function textMatch(s: State, { op, pathFirst }: TextRow): Filter | null {
  s.c.skip(2)
  const before = pathFirst ? null : text(s)
  if (!pathFirst && (before === null || !s.c.take(','))) return null
  const of = path(s)
  if (!of || (pathFirst && !s.c.take(','))) return null
  const value = before ?? text(s)
  return value !== null && s.c.take(')') ? { t: 'text', op, path: of, value } : null
}

function text(s: State): string | null {
  const { kind, text: value } = s.c.ahead()
  if (kind !== 'string' && kind !== 'bare') return s.c.expected('a quoted text')
  s.c.skip()
  return value
}

const isOperator = (s: State, n = 0): boolean =>
  s.c.ahead(n).kind === 'word' && own<Comparison>(FLIPPED, s.c.ahead(n).text.toLowerCase()) !== undefined

function operator(s: State): Comparison | null {
  if (!isOperator(s)) return s.c.expected('a comparison (eq, ne, gt, ge, lt, le, in)')
  const op = s.c.ahead().text.toLowerCase() as Comparison
  s.c.skip()
  return op
}

function reversed(s: State): Filter | null {
  const value = s.c.literal()
  const op = value === undefined ? null : operator(s)
  const of = op && path(s)
  return of ? { t: 'compare', op: FLIPPED[op], path: of, value: value! } : null
}

function property(s: State): Filter | null {
  const of = path(s)
  if (!of) return null
  if (s.c.isPunct('/')) return lambda(s, of)
  if (s.c.isWord('in')) return within(s, of)
  const op = operator(s)
  const value = op ? s.c.literal() : undefined
  return op === null || value === undefined ? null : { t: 'compare', op, path: of, value }
}

function within(s: State, of: readonly string[]): Filter | null {
  s.c.skip()
  if (!s.c.take('(')) return null
  const values: Literal[] = []
  do {
    if (values.length > 0) s.c.skip()
    const value = s.c.literal()
    if (value === undefined || !countTerm(s)) return null
    values.push(value)
  } while (s.c.isPunct(','))
  return s.c.take(')') ? { t: 'in', path: of, values } : null
}

/** At the slash before `any(` or `all(`. */
function lambda(s: State, of: readonly string[]): Filter | null {
  s.c.skip()
  const t = s.c.ahead().text.toLowerCase() as 'any' | 'all'
  s.c.skip(2)
  if (t === 'any' && s.c.isPunct(')')) {
    s.c.skip()
    return { t, path: of, of: null }
  }
  if (s.c.ahead().kind !== 'word' || !s.c.isPunct(':', 1)) return s.c.expected('a variable and a colon, as in `any(x:x eq 1)`')
  s.variables.push(s.c.ahead().text)
  s.c.skip(2)
  const inner = or(s)
  s.variables.pop()
  return inner && s.c.take(')') ? { t, path: of, of: inner } : null
}

const atLambda = (s: State): boolean => s.c.isPunct('/') && /^(any|all)$/i.test(s.c.ahead(1).text) && s.c.isPunct('(', 2)

// Casts are dropped and the lambda's variable is stripped; it stops before `/any(` and `/all(`. Within a lambda only its
// own variable may be spoken of: once stripped, another path could no longer be told apart.
function path(s: State): readonly string[] | null {
  const variable = s.variables.at(-1)
  if (variable !== undefined && s.c.ahead().text !== variable) return s.c.expected(`a property of \`${variable}\``)
  const names: string[] = []
  do {
    if (names.length > 0) s.c.skip()
    if (s.c.ahead().kind !== 'word' || s.c.isConstant()) return s.c.expected('a property')
    names.push(s.c.ahead().text)
    s.c.skip()
  } while (s.c.isPunct('/') && !atLambda(s))
  const kept = names.slice(variable === undefined ? 0 : 1).filter((name) => name.startsWith('@') || !name.includes('.'))
  return kept.length > 0 || variable !== undefined ? kept : s.c.expected('a property, not only a type')
}
