// At any one instant what is to come agrees with what holds now: `membershipsOf` with `groupsOf`, `claimsOf` with `holdings`.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { ScheduleFact } from '../schedule/schedule.ts'
import { contains, type Window } from '../time.ts'
import { union } from '../windows.ts'
import { claimsOf, membershipsOf } from './claims.ts'
import { holdings } from './effective.ts'
import { type Edge, groupsOf } from './groups.ts'

const window: fc.Arbitrary<Window> = fc
  .tuple(fc.integer({ min: 0, max: 20 }), fc.option(fc.integer({ min: 1, max: 10 }), { nil: null }))
  .map(([start, length]) => ({ start, end: length === null ? null : start + length }))
const holder = fc.constantFrom('p', 'g1', 'g2', 'g3')
const group = fc.constantFrom('g1', 'g2', 'g3')
const basis = fc.option(fc.record({ id: fc.constant('b'), principalId: holder, live: fc.boolean(), window }), { nil: null })
const edge: fc.Arbitrary<Edge> = fc
  .record({ member: holder, group, window, source: fc.constantFrom('Assigned' as const, 'Activated' as const), basis })
  .map((e) => ({ scheduleId: 'e', ...e, basis: e.source === 'Activated' ? e.basis : null }))
const schedule: fc.Arbitrary<ScheduleFact> = fc
  .record({ principalId: holder, window, source: fc.constantFrom('Assigned' as const, 'Activated' as const), basis })
  .map((s) => ({
    id: 's',
    name: 's',
    privilege: { plane: 'directory', scope: '/', role: 'r' },
    level: 'Assignment',
    status: 'Provisioned',
    createdAt: 0,
    requestId: null,
    modifiedAt: null,
    condition: null,
    conditionVersion: null,
    description: null,
    ...s,
    basis: s.source === 'Activated' ? s.basis : null,
  }))

it('agrees with what holds now, at every instant', () => {
  fc.assert(
    fc.property(
      fc.array(edge, { maxLength: 6 }),
      fc.array(schedule, { maxLength: 4 }),
      fc.integer({ min: 0, max: 31 }),
      (edges, schedules, now) => {
        const to = membershipsOf('p', edges)
        const groups = groupsOf('p', edges, now)
        const current = [...to].filter(([, windows]) => windows.some((w) => contains(w, now))).map(([id]) => id)
        expect(current.sort()).toEqual([...groups.keys()].sort())
        const held = holdings('p', 'Assignment', '/', schedules, groups, now).length > 0
        expect(claimsOf('p', schedules, to).some((w) => contains(w, now))).toBe(held)
      },
    ),
    { numRuns: 3000 },
  )
})

it('joins what overlaps or touches, and drops what is empty', () => {
  const w = (start: number, end: number | null): Window => ({ start, end })
  expect(union([w(5, 7), w(1, 3), w(3, 4), w(6, 9), w(8, 8)])).toEqual([w(1, 4), w(5, 9)])
  expect(union([w(2, null), w(0, 1), w(5, 6)])).toEqual([w(0, 1), w(2, null)])
})
