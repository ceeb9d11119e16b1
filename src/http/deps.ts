// What every door is given.

import type { Ctx } from '../operations/context.ts'
import type { TokenRules } from './auth/token.ts'

/** The part of pino that doors use. */
export interface Log {
  info(data: object, words: string): void
  warn(data: object, words: string): void
  error(data: object, words: string): void
}

export interface Deps {
  readonly ctx: Ctx
  /** Keys, issuer, tenant and origin that tokens are judged by; read at each call, since keys rotate. */
  readonly rules: () => TokenRules
  /** The address that answers name themselves by; never taken from a request (D28). No trailing slash. */
  readonly publicUrl: string
  readonly log: Log
}
