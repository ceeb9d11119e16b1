// When the target lets somebody in and when it turns them away: found by asking the target itself every few milliseconds.

import { setTimeout as sleep } from 'node:timers/promises'
import { type Governed, look, visit } from './governed.ts'

const LOOK_MS = 4
/** Longer than any target of a demo may take; after this something is wrong, and the scene says so. */
const PATIENCE_MS = 20_000

export interface Watched {
  readonly at: number
  readonly code: string
  readonly words: string
}

export interface Watch {
  readonly governed: Governed
  now(): number
  /** Nobody wants to know any more. */
  readonly stopping: AbortSignal
}

/** Rejects when nobody waits any more. */
export const pause = ({ stopping }: Pick<Watch, 'stopping'>, ms: number): Promise<void> =>
  sleep(Math.max(ms, 0), undefined, { signal: stopping })

/** Resolves when patience ends; whoever got what they waited for before is not held up by it. */
export const patience = (): Promise<void> => new Promise((done) => setTimeout(done, PATIENCE_MS).unref())

/** Asks in one open session until the query passes. Answers as soon as the session is open; what it holds resolves later. */
export async function untilLetIn(watch: Watch, account: string): Promise<{ readonly seen: Promise<Watched> }> {
  const client = await watch.governed.login(account)
  const seen = until(watch, () => look(client), 'ok').finally(() => client.end().catch(() => {}))
  seen.catch(() => {})
  return { seen }
}

/** Logs in anew each time until the query is refused for want of the right: a login that comes while all sessions are ended is ended too. */
export function untilRefused(watch: Watch, account: string): Promise<Watched> {
  const seen = until(watch, () => visit(watch.governed, account), '42501')
  seen.catch(() => {})
  return seen
}

async function until(watch: Watch, ask: () => Promise<{ code: string; words: string }>, wanted: string): Promise<Watched> {
  const give = watch.now() + PATIENCE_MS
  for (;;) {
    const { code, words } = await ask()
    const at = watch.now()
    if (code === wanted || at > give) return { at, code, words }
    await pause(watch, LOOK_MS)
  }
}
