// Delegated permissions of Graph tokens: what a path wants the token to name, beside what the person holds (contract reference 2.6). They
// only ever take away: the directory role always decides (D26). Of programs, their application permissions are their authority.

import { type Fault, fault } from '../../domain/faults.ts'
import { audienceKind } from '../auth/audience.ts'
import type { Exchange } from './exchange.ts'

/** Any one of these. */
export interface Area {
  readonly reads: readonly string[]
  readonly writes: readonly string[]
  /** PIM says what is missing in its own wrapping (contract reference 2.6), the directory in plain words. */
  readonly wrapped: boolean
}

/** The permission that a delegated token lacks for this request, or null. Faults: `PermissionScopeNotGranted`, `Forbidden`. */
export function missingPermission(x: Omit<Exchange, 'at'>, wanted: Area | null): Fault | null {
  const { actor } = x.caller.call
  if (actor.t !== 'user' || actor.scopes === null || wanted === null) return null
  // A token for ARM counts as an administrator's tool, which has them all (D26).
  if (audienceKind(x.caller.claims.aud, x.deps.verify.origin) === 'arm') return null
  const names = x.method === 'GET' || x.method === 'HEAD' ? wanted.reads : wanted.writes
  const given = new Set(actor.scopes.map((scope) => scope.toLowerCase()))
  if (names.some((name) => given.has(name.toLowerCase()))) return null
  if (wanted.wrapped) return fault('PermissionScopeNotGranted', { scopes: names.join(',') })
  return fault('Forbidden', { needs: names.join(' or '), scope: `/${x.segments[0]?.raw ?? ''}`, actor: actor.id })
}
