// Cuts a `$filter` into tokens, each with its place, so that a refusal can say where. Values may come quoted or, as
// clients also send them, bare: date-times, GUIDs, GUIDs in braces.

type TokenKind = 'word' | 'string' | 'bare' | 'number' | 'punct' | 'end' | 'bad'

export interface Token {
  readonly kind: TokenKind
  /** The value of a literal, the text of anything else; of a `bad` token, what was expected. */
  readonly text: string
  /** Place in the text, counted from 1. */
  readonly at: number
}

const GUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
// The blank before an offset is a `+` that the query string's decoding took for a blank.
const OFFSET = '(?:Z|[-+ ]\\d{2}:?\\d{2})'

// INVARIANT: tried in this order; every pattern is sticky, linear and never matches the empty text.
const TOKENS: readonly { readonly kind: TokenKind; readonly pattern: RegExp; readonly value: (m: RegExpExecArray) => string }[] = [
  {
    kind: 'string',
    pattern: /(?:(?:guid|datetime|datetimeoffset|duration|[a-z]\w*(?:\.\w+)+)(?='))?'((?:[^']|'')*)'/iy,
    value: (m) => m[1]!.replaceAll("''", "'"),
  },
  { kind: 'bare', pattern: new RegExp(`\\{(${GUID})\\}`, 'iy'), value: (m) => m[1]! },
  { kind: 'bare', pattern: new RegExp(`${GUID}(?![\\w-])`, 'iy'), value: (m) => m[0] },
  {
    kind: 'bare',
    pattern: new RegExp(`\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d+)?)?${OFFSET}?)?(?![\\w-])`, 'iy'),
    value: (m) => m[0].replace(/ (\d{2}:?\d{2})$/, '+$1'),
  },
  { kind: 'number', pattern: /[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?[dflm]?(?![\w.-])/iy, value: (m) => m[0].replace(/[dflm]$/i, '') },
  { kind: 'word', pattern: /[@$]?[a-z_][\w.]*/iy, value: (m) => m[0] },
  { kind: 'punct', pattern: /[(),:/]/y, value: (m) => m[0] },
]

/** Cuts the whole text; the last token is `end`, or `bad` where nothing fits. Never throws. */
export function tokens(text: string): readonly Token[] {
  const found: Token[] = []
  let at = 0
  for (;;) {
    while (/\s/.test(text.charAt(at))) at += 1
    if (at >= text.length) return [...found, { kind: 'end', text: '', at: at + 1 }]
    const token = next(text, at)
    if (!token) return [...found, { kind: 'bad', text: complaint(text, at), at: at + 1 }]
    found.push(token.token)
    at = token.end
  }
}

function next(text: string, at: number): { token: Token; end: number } | null {
  for (const { kind, pattern, value } of TOKENS) {
    pattern.lastIndex = at
    const m = pattern.exec(text)
    if (m) return { token: { kind, text: value(m), at: at + 1 }, end: pattern.lastIndex }
  }
  return null
}

const complaint = (text: string, at: number): string =>
  text.charAt(at) === "'" ? 'a closing quote for the text that starts here' : 'a property, a value or a function'
