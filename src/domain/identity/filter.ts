// A filter of the SCIM door with its attributes already known: what they are, and where they lie. The store makes SQL of it, a patch
// looks for elements by it.

export type TestOp = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le' | 'pr'
export type TestValue = string | number | boolean | null

export interface Attribute {
  /** The whole name, as `name.familyName`: what the store knows its columns by. */
  readonly key: string
  /** Where it lies in its document, or in the element at hand. */
  readonly path: readonly string[]
  /** How many names of the path lead to the list, where it is one with many values; null where it has one. */
  readonly list: number | null
  readonly type: 'string' | 'boolean' | 'dateTime'
  /** Does the case of letters count? */
  readonly exact: boolean
}

export type Test =
  | { readonly t: 'and' | 'or'; readonly of: readonly Test[] }
  | { readonly t: 'not'; readonly of: Test }
  | { readonly t: 'test'; readonly at: Attribute; readonly op: TestOp; readonly value: TestValue }
  /** One element of a list that fits all of it. */
  | { readonly t: 'some'; readonly at: Attribute; readonly of: Test }

type Json = unknown

const isRecord = (v: Json): v is Record<string, Json> => typeof v === 'object' && v !== null && !Array.isArray(v)
const step = (v: Json, name: string): Json => (isRecord(v) ? v[name] : undefined)

/** All values at an attribute. */
function valuesAt(element: Json, { path, list }: Attribute): readonly Json[] {
  if (list === null) return [path.reduce<Json>(step, element)]
  const at = path.slice(0, list).reduce<Json>(step, element)
  return (Array.isArray(at) ? at : []).map((one: Json) => path.slice(list).reduce<Json>(step, one))
}

const there = (v: Json): boolean => v !== undefined && v !== null && v !== ''

const COMPARE: Readonly<Record<Exclude<TestOp, 'pr' | 'ne'>, (a: string, b: string) => boolean>> = {
  eq: (a, b) => a === b,
  co: (a, b) => a.includes(b),
  sw: (a, b) => a.startsWith(b),
  ew: (a, b) => a.endsWith(b),
  gt: (a, b) => a > b,
  ge: (a, b) => a >= b,
  lt: (a, b) => a < b,
  le: (a, b) => a <= b,
}

/** Does an element fit? As the store's SQL has it. */
export function fits(test: Test, element: Json): boolean {
  switch (test.t) {
    case 'and':
      return test.of.every((one) => fits(one, element))
    case 'or':
      return test.of.some((one) => fits(one, element))
    case 'not':
      return !fits(test.of, element)
    case 'some': {
      const list = test.at.path.reduce<Json>(step, element)
      return Array.isArray(list) && list.some((one) => fits(test.of, one))
    }
    case 'test': {
      const values = valuesAt(element, test.at).filter(there)
      if (test.op === 'pr') return values.length > 0
      const { op, value, at } = test
      if (op === 'ne') return !fits({ ...test, op: 'eq' }, element)
      if (value === null) return op === 'eq' && values.length === 0
      const text = (v: Json) => (at.exact ? String(v) : String(v).toLowerCase())
      return values.some((v) => COMPARE[op](text(v), text(value)))
    }
    default:
      return test satisfies never
  }
}
