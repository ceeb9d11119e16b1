import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contains, HOUR, type Window } from '../time.ts'
import type { Seen } from './connector.ts'
import {
  backOff,
  baselineOf,
  coverage,
  derive,
  GRANT_STATES,
  type Grant,
  type GrantState,
  intentOf,
  isOverdue,
  PACE,
  satisfied,
  stepOf,
} from './grant.ts'

const NOW = 1_800_000_000_000

/** A row of the ledger; the tests beside this one use it too. */
const grant = (more: Partial<Grant> = {}): Grant => ({
  id: 'row',
  targetId: 'target',
  entitlement: { id: '1', name: 'vault' },
  account: { id: '2', name: 'ada' },
  state: 'Granting',
  generation: 7,
  notAfter: NOW + HOUR,
  desiredSince: NOW,
  observed: 'unknown',
  observedAt: null,
  observedGeneration: null,
  baseline: 'absent',
  attempts: 0,
  nextAt: NOW,
  leaseBy: 'worker',
  leaseUntil: NOW + 10_000,
  token: null,
  lastError: null,
  ...more,
})

const seen = (more: Partial<Seen> = {}): Seen => ({
  account: { id: '2', name: 'ada' },
  present: false,
  ours: false,
  others: [],
  via: 'direct',
  expiresAt: null,
  ...more,
})

const window = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.option(fc.integer({ min: 1, max: 30 }), { freq: 8 }))
  .map(([start, length]): Window => ({ start, end: length === null ? null : start + length }))

describe('what is desired', () => {
  // biome-ignore format: one case per line
  test.each([
    ['nothing at all',                [],                    { desired: 'absent',  notAfter: null, changesAt: null }],
    ['one in force',                  [[0, 20]],             { desired: 'present', notAfter: 20,   changesAt: 20 }],
    ['one that ends now',             [[0, 10]],             { desired: 'absent',  notAfter: null, changesAt: null }],
    ['one that starts now',           [[10, 12]],            { desired: 'present', notAfter: 12,   changesAt: 12 }],
    ['one to come',                   [[15, 20]],            { desired: 'absent',  notAfter: null, changesAt: 15 }],
    ['two that overlap',              [[0, 20], [5, 30]],    { desired: 'present', notAfter: 30,   changesAt: 30 }],
    ['two that touch',                [[0, 20], [20, 30]],   { desired: 'present', notAfter: 30,   changesAt: 30 }],
    ['a chain written backwards',     [[25, 40], [15, 30], [0, 20]], { desired: 'present', notAfter: 40, changesAt: 40 }],
    ['two with a gap',                [[0, 20], [21, 30]],   { desired: 'present', notAfter: 20,   changesAt: 20 }],
    ['one that never ends',           [[0, 20], [5, null]],  { desired: 'present', notAfter: null, changesAt: null }],
  ] as const)('%s', (_, windows, want) => {
    expect(coverage(windows.map(([start, end]) => ({ start, end })), 10)).toEqual(want)
  })

  test('it is present exactly while some window contains now, and its end is the first moment that none does (L4)', () => {
    fc.assert(
      fc.property(fc.array(window, { maxLength: 8 }), fc.integer({ min: 0, max: 100 }), (windows, now) => {
        const { desired, notAfter } = coverage(windows, now)
        const wanted = (at: number) => windows.some((w) => contains(w, at))
        expect(desired === 'present').toBe(wanted(now))
        if (desired === 'absent') return
        for (let at = now; at < (notAfter ?? 200); at++) expect(wanted(at)).toBe(true)
        if (notAfter !== null) expect(wanted(notAfter)).toBe(false)
      }),
    )
  })

  test('ending one of two claims keeps the other: nothing flips, and the fence does not let an old intent back', () => {
    const both = coverage([{ start: 0, end: 50 }, { start: 0, end: 90 }], 10) // biome-ignore format: short
    const one = coverage([{ start: 0, end: 90 }], 10)
    expect(derive(grant({ state: 'Granted', notAfter: both.notAfter }), one, 10)).toBeNull()
  })

  // biome-ignore format: one case per line
  test.each([
    ['Granted',       'present', NOW + 2 * HOUR, { state: 'Granted',  generation: 8, notAfter: NOW + 2 * HOUR, desiredSince: 1, attempts: 0 }],
    ['GrantBlocked',  'present', NOW + 2 * HOUR, { state: 'Granting', generation: 8, notAfter: NOW + 2 * HOUR, desiredSince: 1, attempts: 0 }],
    ['Granted',       'absent',  null,           { state: 'Revoking', generation: 8, notAfter: null,           desiredSince: NOW, attempts: 0 }],
    ['Granting',      'absent',  null,           { state: 'Revoking', generation: 8, notAfter: null,           desiredSince: NOW, attempts: 0 }],
    ['RevokeOverdue', 'present', NOW + HOUR,     { state: 'Granting', generation: 8, notAfter: NOW + HOUR,     desiredSince: NOW, attempts: 0 }],
    ['Granted',       'present', NOW + HOUR,     null],
    ['Revoked',       'absent',  null,           null],
    ['RevokeOverdue', 'absent',  null,           null],
  ] as const)('%s and %s until %s', (state, desired, notAfter, change) => {
    const row = grant({ state, desiredSince: 1, attempts: 5, ...(GRANT_STATES[state].desired === 'absent' ? { notAfter: null } : {}) })
    const derived = derive(row, { desired, notAfter }, NOW)
    if (change === null) expect(derived).toBeNull()
    else expect(derived).toMatchObject({ ...change, nextAt: NOW, token: null })
  })
})

