// A neutral filter tree becomes SQL, by a table of columns. What the table does not name is refused, never ignored. Values
// only ever travel as parameters. `null` tests become `is null`; everything else compares, ignoring case where the column says so.

import { fault } from '../domain/faults.ts'
import type { Comparison, Filter, Literal } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { formatInstant, parseInstant } from '../domain/time.ts'

export interface Column {
  readonly sql: string
  readonly type: 'uuid' | 'text' | 'ci' | 'time' | 'bool'
  /** Turns a value of the wire into one of the column; null when it can match nothing. */
  readonly read?: (value: string) => string | null
  /** Of a property with many values: whether one of them fits a test; `sql` is then one of them. */
  readonly some?: (test: string) => string
}

/** Columns by lower-case property path, as in `scheduleinfo/startdatetime`. */
export type Columns = Readonly<Record<string, Column>>

/** Parameters of one statement, in order. */
export class Params {
  readonly values: unknown[] = []
  /** Adds a value; its placeholder. */
  add(value: unknown, cast = ''): string {
    this.values.push(value)
    return `$${this.values.length}${cast}`
  }
}

const OPERATORS: Readonly<Record<Comparison, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' }
const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i
const CASTS: Readonly<Record<Column['type'], string>> = {
  uuid: '::uuid',
  text: '::text',
  ci: '::text',
  time: '::timestamptz',
  bool: '::boolean',
}

const bad = (detail: string) => refuse(fault('InvalidFilter', { detail }))

/** A literal as a parameter value of the column; undefined when it can match no row. */
function parameterOf(column: Column, literal: Literal): Result<unknown> {
  const text = column.read && typeof literal === 'string' ? column.read(literal) : literal
  if (text === null) return ok(undefined)
  switch (column.type) {
    case 'uuid':
      return ok(typeof text === 'string' && GUID.test(text) ? text : undefined)
    case 'time': {
      const at = typeof text === 'string' ? parseInstant(text) : bad('a date-time is expected')
      return at.ok ? ok(formatInstant(at.value)) : at
    }
    case 'bool':
      return typeof text === 'boolean' ? ok(text) : bad('true or false is expected')
    default:
      return ok(column.type === 'ci' ? String(text).toLowerCase() : String(text))
  }
}

const left = (column: Column) => (column.type === 'ci' ? `lower(${column.sql})` : column.sql)

/** A property with many values fits when one of them does; it is unequal to what none of them is. */
function compare(column: Column, op: Comparison, literal: Literal, params: Params): Result<string> {
  const { some, ...one } = column
  if (some === undefined) return compareOne(column, op, literal, params)
  if (literal === null)
    return op === 'eq' || op === 'ne' ? ok(`${op === 'eq' ? 'not ' : ''}${some('true')}`) : compareOne(one, op, literal, params)
  const test = compareOne(one, op === 'ne' ? 'eq' : op, literal, params)
  return test.ok ? ok(`${op === 'ne' ? 'not ' : ''}${some(test.value)}`) : test
}

/** One of several values, as one parameter: a list of a thousand ids is no thousand comparisons. */
function within(column: Column, literals: readonly Literal[], params: Params): Result<string> {
  const values: unknown[] = []
  for (const literal of literals) {
    const value = parameterOf(column, literal)
    if (!value.ok) return value
    if (value.value !== undefined) values.push(value.value)
  }
  const test = `${left(column)} = any(${params.add(values, `${CASTS[column.type]}[]`)})`
  return ok(column.some === undefined ? test : column.some(test))
}

function compareOne(column: Column, op: Comparison, literal: Literal, params: Params): Result<string> {
  if (literal === null)
    return op === 'eq' || op === 'ne' ? ok(`${column.sql} is ${op === 'ne' ? 'not ' : ''}null`) : bad('null can only be equal or unequal')
  const value = parameterOf(column, literal)
  if (!value.ok) return value
  if (value.value === undefined) return ok(op === 'ne' ? 'true' : 'false')
  const right = params.add(value.value, CASTS[column.type])
  return ok(op === 'ne' ? `${left(column)} is distinct from ${right}` : `${left(column)} ${OPERATORS[op]} ${right}`)
}

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function all(parts: readonly Result<string>[], joiner: string): Result<string> {
  const out: string[] = []
  for (const part of parts) {
    if (!part.ok) return part
    out.push(part.value)
  }
  return ok(out.length === 0 ? 'true' : `(${out.join(joiner)})`)
}

/** SQL of a filter. Faults: `InvalidFilter` for a property, operator or function that this list does not offer. */
export function filterSql(filter: Filter, columns: Columns, params: Params): Result<string> {
  const column = (path: readonly string[]): Result<Column> => {
    const name = path.join('/').toLowerCase()
    const found = Object.hasOwn(columns, name) ? columns[name] : undefined
    return found ? ok(found) : bad(`\`${path.join('/')}\` cannot be filtered here; these can: ${Object.keys(columns).join(', ')}`)
  }
  switch (filter.t) {
    case 'and':
    case 'or':
      return all(
        filter.of.map((f) => filterSql(f, columns, params)),
        ` ${filter.t} `,
      )
    case 'not': {
      const inner = filterSql(filter.of, columns, params)
      return inner.ok ? ok(`(not coalesce(${inner.value}, false))`) : inner
    }
    case 'compare': {
      const c = column(filter.path)
      return c.ok ? compare(c.value, filter.op, filter.value, params) : c
    }
    case 'in': {
      const c = column(filter.path)
      if (!c.ok) return c
      if (!filter.values.includes(null)) return within(c.value, filter.values, params)
      return all(
        filter.values.map((v) => compare(c.value, 'eq', v, params)),
        ' or ',
      )
    }
    case 'text': {
      const c = column(filter.path)
      if (!c.ok) return c
      const text = escapeLike(filter.value.toLowerCase())
      const pattern = filter.op === 'startswith' ? `${text}%` : filter.op === 'endswith' ? `%${text}` : `%${text}%`
      const test = `lower(${c.value.sql}::text) like ${params.add(pattern, '::text')}`
      return ok(c.value.some === undefined ? test : c.value.some(test))
    }
    case 'any':
    case 'all': {
      const c = column(filter.path)
      if (!c.ok) return c
      const { some, ...one } = c.value
      if (some === undefined) return bad(`\`${filter.path.join('/')}\` has no lambda here`)
      const inner = filter.of === null ? ok('true') : filterSql(filter.of, { '': one }, params)
      if (!inner.ok) return inner
      return ok(filter.t === 'any' ? some(inner.value) : `not ${some(`not coalesce(${inner.value}, false)`)}`)
    }
    case 'call':
      return bad(`\`${filter.name}\` is not a function of this list`)
    default:
      return filter satisfies never
  }
}
