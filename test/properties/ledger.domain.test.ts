// The ledger's pure part against a target that lies, loses replies, goes down and freezes workers, over random activations:
// in the end the target is as desired, and at no time is a grant sent past its end.

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Failure, memoryConnector, memoryTarget } from '../../src/connectors/memory/index.ts'
import { type Attempt, decide, TERMS } from '../../src/domain/provisioning/attempt.ts'
import { coverage, derive, desiredOf, type Grant, intentOf, PACE, stepOf } from '../../src/domain/provisioning/grant.ts'
import type { Window } from '../../src/domain/time.ts'

const never = new AbortController().signal
const LEASE = 10_000

const FRESH: Grant = {
  id: 'row',
  targetId: 'memory',
  entitlement: { id: 'vault', name: 'vault' },
  account: { id: 'ada', name: 'ada' },
  state: 'Revoking',
  generation: 1,
  notAfter: null,
  desiredSince: 0,
  observed: 'unknown',
  observedAt: null,
  observedGeneration: null,
  baseline: 'unknown',
  attempts: 0,
  nextAt: 0,
  leaseBy: null,
  leaseUntil: null,
  token: null,
  lastError: null,
}

const failure = fc.constantFrom<Failure | 'down' | 'none'>({ t: 'before' }, { t: 'after' }, { t: 'lie' }, 'down', 'none', 'none', 'none')
const window = fc
  .tuple(fc.nat(40_000), fc.integer({ min: 1, max: 30_000 }))
  .map(([start, length]): Window => ({ start, end: start + length }))
const story = fc.record({
  windows: fc.array(window, { minLength: 1, maxLength: 4 }),
  failures: fc.array(failure, { maxLength: 30 }),
  thawAt: fc.option(fc.integer({ min: 1000, max: 90_000 })),
  fence: fc.constantFrom('transactional' as const, 'none' as const),
})

/** The worker's loop on a clock of our own: what the operations do in SQL, on one row. */
async function play({ windows, failures, thawAt, fence }: typeof story extends fc.Arbitrary<infer T> ? T : never) {
  const target = memoryTarget()
  const holders = new Map()
  target.entitlements.set('vault', holders)
  target.accounts.set('ada', 'ada')
  const session = memoryConnector(target, fence).open(null, { now: () => 0, env: {} })
  const script = [...failures]
  let row = FRESH
  let frozen = thawAt === null ? null : { at: thawAt, intent: null as ReturnType<typeof intentOf> }

  for (let now = 0; now <= 400_000; now += 50) {
    row = { ...row, ...derive(row, coverage(windows, now), now) }
    // Some worker took this grant, froze just before its call, and thaws much later.
    if (frozen && desiredOf(row) === 'present') frozen.intent ??= intentOf(row, now)
    if (frozen?.intent && frozen.at <= now) {
      await session.apply(frozen.intent, never)
      frozen = null
    }
    if (row.nextAt === null || row.nextAt > now) continue

    row = { ...row, leaseBy: 'worker', leaseUntil: now + LEASE }
    const trouble = stepOf(row) === 'apply' ? (script.shift() ?? 'none') : 'none'
    target.down = trouble === 'down'
    if (typeof trouble !== 'string') target.failures.push(trouble)
    const look = async () => {
      const answer = await session.observe(row.entitlement, [row.account], never)
      return answer.t === 'ok' ? answer.value.seen[0]! : answer
    }
    const before = await look()
    const intent = intentOf(row, now)
    if (intent?.present) expect(coverage(windows, now).desired, 'sent within its window').toBe('present')
    const outcome = intent && stepOf(row) === 'apply' ? await session.apply(intent, never) : null
    const attempt: Attempt = { generation: row.generation, outcome, before: 't' in before ? null : before, after: await look(), use: null }
    row = { ...row, ...decide(row, attempt, now).change }
    target.down = false
    target.failures.length = 0
  }
  return { row, held: holders.has('ada'), end: Math.max(...windows.map((w) => w.end ?? 0)) }
}

test('whatever fails on the way, in the end nobody holds what has ended, and the ledger knows', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (s) => {
      const { row, held } = await play(s)
      expect(held).toBe(false)
      expect(row).toMatchObject({ state: 'Revoked', observed: 'absent', baseline: 'absent', notAfter: null })
    }),
    { numRuns: 60 },
  )
})

test('a target that cannot fence is repaired by the look after the effect, or at the latest by the next regular one', async () => {
  const thawed = { windows: [{ start: 0, end: 5000 }], failures: [], thawAt: 60_000, fence: 'none' as const }
  const { row, held } = await play(thawed)
  expect(60_000 + PACE.recheckMs! + TERMS.longestCallMs).toBeLessThan(400_000)
  expect(held).toBe(false)
  expect(row.state).toBe('Revoked')
})
