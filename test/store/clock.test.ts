// Time never goes backwards, whatever the database's clock and the network do.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { databaseClock, follower, type Jump } from '../../src/store/clock.ts'
import { freshDb } from '../support/database.ts'

const THRESHOLD = 500

describe('following looks', () => {
  it('never goes backwards, however the clock steps and the answers lag', () => {
    const step = fc.record({
      wait: fc.double({ min: 0, max: 60_000, noNaN: true }),
      there: fc.double({ min: 0, max: 3_000, noNaN: true }),
      home: fc.double({ min: 0, max: 3_000, noNaN: true }),
      moved: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.double({ min: -1e8, max: 1e8, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const clock = follower(THRESHOLD)
        let local = 1_000
        let truth = 1.7e12
        let last = Number.NEGATIVE_INFINITY
        for (const { wait, there, home, moved } of steps) {
          local += wait
          truth += moved
          const sent = local
          local += there
          const database = local + truth
          local += home
          clock.look({ sent, back: local, database })
          for (const at of [local, local + wait / 2]) {
            const now = clock.now(at)
            expect(now).toBeGreaterThanOrEqual(last)
            expect(Number.isInteger(now)).toBe(true)
            last = now
          }
          local += wait / 2
        }
      }),
      { numRuns: 300 },
    )
  })

  it('is within half a round trip of a clock that keeps its pace', () => {
    const trip = fc.tuple(fc.double({ min: 0, max: 500, noNaN: true }), fc.double({ min: 0, max: 500, noNaN: true }))
    fc.assert(
      fc.property(fc.array(trip, { minLength: 1, maxLength: 20 }), (trips) => {
        const clock = follower(THRESHOLD)
        let local = 0
        let best = Number.POSITIVE_INFINITY
        for (const [there, home] of trips) {
          const sent = local
          const database = sent + there + 1e12
          local = sent + there + home
          expect(clock.look({ sent, back: local, database })).toBeNull()
          best = Math.min(best, (there + home) / 2)
          local += 1_000
        }
        // The kept look is at most a little worse than the best one: trust in it wears off slowly.
        expect(Math.abs(clock.now(local) - (local + 1e12))).toBeLessThanOrEqual((best + 0.1) * 1.1 ** trips.length + 1)
      }),
      { numRuns: 300 },
    )
  })

  it('reports a jump with its size and direction, and stands still after a step back', () => {
    const clock = follower(THRESHOLD)
    const look = (local: number, offset: number) => clock.look({ sent: local - 1, back: local + 1, database: local + offset })
    expect(look(0, 1_000_000)).toBeNull()
    expect(clock.now(10)).toBe(1_000_010)
    expect(look(100, 1_000_400)).toBeNull()
    expect(clock.now(100)).toBe(1_000_500)
    expect(look(200, 1_010_000)).toEqual({ by: 9_600 })
    expect(clock.now(200)).toBe(1_010_200)
    expect(look(300, 1_005_000)).toEqual({ by: -5_000 })
    expect(clock.now(300)).toBe(1_010_200)
    expect(clock.now(5_000)).toBe(1_010_200)
    expect(clock.now(5_201)).toBe(1_010_201)
  })

  it('does not take a slow answer for a jump', () => {
    const clock = follower(THRESHOLD)
    clock.look({ sent: 0, back: 2, database: 1_000_001 })
    expect(clock.look({ sent: 1_000, back: 9_000, database: 1_001_000 })).toBeNull()
    expect(clock.now(9_000)).toBe(1_009_000)
  })

  it('knows no time before the first look', () => {
    expect(() => follower(THRESHOLD).now(0)).toThrow('before the first look')
  })
})

describe('the real database', async () => {
  const { db } = await freshDb()

  it('is followed closely, from any local clock', async () => {
    const jumps: Jump[] = []
    const clock = await databaseClock(db, () => performance.now() + 12_345_678, { intervalMs: 20, onJump: (jump) => jumps.push(jump) })
    try {
      for (let n = 0; n < 10; n++) {
        const before = clock.now()
        const [row] = await db.query<{ at: number }>('select clock_timestamp() as at')
        const after = clock.now()
        // Two cores share the work: a look may take some milliseconds, half of which is the doubt.
        expect(row?.at).toBeGreaterThanOrEqual(before - 5)
        expect(row?.at).toBeLessThanOrEqual(after + 5)
        await new Promise((done) => setTimeout(done, 15))
      }
      expect(clock.age()).toBeLessThan(1_000)
      expect(jumps).toEqual([])
    } finally {
      clock.stop()
    }
  })

  it('keeps the time while the database is away, and says for how long', async () => {
    const other = await freshDb()
    const errors: unknown[] = []
    const clock = await databaseClock(other.db, () => performance.now(), { intervalMs: 5, onError: (error) => errors.push(error) })
    await other.drop()
    await expect.poll(() => errors.length, { timeout: 10_000 }).toBeGreaterThan(2)
    const now = clock.now()
    await new Promise((done) => setTimeout(done, 20))
    expect(clock.now()).toBeGreaterThan(now)
    expect(clock.age()).toBeGreaterThan(10)
    clock.stop()
  })
})
