import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Filter, Literal } from '../../domain/filter.ts'
import { parseFilter } from './odata.ts'

// Writes a tree as a client would, so that reading it back must give the same tree.

const literal = (value: Literal): string => (typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value))

function written(filter: Filter, variable: string | null): string {
  const at = (path: readonly string[]) => [...(variable === null ? [] : [variable]), ...path].join('/')
  const inner = (one: Filter) => `(${written(one, variable)})`
  switch (filter.t) {
    case 'and':
    case 'or':
      return filter.of.map(inner).join(` ${filter.t} `)
    case 'not':
      return `not ${inner(filter.of)}`
    case 'compare':
      return `${at(filter.path)} ${filter.op} ${literal(filter.value)}`
    case 'in':
      return `${at(filter.path)} in (${filter.values.map(literal).join(', ')})`
    case 'text':
      return `${filter.op}(${at(filter.path)},${literal(filter.value)})`
    case 'any':
    case 'all':
      return `${at(filter.path)}/${filter.t}(${filter.of === null ? '' : `v${variable ?? ''}:${written(filter.of, `v${variable ?? ''}`)}`})`
    case 'call':
      return `isof(${filter.args[0]},${literal(filter.args[1]!)})`
    default:
      return filter satisfies never
  }
}

const path = fc.array(fc.constantFrom('id', 'user', 'displayName', 'in', 'any', 'eq', 'nullable', '$count'), {
  minLength: 1,
  maxLength: 3,
})
const value = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null))
const { tree } = fc.letrec<{ tree: Filter }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({ t: fc.constant('compare' as const), op: fc.constantFrom('eq' as const, 'ne' as const, 'ge' as const), path, value }),
    fc.record({ t: fc.constant('in' as const), path, values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
    fc.record({
      t: fc.constant('text' as const),
      op: fc.constantFrom('contains' as const, 'startswith' as const),
      path,
      value: fc.string({ maxLength: 8 }),
    }),
    fc.record({ t: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }) }),
    fc.record({ t: fc.constant('not' as const), of: tie('tree') }),
    fc.record({ t: fc.constantFrom('any' as const, 'all' as const), path, of: tie('tree') }),
    fc.record({ t: fc.constant('any' as const), path, of: fc.constant(null) }),
  ),
}))

test('every tree comes back from its written form', () => {
  fc.assert(
    fc.property(tree, (filter) => {
      expect(parseFilter(written(filter, null))).toEqual({ ok: true, value: filter })
    }),
    { numRuns: 1000 },
  )
})
