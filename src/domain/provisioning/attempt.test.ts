import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HOUR } from '../time.ts'
import { type Attempt, decide, TERMS } from './attempt.ts'
import type { Outcome, Seen } from './connector.ts'
import { desiredOf, GRANT_STATES, type Grant, type GrantState } from './grant.ts'

const NOW = 1_800_000_000_000

const grant = (state: GrantState, more: Partial<Grant> = {}): Grant => ({
  id: 'row',
  targetId: 'target',
  entitlement: { id: '1', name: 'vault' },
  account: { id: '2', name: 'ada' },
  state,
  generation: 7,
  notAfter: GRANT_STATES[state].desired === 'present' ? NOW + HOUR : null,
  desiredSince: NOW,
  observed: 'unknown',
  observedAt: null,
  observedGeneration: state === 'Granted' || state === 'Revoked' ? 7 : null,
  baseline: 'absent',
  attempts: 0,
  nextAt: NOW,
  leaseBy: 'worker',
  leaseUntil: NOW + 10_000,
  token: null,
  lastError: null,
  ...more,
})

const base: Seen = { account: { id: '2', name: 'ada' }, present: false, ours: false, others: [], via: 'direct', expiresAt: null }
const GONE = base
const OURS: Seen = { ...base, present: true, ours: true }
const THEIRS: Seen = { ...base, present: true, others: ['root'] }
const NESTED: Seen = { ...THEIRS, via: 'nested', others: ['team'] }
const BLIND = { t: 'retry', reason: 'not reached' } as const
const DONE = { t: 'done' } as const
const NO = { t: 'blocked', needs: 'permission', reason: 'no right' } as const

const attempt = (outcome: Outcome | null, after: Attempt['after'], more: Partial<Attempt> = {}): Attempt => {
  return { generation: 7, outcome, before: null, after, use: null, ...more }
}

// biome-ignore format: one case per line
test.each([
  // the row        the target said          seen afterwards   leads to         and says
  ['Granting',      DONE,                    OURS,             'Granted',       null],
  ['Granting',      BLIND,                   OURS,             'Granted',       null],                                     // the reply was lost after the effect
  ['Granting',      DONE,                    GONE,             'Granting',      'the target said yes and shows it still absent'],  // L14
  ['Granting',      BLIND,                   BLIND,            'Granting',      'not reached'],
  ['Granting',      DONE,                    BLIND,            'Granting',      'not reached'],
  ['Granting',      NO,                      GONE,             'GrantBlocked',  'no right'],
  ['Granting',      { t: 'stale', known: 9 }, GONE,            'GrantBlocked',  'the target knows fence 9 and ours is 7: another installation governs it, or our store was restored'],
  ['GrantBlocked',  NO,                      GONE,             'GrantBlocked',  'no right'],
  ['GrantBlocked',  BLIND,                   GONE,             'Granting',      'not reached'],
  ['GrantBlocked',  DONE,                    OURS,             'Granted',       null],
  ['Granted',       null,                    OURS,             'Granted',       null],
  ['Granted',       null,                    GONE,             'Granting',      'no longer held at the target'],
  ['Granted',       null,                    BLIND,            'Granted',       'not reached'],
  ['Revoking',      DONE,                    GONE,             'Revoked',       null],
  ['Revoking',      BLIND,                   GONE,             'Revoked',       null],
  ['Revoking',      DONE,                    OURS,             'Revoking',      'the target said yes and shows it still present'],
  ['Revoking',      DONE,                    THEIRS,           'RevokeBlocked', 'still held at the target, granted by root'],
  ['Revoking',      DONE,                    NESTED,           'RevokeBlocked', 'still held at the target, through team'],
  ['Revoking',      NO,                      OURS,             'RevokeBlocked', 'no right'],
  ['Revoking',      DONE,                    BLIND,            'Revoking',      'not reached'],
  ['RevokeBlocked', BLIND,                   BLIND,            'Revoking',      'not reached'],
  ['RevokeBlocked', DONE,                    GONE,             'Revoked',       null],
  ['RevokeOverdue', NO,                      OURS,             'RevokeOverdue', 'no right'],
  ['RevokeOverdue', BLIND,                   BLIND,            'RevokeOverdue', 'not reached'],
  ['RevokeOverdue', DONE,                    GONE,             'Revoked',       null],
  ['Revoked',       null,                    GONE,             'Revoked',       null],
  ['Revoked',       null,                    OURS,             'Revoking',      'held again at the target'],                // L13: thawed
  ['Revoked',       null,                    BLIND,            'Revoked',       'not reached'],
] as const)('%s, told %o, seen %o: %s', (from, outcome, after, to, words) => {
  const { change, event } = decide(grant(from), attempt(outcome, after), NOW)
  expect(change.state ?? from).toBe(to)
  expect(change.lastError ?? null).toBe(words)
  if (from === to) expect(event).toBeNull()
  else expect(event).toMatchObject({ from, to })
  expect(change).toMatchObject({ leaseBy: null, leaseUntil: null })
})

