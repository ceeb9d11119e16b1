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

/** The exit code that a request's state deserves. */
export function codeOf(request: Request, waited: boolean): ExitCode {
  if (FAILED.includes(request.status)) return EXIT.refused
  return waited && PENDING.includes(request.status) ? EXIT.pending : EXIT.ok
}

/** Ends the command where the code is not 0; the answer was printed already. */
export function endWith(code: ExitCode): void {
  if (code !== EXIT.ok) throw new Stop(code, '')
}
