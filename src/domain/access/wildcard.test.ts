import { describe, expect, it } from 'vitest'
import { matchesWildcard } from './wildcard.ts'

const CASES: readonly (readonly [string, string, boolean])[] = [
  ['*', '', true],
  ['*', 'microsoft.authorization/roleassignments/write', true],
  ['', '', true],
  ['', 'a', false],
  ['a', '', false],
  ['microsoft.authorization/*/write', 'microsoft.authorization/roleassignments/write', true],
  ['microsoft.authorization/*/write', 'microsoft.authorization/roleassignments/delete', false],
  ['microsoft.authorization/*/write', 'microsoft.authorization/write', false],
  ['*/read', 'microsoft.compute/virtualmachines/read', true],
  ['*/read', 'microsoft.compute/virtualmachines/read/action', false],
  ['a*b*c', 'axxbxxbc', true],
  ['a*b*c', 'axxbxxb', false],
  ['a.c', 'abc', false],
  ['**a**', 'xay', true],
]

describe('a wildcard', () => {
  it.each(CASES)('%s on %s: %s', (pattern, text, expected) => {
    expect(matchesWildcard(pattern, text)).toBe(expected)
  })

  it('written to be slow is not', () => {
    const started = performance.now()
    expect(matchesWildcard(`${'*a'.repeat(250)}*b`, 'a'.repeat(500))).toBe(false)
    expect(performance.now() - started).toBeLessThan(200)
  })
})
