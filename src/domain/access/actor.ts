// Who is asking. The doors make an actor from a verified token; nothing below them ever sees a token.

import type { Instant } from '../time.ts'

/** How the person proved who they are, as claimed by the token and kept with the request (decision D6). */
export interface Proof {
  /** Authentication methods, such as `pwd`, `mfa`, `fido`. */
  readonly amr: readonly string[]
  /** Authentication contexts satisfied, such as `c1`. */
  readonly acrs: readonly string[]
  readonly at: Instant | null
}

export interface UserActor {
  readonly t: 'user'
  readonly id: string
  readonly proof: Proof
  /** Delegated permissions; null where the token grants all that the person may do. */
  readonly scopes: readonly string[] | null
  readonly app: string | null
  readonly ip: string | null
}

export interface AppActor {
  readonly t: 'app'
  /** Object id of the service principal. */
  readonly id: string
  /** Application permissions, such as `RoleManagement.ReadWrite.Directory`. */
  readonly permissions: readonly string[]
  readonly ip: string | null
}

export interface SystemActor {
  readonly t: 'system'
  readonly part: 'worker' | 'review' | 'alert' | 'import'
}

export type Actor = UserActor | AppActor | SystemActor
