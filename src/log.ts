// The log: JSON lines on standard error; standard output belongs to whoever asked. INVARIANT: of an error only what is listed here is
// written. Errors of the driver carry their client, and with it the address and password of the database.

import { fileURLToPath } from 'node:url'
import { type DestinationStream, type Logger, pino } from 'pino'
import type { Config } from './config.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const FRAMES = 8
const CAUSES = 3

/** Credentials in an address that found its way into a sentence. */
const masked = (text: string): string => text.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^/\s@]+@/gi, '$1***@')

/** Frames of our own files, from the root of the house. */
function ownFrames(stack: string | undefined): string[] {
  const frames = (stack ?? '').split('\n').filter((line) => line.includes(ROOT) && !line.includes('/node_modules/'))
  return frames.slice(0, FRAMES).map((line) => line.trim().replace('file://', '').replace(ROOT, ''))
}

/** What may be written of an error: its kind, its words, what the database calls it, and where in our files it passed. */
export function errorInLog(error: unknown, depth = 0): object {
  if (!(error instanceof Error)) return { type: typeof error, message: masked(String(error)) }
  const { code, severity, constraint, table } = error as Error & Readonly<Record<'code' | 'severity' | 'constraint' | 'table', unknown>>
  const said = Object.entries({ code, severity, constraint, table }).filter(([, value]) => typeof value === 'string')
  const stack = ownFrames(error.stack)
  return {
    type: error.constructor.name,
    message: masked(error.message),
    ...Object.fromEntries(said),
    ...(stack.length > 0 ? { stack } : {}),
    ...(error.cause === undefined || depth >= CAUSES ? {} : { cause: errorInLog(error.cause, depth + 1) }),
  }
}

/** The same complaint comes again at most this often; what it left out is counted. */
const QUIET_MS = 10_000
const MOST_KINDS = 500

interface Complaint {
  readonly err: unknown
  readonly job?: string
  readonly requestId?: string
}

/** A server that has lost its database complains in every job, several times a second: it need not say so each time. */
function sparing(ticks: () => number): (args: readonly unknown[]) => { readonly repeated?: number } | null {
  const kinds = new Map<string, { at: number; left: number }>()
  return ([data, words]) => {
    const { err, job, requestId } = (data ?? {}) as Complaint
    // Who was told a request's id shall find it.
    if (!(err instanceof Error) || requestId !== undefined) return {}
    const key = `${words} ${job} ${err.message}`
    const last = kinds.get(key)
    if (last && ticks() - last.at < QUIET_MS) {
      last.left += 1
      return null
    }
    if (kinds.size >= MOST_KINDS) kinds.clear()
    kinds.set(key, { at: ticks(), left: 0 })
    return last && last.left > 0 ? { repeated: last.left } : {}
  }
}

/** Opens the log; `ticks` is a clock that only runs forward, and `to` is standard error unless a test reads it. */
export function openLog(
  config: Pick<Config, 'logLevel'>,
  ticks: () => number,
  to: DestinationStream = pino.destination({ dest: 2, sync: true }),
): Logger {
  const spare = sparing(ticks)
  return pino(
    {
      level: config.logLevel,
      base: null,
      serializers: { err: (error: unknown) => errorInLog(error) },
      hooks: {
        logMethod(args, method) {
          const more = spare(args)
          if (!more) return
          const [data, ...rest] = args as unknown as [object, ...string[]]
          if (more.repeated === undefined) method.apply(this, args)
          else method.apply(this, [{ ...data, ...more }, ...rest] as unknown as typeof args)
        },
      },
    },
    to,
  )
}
