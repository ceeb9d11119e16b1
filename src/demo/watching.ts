// When the target lets somebody in and when it turns them away: found by asking the target itself every few milliseconds.

import { type Governed, look, visit } from './governed.ts'

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

const LOOK_MS = 4
/** Longer than any target of a demo may take; after this something is wrong, and the scene says so. */
const PATIENCE_MS = 20_000

/** Resolves when patience ends; whoever got what they waited for before is not held up by it. */
export const patience = (): Promise<void> => new Promise((done) => setTimeout(done, PATIENCE_MS).unref())

export interface Watched {
  readonly at: number
  readonly code: string
  readonly words: string
}

/** Asks in one open session until the query passes. Answers as soon as the session is open; what it holds resolves later. */
export async function untilLetIn(governed: Governed, account: string, now: () => number): Promise<{ readonly seen: Promise<Watched> }> {
  const client = await governed.login(account)
  const give = now() + PATIENCE_MS
  const seen = (async () => {
    try {
      for (;;) {
        const { code, words } = await look(client)
        const at = now()
        if (code === 'ok' || at > give) return { at, code, words }
        await pause(LOOK_MS)
      }
    } finally {
      await client.end().catch(() => {})
    }
  })()
  seen.catch(() => {})
  return { seen }
}

/** Logs in anew each time until the query is refused for want of the right. */
export async function untilRefused(governed: Governed, account: string, now: () => number): Promise<Watched> {
  const give = now() + PATIENCE_MS
  for (;;) {
    // Anything else than the refusal is not it: a login that comes while all sessions are ended is ended too.
    const { code, words } = await visit(governed, account)
    const at = now()
    if (code === '42501' || at > give) return { at, code, words }
    await pause(LOOK_MS)
  }
}
