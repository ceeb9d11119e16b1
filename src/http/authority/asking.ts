// What is known of the request under way, for the hooks of the library: they are called with its context, not with ours.

import { AsyncLocalStorage } from 'node:async_hooks'
import type { OidcSource } from 'oidc-provider'
import type { Fault } from '../../domain/faults.ts'
import type { SigningApp } from '../../operations/app-sign-in.ts'
import type { Session } from '../../operations/sessions.ts'
import type { Person } from '../../operations/sign-in.ts'
import { NOTHING_WANTED, type Wanted } from './claims-request.ts'
import type { LibraryError } from './errors.ts'
import type { Asked } from './resources.ts'

export interface Asking {
  readonly correlationId: string
  readonly address: string | null
  /** What the caller's browser or program calls itself. */
  readonly agent: string | null
  /** The application, once it is known who it is. */
  app: SigningApp | null
  asked: Asked | null
  /** What the client can take, and what a challenge wants of the sign-in. */
  wanted: Wanted
  /** Why it will be refused, once the library has checked where a refusal may be sent. */
  refused: Fault | null
  /** What the library issues from: a code, a refresh token, a password. */
  source: OidcSource | null
  person: Person | null
  /** The sign-in that is issued on. */
  session: Session | null
  error: LibraryError | null
}

const store = new AsyncLocalStorage<Asking>()

export const newAsking = (correlationId: string, address: string | null, agent: string | null): Asking => ({
  correlationId,
  address,
  agent,
  app: null,
  asked: null,
  wanted: NOTHING_WANTED,
  refused: null,
  source: null,
  person: null,
  session: null,
  error: null,
})

/** The request under way. Throws outside of one: no hook of the library is ever called there. */
export function asking(): Asking {
  const found = store.getStore()
  if (!found) throw new Error('the token service was asked outside of a request')
  return found
}

export const whileAsking = <T>(about: Asking, work: () => Promise<T>): Promise<T> => store.run(about, work)