describe('what is sent', () => {
  test('a grant whose window has passed is never sent, and a revocation always is', () => {
    expect(intentOf(grant({ notAfter: NOW }), NOW)).toBeNull()
    expect(intentOf(grant({ notAfter: NOW + 1 }), NOW)).toMatchObject({ present: true, fence: 7, notAfter: NOW + 1, key: 'row.7' })
    for (const state of ['Revoking', 'RevokeBlocked', 'RevokeOverdue', 'Revoked'] as const) {
      expect(intentOf(grant({ state, notAfter: null }), NOW + 1e12)).toMatchObject({ present: false })
    }
  })

  test('the key is the same on every retry and another for every generation', () => {
    expect(intentOf(grant({ attempts: 9 }), NOW)?.key).toBe(intentOf(grant(), NOW)?.key)
    expect(intentOf(grant({ generation: 8 }), NOW)?.key).not.toBe(intentOf(grant(), NOW)?.key)
  })

  test('a proven row is only looked at', () => {
    expect([stepOf(grant({ observedGeneration: 7 })), stepOf(grant({ observedGeneration: 6 })), stepOf(grant())]).toEqual([
      'look',
      'apply',
      'apply',
    ])
  })
})

// biome-ignore format: one case per line
test.each([
  ['unknown', { present: true },                                  'present'],
  ['unknown', { present: true, ours: true },                      'absent'],
  ['unknown', { present: true, ours: true, others: ['root'] },    'present'],
  ['unknown', {},                                                 'absent'],
  ['absent',  { present: true },                                  'absent'],
  ['present', {},                                                 'present'],
] as const)('the baseline is set by the first look and by no other: %s, %o', (baseline, look, expected) => {
  expect(baselineOf(grant({ baseline }), seen(look))).toBe(expected)
})

// biome-ignore format: one case per line
test.each([
  ['Granting', 'absent',  false, { present: true, ours: true }, true],
  ['Granting', 'absent',  false, {},                            false],
  ['Revoking', 'absent',  false, {},                            true],
  ['Revoking', 'absent',  false, { present: true },             false],
  ['Revoking', 'present', false, { present: true },             true],
  ['Revoking', 'present', false, { present: true, ours: true }, false],
  ['Revoking', 'present', true,  { present: true },             false],
  ['Revoking', 'unknown', false, { present: true },             false],
] as const)('%s with baseline %s, exclusive %s, seen %o: satisfied %s', (state, baseline, exclusive, look, expected) => {
  expect(satisfied({ state, baseline, notAfter: NOW }, seen(look), exclusive)).toBe(expected)
})

// biome-ignore format: one case per line
test.each([
  [NOW + HOUR, NOW + HOUR,         true],
  [NOW + HOUR, NOW + HOUR - 1000,  true],   // a target that counts in whole seconds or minutes
  [NOW + HOUR, NOW + 2 * HOUR,     true],   // the second belt is longer; we take it away ourselves
  [NOW + HOUR, NOW,                false],  // the extension did not arrive
  [NOW + HOUR, null,               true],
  [null,       NOW + HOUR,         false],
])('desired until %s, held at the target until %s: satisfied %s', (notAfter, expiresAt, expected) => {
  expect(satisfied({ state: 'Granted', baseline: 'absent', notAfter }, seen({ present: true, ours: true, expiresAt }), false)).toBe(expected)
})

test('a revocation is overdue after its objective, whether or not anybody works on it', () => {
  const since = { desiredSince: NOW, notAfter: null }
  expect(isOverdue(grant({ state: 'Revoking', ...since }), NOW + PACE.objectiveMs - 1)).toBe(false)
  expect(isOverdue(grant({ state: 'Revoking', ...since }), NOW + PACE.objectiveMs)).toBe(true)
  expect(isOverdue(grant({ state: 'Revoked', ...since }), NOW + PACE.objectiveMs)).toBe(false)
  expect(isOverdue(grant({ state: 'Granting' }), NOW + PACE.objectiveMs)).toBe(false)
})

test('retries slow down up to a cap, which is lower for revocations', () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(1e6), fc.constantFrom(...(Object.keys(GRANT_STATES) as GrantState[])), (id, attempts, state) => {
      const pause = backOff({ id, state }, attempts)
      expect(pause).toBeGreaterThanOrEqual(PACE.firstRetryMs * 0.75)
      expect(pause).toBeLessThanOrEqual(GRANT_STATES[state].desired === 'absent' ? PACE.revokeCapMs : PACE.grantCapMs)
    }),
  )
  expect(backOff(grant(), 5)).toBeGreaterThan(backOff(grant(), 2))
})