describe('when to come back', () => {
  test('after an effect: no sooner than the lease and the longest call, so that a frozen worker has spoken (L13)', () => {
    expect(decide(grant('Revoking'), attempt(DONE, GONE), NOW).change.nextAt).toBe(NOW + 10_000 + TERMS.longestCallMs)
    expect(decide(grant('Revoking', { leaseUntil: NOW - 1 }), attempt(DONE, GONE), NOW).change.nextAt).toBe(NOW + TERMS.longestCallMs)
  })

  test('after a look: by the pace, or when the list of all holders is read', () => {
    expect(decide(grant('Granted'), attempt(null, OURS), NOW).change.nextAt).toBe(NOW + 300_000)
    const listed = { ...TERMS, pace: { ...TERMS.pace, recheckMs: null } }
    expect(decide(grant('Granted'), attempt(null, OURS), NOW, listed).change.nextAt).toBeNull()
  })

  test('drift is applied at once; the proof is void', () => {
    expect(decide(grant('Revoked'), attempt(null, OURS), NOW).change).toMatchObject({
      nextAt: NOW,
      observedGeneration: null,
      observed: 'present',
    })
  })

  test('an asynchronous answer is asked again when the target wished, with its token', () => {
    const outcome = { t: 'pending', token: 'job 5', pollAfterMs: 900 } as const
    const { change, event } = decide(grant('Granting'), attempt(outcome, GONE), NOW)
    expect(change).toMatchObject({ token: 'job 5', nextAt: NOW + 900, attempts: 0 })
    expect(event).toBeNull()
    expect(decide(grant('Granting', { token: 'job 5' }), attempt(DONE, OURS), NOW).change).toMatchObject({ state: 'Granted', token: null })
  })

  test('a target that asks for time is given it, within reason', () => {
    const slow = (afterMs: number) => decide(grant('Granting'), attempt({ t: 'retry', reason: '429', afterMs }, GONE), NOW).change.nextAt
    expect(slow(40_000)).toBe(NOW + 40_000)
    expect(slow(86_400_000)).toBe(NOW + 300_000)
  })

  test('the result of an older generation is dropped, and the row is due at once', () => {
    const decision = decide(grant('Revoking', { attempts: 3 }), attempt(DONE, OURS, { generation: 6 }), NOW)
    expect(decision).toEqual({ change: { leaseBy: null, leaseUntil: null, attempts: 3, nextAt: NOW }, event: null, superseded: true })
  })
})

describe('the use of a right outlives it (L15)', () => {
  const left = { ended: 1, left: 2 }

  test('while sessions are left the revocation is not proven, and is overdue in time', () => {
    const { change } = decide(grant('Revoking'), attempt(DONE, GONE, { use: left }), NOW)
    expect(change).toMatchObject({ observed: 'absent', lastError: 'the right is gone and 2 sessions still use it' })
    expect(change.state).toBe('Revoking')
    expect(decide(grant('Revoking'), attempt(DONE, GONE, { use: left }), NOW + HOUR).event?.name).toBe('RevocationOverdue')
    expect(decide(grant('Revoking'), attempt(DONE, GONE, { use: BLIND }), NOW).change.state).toBe('Revoking')
    expect(decide(grant('Revoking'), attempt(DONE, GONE, { use: { ended: 3, left: 0 } }), NOW).change.state).toBe('Revoked')
  })
})

