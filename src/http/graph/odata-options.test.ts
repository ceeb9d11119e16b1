import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOptions } from './odata-options.ts'

const value = (search: string) => {
  const result = parseOptions(search)
  if (!result.ok) throw new Error(result.fault.words)
  return result.value
}
const A_EQ_B = { t: 'compare', op: 'eq', path: ['a'], value: 'b c' }

describe('a filter arrives however it was sent', () => {
  test.each([
    ['?$filter=a%20eq%20%27b%20c%27'],
    ["?%24filter=a+eq+'b+c'"],
    ["?$filter=a eq 'b c'"],
    ["?&$filter=a eq 'b c'"],
    ["$filter=a eq 'b c'&"],
    ["?filter=a eq 'b c'"],
    ["?$Filter=a eq 'b c'"],
    ["??$filter=a%20eq+'b%20c'"],
  ])('%s', (search) => {
    expect(value(search).filter).toEqual(A_EQ_B)
  })

  test('with an ampersand within its quotes', () => {
    const options = value("?$filter=displayName eq 'R&D'&$top=5")
    expect(options.filter).toMatchObject({ value: 'R&D' })
    expect(options.top).toBe(5)
  })

  test('with a percent sign that encodes nothing', () => {
    expect(value("?$filter=a eq '100%'").filter).toMatchObject({ value: '100%' })
  })

  test('with an offset whose plus sign was sent bare', () => {
    expect(value('?$filter=a ge 2026-01-01T00:00:00+02:00').filter).toMatchObject({ value: '2026-01-01T00:00:00+02:00' })
  })
})

describe('the other options are read', () => {
  test('all at once', () => {
    expect(
      value('?$select=id,Status&$orderby=createdDateTime desc,a/b&$top=10&$skip=0&$skiptoken=abc&$count=True&x=1&@s=%27/%27'),
    ).toMatchObject({
      filter: null,
      select: ['id', 'Status'],
      orderby: [
        { path: ['createdDateTime'], descending: true },
        { path: ['a', 'b'], descending: false },
      ],
      top: 10,
      skip: 0,
      skiptoken: 'abc',
      count: true,
      custom: { x: '1', '@s': "'/'" },
    })
  })

  test('expansions nest', () => {
    const [policy, principal, all] = value('?$expand=policy($expand=rules($select=id);$select=id,scopeId),principal,*').expand
    expect(policy).toMatchObject({
      name: 'policy',
      options: { select: ['id', 'scopeId'], expand: [{ name: 'rules', options: { select: ['id'] } }] },
    })
    expect(principal).toMatchObject({ name: 'principal', options: { expand: [], select: null } })
    expect(all?.name).toBe('*')
  })

  test('a nested filter holds commas, semicolons and parentheses within quotes', () => {
    const [members] = value("?$expand=members($filter=startswith(a,'x;),y');$top=2)").expand
    expect(members?.options).toMatchObject({ top: 2, filter: { value: 'x;),y' } })
  })

  test.each([
    ['"displayName:pay"', { t: 'term', property: 'displayName', text: 'pay' }],
    ['pay', { t: 'term', property: null, text: 'pay' }],
    ['"a:x" AND ("b:y" or "c:z")', { t: 'and', of: [{ property: 'a' }, { t: 'or', of: [{ property: 'b' }, { property: 'c' }] }] }],
    ['"a:x" "b:y"', { t: 'and', of: [{ property: 'a' }, { property: 'b' }] }],
    ['NOT "a:x"', { t: 'not', of: { property: 'a' } }],
  ])('the search %s', (search, tree) => {
    expect(value(`?$search=${encodeURIComponent(search)}`).search).toMatchObject(tree)
  })

  test('an option without a value is as good as absent', () => {
    expect(value('?$filter=&$top=&$select=')).toMatchObject({ filter: null, top: null, select: null })
  })

  test('what was sent is kept for the next link', () => {
    expect(value('?$top=2&$count=true').sent).toEqual([
      ['$top', '2'],
      ['$count', 'true'],
    ])
  })

  test('a parameter named `__proto__` is harmless', () => {
    expect(Object.getPrototypeOf(value('?__proto__=1').custom)).toBe(Object.prototype)
  })
})

describe('an option is refused', () => {
  test.each([
    ['?$apply=x', 'InvalidQuery', 'the option `$apply` is not offered'],
    ['?$hasOwnProperty=x', 'InvalidQuery', 'the option `$hasOwnProperty` is not offered'],
    ['?$top=1&top=2', 'InvalidQuery', 'the option `$top` is given twice'],
    ['?$top=-1', 'InvalidQuery', '`$top` is not a whole number'],
    ['?$count=maybe', 'InvalidQuery', '`$count` is neither true nor false'],
    ['?$select=a b', 'InvalidQuery', '`$select` has `a b` where a property is expected'],
    ['?$orderby=a sideways', 'InvalidQuery', '`$orderby` has `a sideways`'],
    ['?$expand=a(', 'InvalidQuery', '`$expand` is not a list of navigation properties'],
    ['?$expand=a($levels=2)', 'InvalidQuery', 'the option `$levels` is not offered'],
    ['?$expand=a(select=id;$foo=1)', 'InvalidQuery', 'the option `$foo` is not offered'],
    ['?$expand=a($expand=b($expand=c($expand=d($expand=e($expand=f($expand=g))))))', 'InvalidQuery', 'nested deeper than 6 levels'],
    ['?$expand=a($filter=b)', 'InvalidFilter', 'expected a comparison'],
    ['?$search="a', 'InvalidQuery', '`$search` is not of the form'],
    ['?$search=()', 'InvalidQuery', '`$search` is not of the form'],
    ['?$format=xml', 'InvalidQuery', '`$format=xml` is not offered'],
    ['?$filter=%ff', 'InvalidQuery', 'option 1 is not valid percent-encoded UTF-8'],
    ['?$skiptoken=a%00b', 'InvalidQuery', 'option 1 has control characters'],
  ])('%s', (search, code, words) => {
    const result = parseOptions(search)
    expect(result.ok ? null : result.fault.code).toBe(code)
    expect(result.ok ? '' : result.fault.words).toContain(words)
  })
})

test('no query string makes the parser throw', () => {
  const piece = fc.constantFrom(
    '$expand=',
    '$select=',
    '$search=',
    '$filter=',
    '&',
    '(',
    ')',
    ';',
    ',',
    '%27',
    "'",
    '%',
    '+',
    'a',
    '"',
    'AND',
    '=',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (parts) => typeof parseOptions(parts.join('')).ok === 'boolean'),
    { numRuns: 1000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => typeof parseOptions(text).ok === 'boolean'),
    { numRuns: 500 },
  )
})
