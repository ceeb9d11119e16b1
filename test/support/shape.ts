// Compares the shape of an answer with a published example: the same keys, the same kinds of values, the same form of ids. Values are
// not compared, for several published examples contradict themselves.

type Json = unknown

const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi

/** What kind of text it is; ids keep their form, with GUIDs blotted out. */
function formOf(text: string): string {
  if (/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) return 'date-time'
  if (/^P[\dTYMDHS]+$/.test(text)) return 'duration'
  const blotted = text.replace(GUID, '*')
  if (/\/resourceGroups\/[^/]+$/i.test(blotted)) return blotted.replace(/[^/]+$/, '*')
  return blotted.startsWith('/') || blotted.startsWith('*') || blotted.startsWith('Microsoft.') ? blotted : 'text'
}

const kindOf = (value: Json): string => (value === null ? 'null' : Array.isArray(value) ? 'list' : typeof value)

const keysOf = (value: Json): readonly string[] => Object.keys(value as object)
const member = (value: Json, key: string): Json => (value as Record<string, Json>)[key]

/** Items are paired by id where they have one, such as rules; otherwise each is held against the first. */
function pairs(expected: readonly Json[], actual: readonly Json[]): readonly (readonly [Json, Json | undefined])[] {
  const ruleId = (item: Json) => (kindOf(item) === 'object' && 'ruleType' in (item as object) ? member(item, 'id') : undefined)
  const ruled = expected.every((item) => ruleId(item) !== undefined)
  if (ruled) return expected.map((item) => [item, actual.find((other) => ruleId(other) === ruleId(item))])
  return expected.length === 0 ? [] : actual.map((item) => [expected[0], item])
}

const aboutKeys = (difference: string) => difference.endsWith(': missing') || difference.endsWith(': not in the example')

/** Of several items the one most like the example is held to it in full, the others to its keys. */
function ofItems(expected: readonly Json[], actual: readonly Json[], path: string): readonly string[] {
  const each = pairs(expected, actual).map(([e, a]) => differences(e, a, `${path}[]`))
  if (expected.length === actual.length || each.length === 0) return each.flat()
  const best = each.reduce((so, one) => (one.length < so.length ? one : so))
  return each.flatMap((one) => (one === best ? one : one.filter(aboutKeys)))
}

/** Every difference in shape, as `path: what`. A null in the example stands for anything. */
export function differences(expected: Json, actual: Json | undefined, path = '$'): readonly string[] {
  if (actual === undefined) return [`${path}: missing`]
  if (expected === null) return []
  if (kindOf(expected) !== kindOf(actual)) return [`${path}: ${kindOf(expected)} became ${kindOf(actual)}`]
  if (Array.isArray(expected) && Array.isArray(actual)) {
    const empty = expected.length > 0 && actual.length === 0 ? [`${path}: empty`] : []
    return [...empty, ...ofItems(expected, actual, path)]
  }
  if (kindOf(expected) === 'object') {
    const extra = keysOf(actual).filter((key) => !keysOf(expected).includes(key))
    return [
      ...extra.map((key) => `${path}.${key}: not in the example`),
      ...keysOf(expected).flatMap((key) => differences(member(expected, key), member(actual, key), `${path}.${key}`)),
    ]
  }
  if (typeof expected !== 'string' || typeof actual !== 'string') return []
  const [e, a] = [formOf(expected), formOf(actual)]
  return e === a ? [] : [`${path}: \`${e}\` became \`${a}\``]
}
