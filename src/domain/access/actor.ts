// Who is asking. The doors make an actor from a verified token; nothing below them ever sees a token.

import type { Instant } from '../time.ts'

/** How the person proved who they are, as claimed by the token and kept with the request (decision D6). */
export interface Proof {
  /** Authentication methods, such as `pwd`, `mfa`, `fido`. */
  readonly amr: readonly string[]
  /** Authentication contexts satisfied, such as `c1`. */
  readonly acrs: readonly string[]
  /** When it was shown; null where the token does not say. */
  readonly at: Instant | null
  /** The sign-in it comes from. */
  readonly session?: string | null
  /** The one request it was made for (`bindingOf`), if it was made for one. */
  readonly bound?: string | null
  /** Does the identity provider say that the device complies? */
  readonly compliantDevice?: boolean
  /** Of a kept proof: when it was judged, from where it came, and the sign-in that it used up. */
  readonly judgedAt?: Instant
  readonly address?: string | null
  readonly spends?: string
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
