// A strict JSON reader for request bodies. Unlike JSON.parse it says where it failed, refuses a member given twice
// (which of the two was judged, which carried out?), bounds the nesting and cannot touch a prototype.

export type Json = string | number | boolean | null | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [name: string]: Json
}

export type JsonResult = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string }

const MAX_DEPTH = 32

const BLANK = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids them bare in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const WORD = /true|false|null/y
const WORDS: Readonly<Record<string, Json>> = { true: true, false: false, null: null }

class Problem extends Error {}

interface State {
  readonly text: string
  at: number
  depth: number
}

/** Reads one JSON value and nothing after it. Never throws. */
export function parseJson(text: string): JsonResult {
  const s: State = { text, at: 0, depth: 0 }
  try {
    const result = value(s)
    blanks(s)
    return s.at === text.length ? { ok: true, value: result } : { ok: false, problem: expected(s, 'the end').message }
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message }
    throw error
  }
}

function expected(s: State, what: string): Problem {
  const found = s.at < s.text.length ? `\`${s.text.charAt(s.at)}\`` : 'the end'
  return new Problem(`at character ${s.at + 1}: expected ${what}, found ${found}`)
}

function blanks(s: State): void {
  take(s, BLANK)
}

function take(s: State, pattern: RegExp): string | null {
  pattern.lastIndex = s.at
  const m = pattern.exec(s.text)
  if (!m) return null
  s.at = pattern.lastIndex
  return m[0]
}

function mark(s: State, char: string): boolean {
  blanks(s)
  if (s.text.charAt(s.at) !== char) return false
  s.at += 1
  return true
}

function value(s: State): Json {
  blanks(s)
  const first = s.text.charAt(s.at)
  if (first === '{' || first === '[') return nested(s, first === '{' ? object : array)
  if (first === '"') return string(s)
  const word = take(s, WORD)
  return word === null ? number(s) : WORDS[word]!
}

function nested(s: State, read: (s: State) => Json): Json {
  if (s.depth >= MAX_DEPTH) throw new Problem(`at character ${s.at + 1}: it is nested deeper than ${MAX_DEPTH} levels`)
  s.depth += 1
  s.at += 1
  const result = read(s)
  s.depth -= 1
  return result
}

function array(s: State): Json {
  const items: Json[] = []
  if (mark(s, ']')) return items
  do items.push(value(s))
  while (mark(s, ','))
  if (!mark(s, ']')) throw expected(s, '`,` or `]`')
  return items
}

// INVARIANT: no prototype, so that `__proto__` is a name like any other. Names that differ in case only are the same
// member, for that is how both doors look members up.
function object(s: State): JsonObject {
  const members: Record<string, Json> = Object.create(null)
  const seen = new Set<string>()
  if (mark(s, '}')) return members
  do {
    blanks(s)
    const at = s.at
    const name = s.text.charAt(at) === '"' ? string(s) : null
    if (name === null) throw expected(s, 'a member name in quotes')
    if (seen.has(name.toLowerCase())) throw new Problem(`at character ${at + 1}: the member \`${name.slice(0, 60)}\` is given twice`)
    seen.add(name.toLowerCase())
    if (!mark(s, ':')) throw expected(s, '`:`')
    members[name] = value(s)
  } while (mark(s, ','))
  if (!mark(s, '}')) throw expected(s, '`,` or `}`')
  return members
}

// NUL and lone surrogates are legal JSON, but neither the database nor the canonical form of an event can hold them.
function string(s: State): string {
  const at = s.at
  const raw = take(s, STRING)
  if (raw === null)
    throw new Problem(`at character ${at + 1}: the text that starts here is not closed or holds a control character or a wrong escape`)
  const text = raw.includes('\\') ? (JSON.parse(raw) as string) : raw.slice(1, -1)
  if (/\0|\p{Surrogate}/u.test(text)) throw new Problem(`at character ${at + 1}: the text that starts here holds NUL or half a character`)
  return text
}

function number(s: State): number {
  const at = s.at
  const raw = take(s, NUMBER)
  if (raw === null) throw expected(s, 'a value')
  if (!Number.isFinite(Number(raw))) throw new Problem(`at character ${at + 1}: the number is too large`)
  return Number(raw)
}
