// The only reader of the database's clock (decision D21). Every process follows it, whatever its own clock says:
// between looks, time runs on the local monotonic clock. INVARIANT: `now` never goes backwards.

import type { Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

/** One look at the database's clock: it showed `database` at some moment between `sent` and `back` of the local one. */
interface Look {
  readonly sent: number
  readonly back: number
  readonly database: number
}

export interface Jump {
  /** By how much the database's clock moved against ours; negative is backwards. */
  readonly by: number
}

export interface Follower {
  look(look: Look): Jump | null
  now(local: number): Instant
}

// Times of today have a resolution of about 0.0002 ms as a double; no look is more exact than this.
const ROUNDING_MS = 0.01

/** The pure part: from looks and a local clock to the time. A jump is a move beyond `threshold` that the look's own error cannot explain. */
export function follower(threshold: number): Follower {
  let offset: number | null = null
  let error = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  return {
    look({ sent, back, database }) {
      const seen = database - (sent + back) / 2
      const unsure = Math.abs(back - sent) / 2
      const before = offset
      // A slow look contradicts an exact one only where the doubts of both leave no common time: a busy network must not make
      // time tremble. But trust in an old look wears off, since clocks drift.
      const contradicted = before === null || Math.abs(seen - before) > unsure + error + ROUNDING_MS
      if (contradicted || unsure <= error) {
        offset = seen
        error = unsure
      } else error = error * 1.1 + ROUNDING_MS
      if (before === null || Math.abs(seen - before) - unsure <= threshold) return null
      return { by: seen - before }
    },
    now(local) {
      if (offset === null) throw new Error('the time is not known before the first look at the database')
      // Ahead of the database after a step back: time stands still until it is reached, rather than happen twice.
      last = Math.max(last, Math.floor(local + offset))
      return last
    },
  }
}

export interface DatabaseClock {
  now(): Instant
  /** Milliseconds since the last look that came back: grows while the database cannot be reached. */
  age(): number
  stop(): void
}

export interface ClockOptions {
  /** How often to look. */
  intervalMs?: number
  /** What counts as a jump. */
  jumpMs?: number
  onJump?: (jump: Jump) => void
  onError?: (error: unknown) => void
}

const FIRST_LOOKS = 3

/** Follows the clock of the database; `localNow` is a monotonic clock in milliseconds. */
export async function databaseClock(db: Sql, localNow: () => number, options: ClockOptions = {}): Promise<DatabaseClock> {
  const { intervalMs = 1_000, jumpMs = 500, onJump = () => {}, onError = () => {} } = options
  const follow = follower(jumpMs)
  let looked = localNow()
  const look = async () => {
    const sent = localNow()
    const [row] = await db.query<{ ms: number }>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms', [], 'clock')
    const back = localNow()
    if (row === undefined) throw new Error('the database did not tell the time')
    looked = back
    const jump = follow.look({ sent, back, database: row.ms })
    if (jump) onJump(jump)
  }
  // The first look also opens the connection and prepares; the best of a few counts.
  for (let n = 0; n < FIRST_LOOKS; n++) await look()

  let stopped = false
  const again = async () => {
    await look().catch(onError)
    if (!stopped) timer = setTimeout(again, intervalMs).unref()
  }
  let timer = setTimeout(again, intervalMs).unref()
  return {
    now: () => follow.now(localNow()),
    age: () => localNow() - looked,
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
