// A filter of the SCIM door as SQL: columns where the store has them, the document of the link for the rest. Values travel as
// parameters, names of attributes only from the schema.

import type { Attribute, Test, TestOp, TestValue } from '../domain/identity/filter.ts'
import { formatInstant, parseInstant } from '../domain/time.ts'
import type { Params } from './filter-sql.ts'

/** Text of a column for an attribute, in lower case where case does not count; a time is one. */
const COLUMNS: Readonly<Record<string, string>> = {
  id: 'l.principal_id::text',
  userName: 'l.name',
  displayName: `l.doc ->> 'displayName'`,
  externalId: `case when l.doc ? 'externalId' then l.external_id end`,
  active: 'p.enabled::text',
  'meta.created': 'l.created_at',
  'meta.lastModified': 'l.modified_at',
}

const GUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

/** Equality where an index has the answer, in the words of the index. */
const BY_INDEX: Readonly<Record<string, (value: string, params: Params) => string>> = {
  id: (value, params) => (GUID.test(value) ? `(l.principal_id = ${params.add(value, '::uuid')})` : 'false'),
  userName: (value, params) => `(l.name = ${params.add(value.toLowerCase(), '::text')})`,
  externalId: (value, params) => `(l.external_id = ${params.add(value, '::text')} and l.doc ? 'externalId')`,
}

const STANDS = `join schedules s on s.id = m.schedule_id and s.status in ('Granted', 'Provisioned')`

/** Lists that are rows and no part of the document: one of them fits a test of `x`. */
const RELATIONS: Readonly<Record<string, (test: string) => string>> = {
  'members.value': (test) =>
    `exists (select from identity_members m ${STANDS} cross join lateral (values (m.principal_id::text)) x(v) where m.group_id = l.principal_id and ${test})`,
  'groups.value': (test) =>
    `exists (select from identity_members m ${STANDS} cross join lateral (values (m.group_id::text)) x(v)
      where m.principal_id = l.principal_id and m.source_id = l.source_id and ${test})`,
}

const quote = (name: string): string => `'${name.replace(/'/g, "''")}'`
const at = (base: string, path: readonly string[]): string => `(${base} #>> array[${path.map(quote).join(',')}]::text[])`
const listAt = (base: string, path: readonly string[]): string => {
  const list = `(${base} #> array[${path.map(quote).join(',')}]::text[])`
  return `jsonb_array_elements(case when jsonb_typeof(${list}) = 'array' then ${list} else '[]'::jsonb end)`
}

const like = (text: string): string => text.replace(/[\\%_]/g, '\\$&')
const ORDER: Readonly<Partial<Record<TestOp, string>>> = { eq: '=', gt: '>', ge: '>=', lt: '<', le: '<=' }
const PATTERN: Readonly<Partial<Record<TestOp, (t: string) => string>>> = { co: (t) => `%${t}%`, sw: (t) => `${t}%`, ew: (t) => `%${t}` }

/** One comparison of a text, never null. */
function compare(sql: string, { exact, type }: Attribute, op: TestOp, value: TestValue, params: Params): string {
  if (op === 'pr') return `(coalesce(${sql}${type === 'dateTime' ? '::text' : ''}, '') <> '')`
  if (value === null) return op === 'eq' ? `(${sql} is null)` : 'false'
  if (type === 'dateTime') {
    const instant = parseInstant(String(value))
    return instant.ok && ORDER[op]
      ? `coalesce(${sql} ${ORDER[op]} ${params.add(formatInstant(instant.value), '::timestamptz')}, false)`
      : 'false'
  }
  const text = exact ? String(value) : String(value).toLowerCase()
  const left = exact ? sql : `lower(${sql})`
  const pattern = PATTERN[op]
  // The order of texts is that of their bytes, as everywhere else.
  const test = pattern
    ? `${left} like ${params.add(pattern(like(text)), '::text')}`
    : `${op === 'eq' ? left : `${left} collate "C"`} ${ORDER[op] ?? '='} ${params.add(text, '::text')}`
  // Neither is null then, and the second part is for an index to see.
  return `(coalesce(${sql}, '') <> '' and ${test})`
}

function one(base: string, a: Attribute, op: TestOp, value: TestValue, params: Params): string {
  const relation = base === 'l.doc' ? RELATIONS[a.key] : undefined
  if (relation)
    return op === 'pr' ? relation('true') : value === null ? `not ${relation('true')}` : relation(compare('x.v', a, op, value, params))
  const indexed = base === 'l.doc' && op === 'eq' && typeof value === 'string' ? BY_INDEX[a.key] : undefined
  if (indexed) return indexed(String(value), params)
  const column = base === 'l.doc' ? COLUMNS[a.key] : undefined
  if (column !== undefined && a.list === null) return compare(column, a, op, value, params)
  if (a.list === null) return compare(at(base, a.path), a, op, value, params)
  const list = listAt(base, a.path.slice(0, a.list))
  const inner = a.path.slice(a.list)
  const text = inner.length > 0 ? at('y.v', inner) : `(y.v #>> '{}')`
  if (value === null && op === 'eq') return `not exists (select from ${list} y(v) where coalesce(${text}, '') <> '')`
  return `exists (select from ${list} y(v) where ${compare(text, a, op, value, params)})`
}

/** SQL of a filter over `identity_links l` and `principals p`; `base` is the document, or the element at hand. */
export function testSql(test: Test, params: Params, base = 'l.doc'): string {
  switch (test.t) {
    case 'and':
    case 'or':
      return `(${test.of.map((t) => testSql(t, params, base)).join(` ${test.t} `)})`
    case 'not':
      return `not ${testSql(test.of, params, base)}`
    case 'some': {
      const relation = RELATIONS[`${test.at.key}.value`]
      // A list of rows has ids and nothing else to look for.
      if (relation && base === 'l.doc') return relation(testSql(test.of, params, `jsonb_build_object('value', x.v)`))
      return `exists (select from ${listAt(base, test.at.path)} y(v) where ${testSql(test.of, params, 'y.v')})`
    }
    case 'test':
      return test.op === 'ne' ? `not ${one(base, test.at, 'eq', test.value, params)}` : one(base, test.at, test.op, test.value, params)
    default:
      return test satisfies never
  }
}
