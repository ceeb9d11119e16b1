// `$search` of directory objects: `"displayName:pay" AND ("mail:pag" OR "pay")`. Terms are quoted; a term without a
// property searches the default ones.

import { fault } from '../../domain/faults.ts'
import type { Search } from '../../domain/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'

const TOKEN = /\s*(?:("(?:[^"\\]|\\.)*")|(\(|\))|([^\s()"]+))/y
const MAX_TOKENS = 64

interface State {
  readonly words: readonly string[]
  i: number
  depth: number
}

/** Reads a `$search`. Never throws. */
export function parseSearch(text: string): Result<Search> {
  const words = cut(text)
  const s: State = { words, i: 0, depth: 0 }
  const found = words.length > MAX_TOKENS ? null : joined(s, 'OR')
  if (found && s.i === words.length) return ok(found)
  return refuse(
    fault('InvalidQuery', { detail: `\`$search\` is not of the form \`"property:text"\` joined with AND, OR at word ${s.i + 1}` }),
  )
}

function cut(text: string): readonly string[] {
  const words: string[] = []
  TOKEN.lastIndex = 0
  let end = 0
  for (let m = TOKEN.exec(text); m; m = TOKEN.exec(text)) {
    words.push(m[0].trim())
    end = TOKEN.lastIndex
  }
  // A closing parenthesis where a term must stand is refused by the grammar: that is what an open quote becomes.
  return text.slice(end).trim() === '' ? words : [...words, ')']
}

function joined(s: State, word: 'AND' | 'OR'): Search | null {
  const of: Search[] = []
  do {
    if (of.length > 0 && s.words[s.i]?.toUpperCase() === word) s.i += 1
    const one = word === 'OR' ? joined(s, 'AND') : single(s)
    if (!one) return null
    of.push(one)
  } while (goesOn(s, word))
  return of.length === 1 ? of[0]! : { t: word === 'OR' ? 'or' : 'and', of }
}

// Two terms side by side are joined by AND, as OData has it.
function goesOn(s: State, word: 'AND' | 'OR'): boolean {
  const next = s.words[s.i]
  if (next === undefined || next === ')') return false
  return next.toUpperCase() === word || (word === 'AND' && next.toUpperCase() !== 'OR')
}

function single(s: State): Search | null {
  const word = s.words[s.i]
  if (word === undefined || word === ')' || s.depth > 16) return null
  s.i += 1
  if (word === '(') return inner(s)
  if (word.toUpperCase() === 'NOT') {
    s.depth += 1
    const of = single(s)
    s.depth -= 1
    return of && { t: 'not', of }
  }
  return /^(and|or)$/i.test(word) ? null : term(word)
}

function inner(s: State): Search | null {
  s.depth += 1
  const found = joined(s, 'OR')
  s.depth -= 1
  if (!found || s.words[s.i] !== ')') return null
  s.i += 1
  return found
}

function term(word: string): Search | null {
  const text = word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
  const m = /^([a-z]\w*)\s*:\s*(.*)$/is.exec(text)
  const found = { t: 'term', property: m ? m[1]! : null, text: (m ? m[2]! : text).trim() } as const
  return found.text === '' ? null : found
}
