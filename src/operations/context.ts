// ctx: what every operation is given. Built once, in server.ts; clock, ids and chance come from outside.

import type { Actor } from '../domain/access/actor.ts'
import type { Errand } from '../domain/change.ts'
import type { Settings } from '../domain/facts.ts'
import type { BindAs } from '../domain/identity/reading.ts'
import type { Instant } from '../domain/time.ts'
import type { Lane } from '../store/lane.ts'
import type { Db } from '../store/sql.ts'

export interface Tenant {
  readonly id: string
  readonly displayName: string
  readonly domains: readonly string[]
}

/** Seals secrets that must be read again, with a key that is not in the database. */
export interface Sealer {
  /** `about` says whose it is, and must be the same when it is opened. */
  seal(text: string, about: string): Buffer
  /** Throws where it was sealed with another key, or about something else. */
  open(sealed: Buffer, about: string): string
}

export interface Ctx {
  readonly db: Db
  readonly lane: Lane
  readonly now: () => Instant
  readonly ids: () => string
  readonly settings: () => Settings
  readonly tenant: () => Tenant
  readonly sealer: Sealer
  /** Asks a directory whether a password is somebody's there. Never called within a transaction. */
  readonly bindAs?: BindAs
  /** Something was committed outside of the lane that somebody may have to act on: look now. */
  readonly wake?: () => void
  /** Tenant or settings were changed: read them again. */
  readonly refresh?: () => Promise<unknown>
}

/** One call of an operation: who, and the id that joins all it brings about. */
export interface Call {
  readonly actor: Actor
  readonly correlationId: string
}

/** The errand of a call at an instant. */
export const errandOf = (ctx: Ctx, call: Call, now: Instant): Errand => ({
  actor: call.actor,
  now,
  ids: ctx.ids,
  correlationId: call.correlationId,
})

/** The system's own name for events that no person caused. */
export const WORKER: Actor = { t: 'system', part: 'worker' }
