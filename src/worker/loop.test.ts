import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Job, startLoop } from './loop.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const start = (jobs: readonly Job[], onError: (job: string) => void = () => {}) =>
  startLoop({ jobs, now: () => Date.now(), onError: (job) => onError(job) })

const times = (name: string, more: Partial<Job> = {}) => {
  const runs: number[] = []
  const began = Date.now()
  const job: Job = {
    name,
    run: async () => {
      runs.push(Date.now() - began)
      return 0
    },
    ...more,
  }
  return { job, runs }
}

test('runs until nothing is left, then looks again after a second', async () => {
  let left = 3
  const { job, runs } = times('a')
  const run = async () => {
    await job.run()
    return left-- > 0 ? 1 : 0
  }
  const loop = start([{ ...job, run }])
  await vi.advanceTimersByTimeAsync(999)
  expect(runs).toEqual([0, 0, 0, 0])
  await vi.advanceTimersByTimeAsync(1)
  expect(runs).toHaveLength(5)
  await Promise.all([loop.stop(), vi.advanceTimersByTimeAsync(0)])
})

test('wakes for the next due time, to the millisecond', async () => {
  const due = Date.now() + 137
  const { job, runs } = times('a', { nextDueAt: async () => (Date.now() < due ? due : null), restMs: 100 })
  const loop = start([job])
  await vi.advanceTimersByTimeAsync(136)
  expect(runs).toEqual([0])
  await vi.advanceTimersByTimeAsync(1)
  expect(runs).toEqual([0, 137])
  await Promise.all([loop.stop(), vi.advanceTimersByTimeAsync(0)])
})

test('a wake-up ends the sleep, but a rest is a rest', async () => {
  const eager = times('eager')
  const calm = times('calm', { restMs: 100 })
  const loop = start([eager.job, calm.job])
  await vi.advanceTimersByTimeAsync(10)
  loop.wake()
  await vi.advanceTimersByTimeAsync(0)
  expect(eager.runs).toEqual([0, 10])
  expect(calm.runs).toEqual([0])
  await vi.advanceTimersByTimeAsync(90)
  expect(calm.runs).toEqual([0, 100])
  await Promise.all([loop.stop(), vi.advanceTimersByTimeAsync(0)])
})

test('a due time that brings nothing does not spin', async () => {
  const { job, runs } = times('a', { nextDueAt: async () => Date.now() - 1 })
  const loop = start([job])
  await vi.advanceTimersByTimeAsync(50)
  expect(runs.length).toBeLessThanOrEqual(51)
  await Promise.all([loop.stop(), vi.advanceTimersByTimeAsync(0)])
})

test('a failing job backs off, is told of, and disturbs no other', async () => {
  const told: string[] = []
  const good = times('good')
  const bad: Job = {
    name: 'bad',
    run: async () => {
      throw new Error('no')
    },
  }
  const loop = start([bad, good.job], (job) => told.push(job))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(told).toHaveLength(5) // at 0, 50, 150, 350, 750
  expect(good.runs).toEqual([0, 1_000])
  await Promise.all([loop.stop(), vi.advanceTimersByTimeAsync(0)])
})

test('stopping lets what is under way finish', async () => {
  let finished = false
  const slow: Job = {
    name: 'slow',
    run: async () => {
      await new Promise((done) => setTimeout(done, 500))
      finished = true
      return 1
    },
  }
  const loop = start([slow])
  await vi.advanceTimersByTimeAsync(10)
  const stopped = loop.stop()
  await vi.advanceTimersByTimeAsync(500)
  await stopped
  expect(finished).toBe(true)
})
