// Waiting for a request: progress on standard error, and a code of its own when patience ends first.

import type { Client } from '../contract/client.ts'
import type { Output } from '../contract/routes.ts'
import { EXIT, type ExitCode, Stop } from './exit.ts'
import { progress } from './output.ts'

type Request = Output<'request'>

const PENDING = ['PendingApproval', 'PendingAdminDecision', 'Granted']
const FAILED = ['Denied', 'AdminDenied', 'Canceled', 'TimedOut', 'Failed']

// biome-ignore format: a table
const WORDS: Readonly<Record<string, string>> = {
  PendingApproval:      'waiting for approval',
  PendingAdminDecision: 'waiting for an administrator',
  Granted:              'approved, waiting for its start',
  Provisioned:          'in force',
}

/** Follows a request until it is settled, or for so long. */
export async function settled(client: Client, request: Request, patienceMs: number): Promise<Request> {
  let latest = request
  const stop = AbortSignal.timeout(patienceMs)
  try {
    for await (const { event, data } of client.watch(request.id, stop)) {
      if (event !== 'request') continue
      latest = data as Request
      progress(WORDS[latest.status] ?? latest.status)
    }
  } catch (error) {
    if (!stop.aborted) throw error
  }
  return latest
}

const LOOK_MS = 250
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

/** Looks until every target shows the grants of a request in effect, or for so long; false where one does not. */
export async function inEffect(client: Client, request: Request, patienceMs: number): Promise<boolean> {
  let told = ''
  for (let left = patienceMs; ; left -= LOOK_MS) {
    const { items } = await client.grants({ query: { mine: 'principal', request: request.id } })
    const waiting = items.filter((g) => g.state !== 'Granted')
    if (waiting.length === 0) {
      for (const g of items) progress(`${g.entitlement} at ${g.target} is in effect`)
      return true
    }
    const words = waiting.map((g) => `${g.entitlement} at ${g.target}: ${g.state}${g.reason ? ` (${g.reason})` : ''}`).join('; ')
    if (words !== told) progress(words)
    told = words
    if (left <= 0) return false
    await pause(Math.min(LOOK_MS, left))
  }
}

/** The exit code that a request's state deserves. */
export function codeOf(request: Request, waited: boolean): ExitCode {
  if (FAILED.includes(request.status)) return EXIT.refused
  return waited && PENDING.includes(request.status) ? EXIT.pending : EXIT.ok
}

/** Ends the command where the code is not 0; the answer was printed already. */
export function endWith(code: ExitCode): void {
  if (code !== EXIT.ok) throw new Stop(code, '')
}
