// The filter language of SCIM (RFC 7644, 3.4.2.2), the whole grammar: comparisons, `pr`, `and`, `or`, `not`, brackets, elements of a
// list. It ends in a bounded tree of known attributes.

import { fault } from '../../domain/faults.ts'
import type { Test, TestOp, TestValue } from '../../domain/identity/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { attributeOf, listed, type Named, testable } from './path.ts'
import type { ResourceType } from './schema.ts'

const LONGEST = 8_192
const MOST_TESTS = 200
const DEEPEST = 20

type Token = { readonly t: 'word' | 'text' | '(' | ')' | '[' | ']'; readonly v: string }

class Problem extends Error {}

const TEXT = /"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
// A name may hold a URN, with its colons, dots and digits; a word ends where a bracket or a blank begins.
const WORD = /[^\s()[\]"]+/y
const BLANK = /\s*/y

function tokens(source: string): readonly Token[] {
  const out: Token[] = []
  let i = 0
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = i
    const found = pattern.exec(source)
    if (found) i = pattern.lastIndex
    return found ? found[0] : null
  }
  for (;;) {
    take(BLANK)
    if (i >= source.length) return out
    const c = source.charAt(i)
    if (c === '(' || c === ')' || c === '[' || c === ']') {
      out.push({ t: c, v: c })
      i += 1
    } else if (c === '"') {
      const raw = take(TEXT)
      if (raw === null) throw new Problem(`the text at character ${i + 1} is not closed`)
      const v = textOf(raw)
      if (/\0|\p{Surrogate}/u.test(v)) throw new Problem('a text holds NUL or half a character')
      out.push({ t: 'text', v })
    } else out.push({ t: 'word', v: take(WORD) ?? '' })
  }
}

function textOf(raw: string): string {
  try {
    return JSON.parse(raw) as string
  } catch {
    throw new Problem('a text holds a bare control character')
  }
}

const OPS: ReadonlySet<string> = new Set<TestOp>(['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'])
const WORDS: ReadonlyMap<string, TestValue> = new Map<string, TestValue>([
  ['true', true],
  ['false', false],
  ['null', null],
])
const ONLY_TEXT: ReadonlySet<string> = new Set(['co', 'sw', 'ew'])

interface State {
  readonly tokens: readonly Token[]
  at: number
  tests: number
  depth: number
}

type Resolve = (name: string) => Named | null

const peek = (s: State): Token | undefined => s.tokens[s.at]
const isWord = (token: Token | undefined, word: string): boolean => token?.t === 'word' && token.v.toLowerCase() === word

function expect(s: State, t: Token['t']): void {
  const token = peek(s)
  if (token?.t !== t) throw new Problem(`expected \`${t}\`, found ${token ? `\`${token.v.slice(0, 40)}\`` : 'the end'}`)
  s.at += 1
}

function either(s: State, word: 'or' | 'and', inner: () => Test): Test {
  const of = [inner()]
  while (isWord(peek(s), word)) {
    s.at += 1
    of.push(inner())
  }
  return of.length === 1 ? (of[0] as Test) : { t: word, of }
}

function whole(s: State, resolve: Resolve): Test {
  s.depth += 1
  if (s.depth > DEEPEST) throw new Problem(`it is nested deeper than ${DEEPEST} levels`)
  const test = either(s, 'or', () => either(s, 'and', () => part(s, resolve)))
  s.depth -= 1
  return test
}

function bracketed(s: State, resolve: Resolve): Test {
  expect(s, '(')
  const inner = whole(s, resolve)
  expect(s, ')')
  return inner
}

function part(s: State, resolve: Resolve): Test {
  const token = peek(s)
  if (token?.t === '(') return bracketed(s, resolve)
  if (isWord(token, 'not') && s.tokens[s.at + 1]?.t === '(') {
    s.at += 1
    return { t: 'not', of: bracketed(s, resolve) }
  }
  if (token?.t !== 'word') throw new Problem(`expected an attribute, found ${token ? `\`${token.v.slice(0, 40)}\`` : 'the end'}`)
  s.at += 1
  s.tests += 1
  if (s.tests > MOST_TESTS) throw new Problem(`it has more than ${MOST_TESTS} comparisons`)
  const named = resolve(token.v)
  if (!named) throw new Problem(`\`${token.v.slice(0, 100)}\` is no attribute that can be looked for`)
  return peek(s)?.t === '[' ? elements(s, named) : comparison(s, named, token.v)
}

