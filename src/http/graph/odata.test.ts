import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Filter } from '../../domain/filter.ts'
import { MAX_DEPTH, MAX_FILTER, MAX_TERMS, parseFilter } from './odata.ts'

const eq = (path: string, value: string | number | boolean | null): Filter => ({
  t: 'compare',
  op: 'eq',
  path: path === '' ? [] : path.split('/'),
  value,
})

const UNDERSTOOD: readonly (readonly [text: string, filter: Filter])[] = [
  ["principalId eq 'a'", eq('principalId', 'a')],
  ["principalId EQ 'a'", eq('principalId', 'a')],
  ["displayName eq 'it''s'", eq('displayName', "it's")],
  ["displayName eq ''", eq('displayName', '')],
  ['isAssignableToRole eq true', eq('isAssignableToRole', true)],
  ['appScopeId eq null', eq('appScopeId', null)],
  ['createdBy ne NULL', { t: 'compare', op: 'ne', path: ['createdBy'], value: null }],
  ['size ge -1.5', { t: 'compare', op: 'ge', path: ['size'], value: -1.5 }],
  ['status/errorCode eq 50126', eq('status/errorCode', 50126)],
  ["'a' eq principalId", eq('principalId', 'a')],
  ['5 lt count', { t: 'compare', op: 'gt', path: ['count'], value: 5 }],
  ['principalId eq 11111111-1111-1111-1111-111111111111', eq('principalId', '11111111-1111-1111-1111-111111111111')],
  ["principalId eq guid'11111111-1111-1111-1111-111111111111'", eq('principalId', '11111111-1111-1111-1111-111111111111')],
  ['startDateTime ge 2026-01-01', { t: 'compare', op: 'ge', path: ['startDateTime'], value: '2026-01-01' }],
  [
    'createdDateTime le 2026-01-01T10:00:00.1234567Z',
    { t: 'compare', op: 'le', path: ['createdDateTime'], value: '2026-01-01T10:00:00.1234567Z' },
  ],
  [
    'createdDateTime le 2026-01-01T10:00:00 02:00',
    { t: 'compare', op: 'le', path: ['createdDateTime'], value: '2026-01-01T10:00:00+02:00' },
  ],
  ["action eq microsoft.graph.kind'selfActivate'", eq('action', 'selfActivate')],
  ["initiatedBy/user/id eq 'x'", eq('initiatedBy/user/id', 'x')],
  ["scope/microsoft.graph.accessReviewQueryScope/query eq 'x'", eq('scope/query', 'x')],
  ['a eq 1 or b eq 2 and c eq 3', { t: 'or', of: [eq('a', 1), { t: 'and', of: [eq('b', 2), eq('c', 3)] }] }],
  ['(a eq 1 or b eq 2) AND c eq 3', { t: 'and', of: [{ t: 'or', of: [eq('a', 1), eq('b', 2)] }, eq('c', 3)] }],
  ['not a eq 1 and b eq 2', { t: 'and', of: [{ t: 'not', of: eq('a', 1) }, eq('b', 2)] }],
  ['not(a eq 1)', { t: 'not', of: eq('a', 1) }],
  ['not eq 1', eq('not', 1)],
  ["status in ('a', 'b',null)", { t: 'in', path: ['status'], values: ['a', 'b', null] }],
  ["startswith(displayName,'pag-')", { t: 'text', op: 'startswith', path: ['displayName'], value: 'pag-' }],
  ["StartsWith(displayName,'pag-') eq true", { t: 'text', op: 'startswith', path: ['displayName'], value: 'pag-' }],
  ["endswith(mail,'x') eq false", { t: 'not', of: { t: 'text', op: 'endswith', path: ['mail'], value: 'x' } }],
  [
    "contains(scope/microsoft.graph.accessReviewQueryScope/query,'./members')",
    { t: 'text', op: 'contains', path: ['scope', 'query'], value: './members' },
  ],
  ["substringof('x',name)", { t: 'text', op: 'contains', path: ['name'], value: 'x' }],
  ["groupTypes/any(c:c eq 'Unified')", { t: 'any', path: ['groupTypes'], of: eq('', 'Unified') }],
  [
    "targetResources/any(t:t/id eq 'x' or t/displayName eq 'y')",
    { t: 'any', path: ['targetResources'], of: { t: 'or', of: [eq('id', 'x'), eq('displayName', 'y')] } },
  ],
  ['a/all(x: x/b/any(y: y/c eq 1))', { t: 'all', path: ['a'], of: { t: 'any', path: ['b'], of: eq('c', 1) } }],
  [
    "targetResources/any(t:startswith(t/displayName,'y'))",
    { t: 'any', path: ['targetResources'], of: { t: 'text', op: 'startswith', path: ['displayName'], value: 'y' } },
  ],
  ['assignedLicenses/any()', { t: 'any', path: ['assignedLicenses'], of: null }],
  ['members/$count eq 0', eq('members/$count', 0)],
  [
    "(isof(principal,'microsoft.graph.user') and roleDefinitionId eq 'r')",
    { t: 'and', of: [{ t: 'call', name: 'isof', args: ['principal', 'microsoft.graph.user'] }, eq('roleDefinitionId', 'r')] },
  ],
  ['  a   eq   1  ', eq('a', 1)],
]

