// What every door is given.

import type { Ctx } from '../operations/context.ts'
import type { SigningKey } from './auth/keys.ts'
import type { TokenRules } from './auth/token.ts'

/** The part of pino that doors use. */
export interface Log {
  debug(data: object, words: string): void
  info(data: object, words: string): void
  warn(data: object, words: string): void
  error(data: object, words: string): void
}

export interface Deps {
  readonly ctx: Ctx
  /** Keys, issuer, tenant and origin that tokens are judged by. */
  readonly verify: TokenRules
  /** The keys that the authority signs with, the newest first; without them it is not offered. */
  readonly signingKeys?: () => readonly SigningKey[]
  /** The address that answers name themselves by; never taken from a request (D28). No trailing slash. */
  readonly publicUrl: string
  readonly log: Log
  /** Milliseconds of a clock that only runs forward, for durations in the log. */
  readonly ticks: () => number
  /** Can requests be served: is the database there, the clock fresh? */
  readonly ready: () => Promise<boolean>
  /** Is this peer a proxy whose word on the caller's address counts (D28)? Nobody, if left out. */
  readonly isTrustedProxy?: (address: string) => boolean
  /** Aborted when the server stops: long answers end then. */
  readonly stopping?: AbortSignal
}

export interface DoorEnv {
  Variables: { requestId: string }
}