test('what was there before us is left alone, and the row is proven nevertheless', () => {
  const first = decide(grant('Granting', { baseline: 'unknown' }), attempt(DONE, { ...OURS, others: ['root'] }, { before: THEIRS }), NOW)
  expect(first.change).toMatchObject({ state: 'Granted', baseline: 'present' })
  expect(decide(grant('Revoking', { baseline: 'present' }), attempt(DONE, THEIRS), NOW).change.state).toBe('Revoked')
  const exclusive = { ...TERMS, exclusive: true }
  expect(decide(grant('Revoking', { baseline: 'present' }), attempt(DONE, THEIRS), NOW, exclusive).change.state).toBe('RevokeBlocked')
})

const seen = fc.constantFrom<Attempt['after']>(GONE, OURS, THEIRS, NESTED, BLIND, NO)
const outcome = fc.constantFrom<Outcome | null>(DONE, BLIND, NO, { t: 'stale' }, { t: 'pending', token: 't', pollAfterMs: 5 }, null)
const use = fc.constantFrom<Attempt['use']>(null, BLIND, { ended: 1, left: 0 }, { ended: 0, left: 1 })
const row = fc
  .record({
    state: fc.constantFrom(...(Object.keys(GRANT_STATES) as GrantState[])),
    attempts: fc.nat(200),
    desiredSince: fc.integer({ min: NOW - HOUR, max: NOW }),
    leaseUntil: fc.option(fc.integer({ min: NOW - HOUR, max: NOW + HOUR })),
    baseline: fc.constantFrom('unknown' as const, 'absent' as const, 'present' as const),
  })
  .map(({ state, ...more }) => grant(state, more))
const tried = fc.record({ outcome, after: seen, use }).map(({ outcome, after, use }) => attempt(outcome, after, { use }))

describe('for every row and every attempt', () => {
  const always = (check: (g: Grant, a: Attempt, d: ReturnType<typeof decide>) => void) =>
    fc.assert(
      fc.property(row, tried, (g, a) => check(g, a, decide(g, a, NOW))),
      { numRuns: 2000 },
    )

  test('retries never move an end, a desire or a generation (L2)', () => {
    always((g, _, { change }) => {
      for (const field of ['notAfter', 'generation', 'desiredSince', 'id', 'account', 'entitlement'])
        expect(change).not.toHaveProperty(field)
      expect(desiredOf({ state: change.state ?? g.state })).toBe(desiredOf(g))
    })
  })

  test('every change of state is in the table and has its event, and no event is without one', () => {
    always((g, _, { change, event }) => {
      const to = change.state ?? g.state
      if (to === g.state) expect(event).toBeNull()
      else {
        expect(GRANT_STATES[g.state].next).toContain(to)
        expect(event).toMatchObject({ from: g.state, to })
      }
    })
  })

  test('nothing is proven that was not seen (L14)', () => {
    always((g, a, { change }) => {
      if (change.state === 'Granted' && g.state !== 'Granted') expect(a.after).toMatchObject({ present: true })
      if (change.state === 'Revoked' && g.state !== 'Revoked') {
        const protectedFromUs = g.baseline === 'present' && 'present' in a.after && !a.after.ours
        if (!protectedFromUs) expect(a.after).toMatchObject({ present: false })
      }
    })
  })

  test('nobody gives up: a row that is not proven comes back, a revocation within five minutes and ahead of its time (L3)', () => {
    always((g, _, { change }) => {
      expect(change.nextAt).not.toBeNull()
      expect(change.nextAt).toBeGreaterThanOrEqual(NOW)
      if (desiredOf(g) === 'absent' && (change.state ?? g.state) !== 'Revoked') expect(change.nextAt! - NOW).toBeLessThanOrEqual(15_000)
    })
  })

  test('an unproven revocation past its objective is overdue, whatever the target said', () => {
    always((g, a, { change }) => {
      if (!['Revoking', 'RevokeBlocked'].includes(g.state) || NOW - g.desiredSince < TERMS.pace.objectiveMs || a.outcome === null) return
      expect(['Revoked', 'RevokeOverdue']).toContain(change.state)
    })
  })
})