/** `emails[type eq "work" and value co "@contoso.com"]` */
function elements(s: State, named: Named): Test {
  expect(s, '[')
  const last = named.chain.at(-1)
  const test = whole(s, (name) => elementOf(named, name))
  expect(s, ']')
  if (!last?.multi) throw new Problem(`\`${last?.name}\` is no list`)
  return { t: 'some', at: listed(named), of: test }
}

/** An attribute of a list's elements. */
function elementOf({ chain }: Named, name: string): Named | null {
  const sub = chain.at(-1)?.sub.find((a) => a.name.toLowerCase() === name.toLowerCase())
  return sub ? { chain: [sub] } : null
}

function comparison(s: State, named: Named, name: string): Test {
  const op = peek(s)?.t === 'word' ? (peek(s)?.v.toLowerCase() ?? '') : ''
  if (op === 'pr') {
    s.at += 1
    const at = testable(named) ?? listed(named)
    return { t: 'test', at, op: 'pr', value: null }
  }
  if (!OPS.has(op)) throw new Problem(`after \`${name.slice(0, 100)}\` an operator is expected`)
  s.at += 1
  const at = testable(named)
  if (!at) throw new Problem(`\`${name.slice(0, 100)}\` has parts: name one of them`)
  const token = peek(s)
  if (token?.t !== 'text' && token?.t !== 'word') throw new Problem(`after \`${op}\` a value is expected`)
  s.at += 1
  const value = token.t === 'text' ? token.v : literalOf(token.v)
  if (typeof value !== 'string' && ONLY_TEXT.has(op)) throw new Problem(`\`${op}\` takes a text`)
  if (at.type === 'boolean') return { t: 'test', at, op: op as TestOp, value: truth(value, op) }
  if (at.type === 'dateTime' && value !== null && Number.isNaN(Date.parse(String(value))))
    throw new Problem(`\`${token.v}\` is no date-time`)
  return { t: 'test', at, op: op as TestOp, value }
}

function literalOf(word: string): TestValue {
  const known = WORDS.get(word.toLowerCase())
  if (known !== undefined) return known
  if (/^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(word)) return Number(word)
  throw new Problem(`\`${word.slice(0, 40)}\` is no value: texts stand in quotes`)
}

/** Some senders put truth in quotes. */
function truth(value: TestValue, op: string): TestValue {
  if (op !== 'eq' && op !== 'ne') throw new Problem('truth is equal or unequal')
  if (value === null || typeof value === 'boolean') return value
  const known = typeof value === 'string' ? WORDS.get(value.toLowerCase()) : undefined
  if (typeof known === 'boolean') return known
  throw new Problem('true or false is expected')
}

function parse(text: string, resolve: Resolve): Result<Test> {
  try {
    if (text.length > LONGEST) throw new Problem(`it is longer than ${LONGEST} characters`)
    const s: State = { tokens: tokens(text), at: 0, tests: 0, depth: 0 }
    const test = whole(s, resolve)
    if (s.at < s.tokens.length) throw new Problem(`expected the end, found \`${peek(s)?.v.slice(0, 40)}\``)
    return ok(test)
  } catch (error) {
    if (error instanceof Problem) return refuse(fault('InvalidFilter', { detail: error.message }))
    throw error
  }
}

/** Reads the filter of a list. Fault: `InvalidFilter`. */
export const parseFilter = (text: string, type: ResourceType): Result<Test> => parse(text, (name) => attributeOf(name, type))

/** Reads what stands in the brackets of a path. Fault: `InvalidFilter`. */
export const parseElementFilter = (text: string, within: Named): Result<Test> => parse(text, (name) => elementOf(within, name))
