// A search becomes SQL: a text is found where a word of the property begins like each of its words.

import { fault } from '../domain/faults.ts'
import type { Search } from '../domain/filter.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { OBJECT_COLUMNS, SEARCHABLE, SEARCHED } from './directory-columns.ts'
import type { Params } from './filter-sql.ts'

// What parts words, for the text looked in and the text looked for alike.
const MARKS = '-._@/,;:()'
const parted = (sql: string) => `' ' || translate(lower(${sql}), '${MARKS}', '${' '.repeat(MARKS.length)}')`
const wordsOf = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[\s\-._@/,;:()]+/)
    .filter((word) => word !== '')
    .slice(0, 10)

const escapeLike = (text: string) => text.replace(/[\\%_]/g, '\\$&')

function term(property: string | null, text: string, params: Params): Result<string> {
  const names = property === null ? SEARCHED : [property.toLowerCase()]
  const unknown = names.find((name) => !SEARCHABLE.has(name))
  if (unknown !== undefined)
    return refuse(fault('InvalidQuery', { detail: `\`${unknown}\` cannot be searched: ${[...SEARCHABLE].join(', ')} can` }))
  const patterns = wordsOf(text).map((word) => params.add(`% ${escapeLike(word)}%`, '::text'))
  if (patterns.length === 0) return ok('false')
  const within = names.map((name) => {
    const column = OBJECT_COLUMNS[name]
    if (!column) return 'false'
    const test = patterns.map((pattern) => `(${parted(column.sql)}) like ${pattern}`).join(' and ')
    return column.some === undefined ? `(${test})` : column.some(test)
  })
  return ok(`coalesce((${within.join(' or ')}), false)`)
}

/** SQL of a search over directory objects. Fault: `InvalidQuery` for a property that is not searched. */
export function searchSql(search: Search, params: Params): Result<string> {
  if (search.t === 'term') return term(search.property, search.text, params)
  if (search.t === 'not') {
    const inner = searchSql(search.of, params)
    return inner.ok ? ok(`(not ${inner.value})`) : inner
  }
  const parts: string[] = []
  for (const one of search.of) {
    const part = searchSql(one, params)
    if (!part.ok) return part
    parts.push(part.value)
  }
  return ok(`(${parts.join(` ${search.t} `)})`)
}