const REFUSED: readonly (readonly [text: string, detail: string])[] = [
  ['', 'at character 1: expected a property, found the end'],
  ['a', 'at character 2: expected a comparison (eq, ne, gt, ge, lt, le, in), found the end'],
  ['a is 1', 'at character 3: expected a comparison (eq, ne, gt, ge, lt, le, in), found `is`'],
  ['a eq', 'at character 5: expected a value, found the end'],
  ['a eq b', 'at character 6: expected a value, found `b`'],
  ["a eq 'b", 'at character 6: expected a closing quote for the text that starts here'],
  ['a eq "b"', 'at character 6: expected a property, a value or a function'],
  ['(a eq 1', 'at character 8: expected `)`, found the end'],
  ['a eq 1)', 'at character 7: expected `and`, `or` or the end, found `)`'],
  ['a eq 1 and', 'at character 11: expected a property, found the end'],
  ['a eq 1 b eq 2', 'at character 8: expected `and`, `or` or the end, found `b`'],
  ['a in ()', 'at character 7: expected a value, found `)`'],
  ['asTarget()', 'at character 1: expected one of the functions startswith, endswith, contains, substringof, isof, found `asTarget`'],
  [
    "constructor('x')",
    'at character 1: expected one of the functions startswith, endswith, contains, substringof, isof, found `constructor`',
  ],
  ['startswith(a,1)', 'at character 14: expected a quoted text, found `1`'],
  ['a/any(b eq 1)', 'at character 7: expected a variable and a colon, as in `any(x:x eq 1)`, found `b`'],
  ['a/all()', 'at character 7: expected a variable and a colon, as in `any(x:x eq 1)`, found `)`'],
  ['a/any(x:y eq 1)', 'at character 9: expected a property of `x`, found `y`'],
  ['a/ eq 1', 'at character 7: expected a comparison (eq, ne, gt, ge, lt, le, in), found `1`'],
  ['microsoft.graph.user eq 1', 'at character 22: expected a property, not only a type, found `eq`'],
  ['null eq 1', 'at character 9: expected a property, found `1`'],
  ['a eq 1e999', 'at character 6: the number is too large'],
  ["startswith(a,'b') eq 1", 'at character 22: expected `true` or `false`, found `1`'],
]

describe('a filter is understood', () => {
  test.each(UNDERSTOOD)('%s', (text, filter) => {
    expect(parseFilter(text)).toEqual({ ok: true, value: filter })
  })
})

describe('a filter is refused with the place and what was expected', () => {
  test.each(REFUSED)('%s', (text, detail) => {
    expect(parseFilter(text)).toMatchObject({ ok: false, fault: { code: 'InvalidFilter', data: { detail } } })
  })
})

describe('a filter is bounded', () => {
  const nested = (n: number) => `${'('.repeat(n)}a eq 1${')'.repeat(n)}`
  const terms = (n: number) => Array.from({ length: n }, () => 'a eq 1').join(' or ')
  test.each([
    ['length', `a eq '${'x'.repeat(MAX_FILTER)}'`, 'longer than'],
    ['depth of parentheses', nested(MAX_DEPTH), 'nested deeper'],
    ['depth of negations', `${'not '.repeat(MAX_DEPTH)}a eq 1`, 'nested deeper'],
    ['terms', terms(MAX_TERMS + 1), 'more than 250 terms'],
    ['values of a list', `a in (${'1,'.repeat(MAX_TERMS)}1)`, 'more than 250 terms'],
  ])('in its %s', (_, text, words) => {
    const result = parseFilter(text)
    expect(result.ok ? '' : result.fault.words).toContain(words)
  })

  test('and what lies within the bounds passes', () => {
    expect(parseFilter(nested(MAX_DEPTH - 1)).ok).toBe(true)
    expect(parseFilter(terms(MAX_TERMS)).ok).toBe(true)
  })
})

describe('a filter never makes the parser throw', () => {
  const piece = fc.constantFrom(
    'a',
    'eq',
    'and',
    'or',
    'not',
    '(',
    ')',
    ',',
    ':',
    '/',
    'any',
    'all',
    "'x'",
    "'",
    '1',
    'null',
    'in',
    'contains',
    ' ',
    '2026-01-01',
    '{',
    '$count',
    'isof',
    'x.y',
  )
  test('whatever the characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => typeof parseFilter(text).ok === 'boolean'),
      { numRuns: 500 },
    )
  })
  test('whatever the order of its words', () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (words) => typeof parseFilter(words.join(' ')).ok === 'boolean'),
      { numRuns: 1000 },
    )
  })
  test('and any text comes back from its quoted form', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        expect(parseFilter(`a eq '${text.replaceAll("'", "''")}'`)).toEqual({ ok: true, value: eq('a', text) })
      }),
    )
  })
  test('nor is it slow on hostile text', () => {
    for (const unit of ["'", '(', '-', '1', '1-', 'a.', 'a/', ' ', '{', "''"]) parseFilter(unit.repeat(MAX_FILTER / unit.length))
  }, 2_000)
})
