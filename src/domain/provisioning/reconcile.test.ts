import { expect, test } from 'vitest'
import { brake, brakeLimit } from './brake.ts'
import type { Seen } from './connector.ts'
import { GRANT_STATES, type Grant, type GrantState } from './grant.ts'
import { type Drift, type DriftPolicy, reconcile } from './reconcile.ts'

const ASKED = 1000
const REPORT: DriftPolicy = { unknown: 'report', exclusive: false }

const row = (name: string, state: GrantState, more: Partial<Grant> = {}): Grant => ({
  id: `row-${name}`,
  targetId: 'target',
  entitlement: { id: '1', name: 'vault' },
  account: { id: name, name },
  state,
  generation: 3,
  notAfter: GRANT_STATES[state].desired === 'present' ? 9e12 : null,
  desiredSince: 0,
  observed: 'unknown',
  observedAt: 500,
  observedGeneration: 3,
  baseline: 'absent',
  attempts: 0,
  nextAt: null,
  leaseBy: null,
  leaseUntil: null,
  token: null,
  lastError: null,
  ...more,
})
const held = (name: string, more: Partial<Seen> = {}): Seen => {
  return { account: { id: name, name }, present: true, ours: true, others: [], via: 'direct', expiresAt: null, ...more }
}
const THEIRS = { ours: false, others: ['root'] }
const say = (d: Drift) =>
  d.t === 'unbooked' ? `unbooked ${d.accountId}` : d.t === 'unknown' ? `${d.action} ${d.account.id}` : `${d.t} ${d.grant.account.id}`

const compare = (seen: Seen[], ledger: Grant[], { desired = [] as string[], policy = REPORT, complete = true } = {}) => {
  const wanted = new Set([...desired, ...ledger.filter((g) => GRANT_STATES[g.state].desired === 'present').map((g) => g.account.id)])
  return reconcile(wanted, { seen, complete }, ledger, policy, ASKED)
}

// biome-ignore format: one case per line
test.each<[string, Seen[], Grant[], object, string[]]>([
  ['all as it should be',                     [held('ada')],          [row('ada', 'Granted'), row('ben', 'Revoked')],  {},                 []],
  ['held, and nothing of ours says why',      [held('eve', THEIRS)],  [],                                 {},                              ['report eve']],
  ['the same under the stricter policy',      [held('eve', THEIRS)],  [],                                 { policy: { unknown: 'remove', exclusive: false } }, ['remove eve']],
  ['held through another is only reported',   [held('eve', { ...THEIRS, via: 'nested' })], [],            { policy: { unknown: 'remove', exclusive: false } }, ['report eve']],
  ['active and gone',                         [],                     [row('ada', 'Granted')],            {},                              ['missing ada']],
  ['active and missing from a list cut short', [],                    [row('ada', 'Granted')],            { complete: false },             []],
  ['ended and there again',                   [held('ada')],          [row('ada', 'Revoked')],            {},                              ['returned ada']],
  ['ended, there before us',                  [held('ada', THEIRS)],  [row('ada', 'Revoked', { baseline: 'present' })], {},                []],
  ['the same, exclusive',                     [held('ada', THEIRS)],  [row('ada', 'Revoked', { baseline: 'present' })], { policy: { unknown: 'report', exclusive: true } }, ['returned ada']],
  ['being granted just now',                  [],                     [row('ada', 'Granting')],           {},                              []],
  ['being revoked just now',                  [held('ada')],          [row('ada', 'Revoking')],           {},                              []],
  ['granted after the list was asked for',    [],                     [row('ada', 'Granted', { observedAt: 1001 })], {},                   []],
  ['revoked after the list was asked for',    [held('ada')],          [row('ada', 'Revoked', { observedAt: 1001 })], {},                   []],
  ['an extension on its way',                 [],                     [row('ada', 'Granted', { generation: 4 })],    {},                   []],
  ['active without a row',                    [],                     [],                                 { desired: ['ada'] },            ['unbooked ada']],
  ['active without a row and held already',   [held('ada', THEIRS)],  [],                                 { desired: ['ada'] },            ['unbooked ada']],
])('%s', (_, seen, ledger, more, expected) => {
  expect(compare(seen, ledger, more).drift.map(say)).toEqual(expected)
})

test('what was there before us is named as protected', () => {
  const kept = compare([held('ada', THEIRS)], [row('ada', 'Revoked', { baseline: 'present' })]).protected
  expect(kept.map((s) => s.account.id)).toEqual(['ada'])
})

// biome-ignore format: one case per line
test.each([[0, 3], [3, 3], [15, 3], [19, 3], [20, 4], [100, 20], [1000, 200]])('of %i rows a pass may change %i', (rows, limit) => {
  expect(brakeLimit(rows)).toBe(limit)
})

const names = (n: number) => Array.from({ length: n }, (_, i) => `p${i}`)
const missing = (n: number): Drift[] => names(n).map((p) => ({ t: 'missing', grant: row(p, 'Granted') }))
const returned = (n: number): Drift[] => names(n).map((p) => ({ t: 'returned', grant: row(p, 'Revoked'), seen: held(p) }))
const reported = (n: number): Drift[] =>
  names(n).map((p) => ({ t: 'unknown', account: { id: p, name: p }, seen: held(p), action: 'report' }))

// biome-ignore format: one case per line
test.each<[string, Drift[], { complete: boolean; seen: Seen[] }, string | null]>([
  ['few changes',                     missing(3),     { complete: true,  seen: [held('ada')] }, null],
  ['too many changes',                missing(4),     { complete: true,  seen: [held('ada')] }, 'the pass would change 4 holdings of 10, and the limit is 3'],
  ['many reports change nothing',     reported(50),   { complete: true,  seen: [held('ada')] }, null],
  ['many due revocations',            returned(50),   { complete: true,  seen: [held('ada')] }, null],
  ['an empty list',                   missing(1),     { complete: true,  seen: [] },            'the target\'s list is empty and should show 5 holders'],
  ['a list cut short',                missing(1),     { complete: false, seen: [held('ada')] }, 'the target cut its list of holders short'],
])('the brake: %s', (_, drift, list, reason) => {
  const braked = brake(drift, list, 10, 5)
  expect(braked.t === 'stop' ? braked.reason : null).toBe(reason)
})

test('the brake never holds a due revocation', () => {
  const braked = brake([...missing(9), ...returned(9)], { complete: false, seen: [] }, 10, 5)
  expect(braked).toMatchObject({ t: 'stop' })
  if (braked.t === 'stop') {
    expect(braked.exempt.map((d) => d.t)).toEqual(Array(9).fill('returned'))
    expect(braked.held.map((d) => d.t)).toEqual(Array(9).fill('missing'))
  }
})

test('an empty list is no surprise where nobody should be on it', () => {
  expect(brake([], { complete: true, seen: [] }, 10, 0)).toEqual({ t: 'go', changes: [] })
})
