// The worker's loop: each job runs till nothing is left, then sleeps till its next due time, a wake-up, or at most a second.
// Jobs do not wait for each other, and one that fails never stops: it backs off and tries again.

import type { Instant } from '../domain/time.ts'

export interface Job {
  readonly name: string
  /** Does what is due; how much it did. Safe to run at any time, in any number of processes. */
  run(): Promise<number>
  /** When something falls due next; null or absent when only a wake-up or the next look can tell. */
  nextDueAt?(): Promise<Instant | null>
  /** After a run, wake-ups (never due times) wait this long, so that a busy server is not asked without end. */
  readonly restMs?: number
}

export interface LoopOptions {
  readonly jobs: readonly Job[]
  readonly now: () => Instant
  readonly onError: (job: string, error: unknown) => void
  /** The longest sleep: what is done at most this late if every hint is lost. */
  readonly longestMs?: number
}

export interface Loop {
  /** Something may be due: look now. */
  wake(): void
  /** Lets what is under way finish. */
  stop(): Promise<void>
}

const LONGEST_BACKOFF_MS = 5_000
const FIRST_BACKOFF_MS = 50

/** Starts the loop. */
export function startLoop(options: LoopOptions): Loop {
  const loops = options.jobs.map((job) => runJob(job, options))
  return {
    wake() {
      for (const loop of loops) loop.wake()
    },
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

/** A sleep that a wake-up can end, but not before `least`. */
function alarm() {
  let ring: (() => void) | null = null
  let rung = false
  return {
    wake() {
      rung = true
      ring?.()
    },
    async sleep(most: number, least: number, stopped: () => boolean): Promise<void> {
      const pause = (ms: number, early: boolean) =>
        new Promise<void>((done) => {
          const timer = setTimeout(done, ms)
          ring = () => {
            if (!early && !stopped()) return
            clearTimeout(timer)
            done()
          }
          if (early && rung) ring()
        })
      const rest = Math.min(least, most)
      if (rest > 0) await pause(rest, false)
      if (!stopped() && most > rest) await pause(most - rest, true)
      ring = null
      rung = false
    },
  }
}

function runJob(job: Job, { now, onError, longestMs = 1_000 }: LoopOptions): Loop {
  const bell = alarm()
  let stopped = false
  let backoff = FIRST_BACKOFF_MS

  const untilIdle = async (): Promise<number> => {
    while (!stopped && (await job.run()) > 0);
    const due = stopped ? null : ((await job.nextDueAt?.()) ?? null)
    return due === null ? longestMs : Math.min(longestMs, Math.max(0, due - now()))
  }

  const turn = async (): Promise<void> => {
    try {
      const sleep = await untilIdle()
      backoff = FIRST_BACKOFF_MS
      // A due time that has passed and yet brought nothing belongs to another process: no spinning over it.
      await bell.sleep(Math.max(sleep, 1), job.restMs ?? 0, () => stopped)
    } catch (error) {
      onError(job.name, error)
      await bell.sleep(backoff, backoff, () => stopped)
      backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS)
    }
  }

  const running = (async () => {
    while (!stopped) await turn()
  })()
  return {
    wake: bell.wake,
    stop() {
      stopped = true
      bell.wake()
      return running
    },
  }
}
