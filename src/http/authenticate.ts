// Who is calling: the token becomes an actor before anything else is looked at. Shared by all doors.

import type { Context } from 'hono'
import { ok, type Result } from '../domain/result.ts'
import type { Call } from '../operations/context.ts'
import { actorOf, type Claims } from './auth/claims.ts'
import { verifyToken } from './auth/token.ts'
import type { Deps } from './deps.ts'

export interface Caller {
  readonly call: Call
  readonly claims: Claims
}

/** The address of the peer, or what a trusted proxy says of it; null in tests without a socket. */
function addressOf(c: Context, { isTrustedProxy = () => false }: Deps): string | null {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  const peer = env?.incoming?.socket?.remoteAddress ?? null
  if (peer === null || !isTrustedProxy(peer)) return peer
  // The nearest hop writes last; whatever stands before the first one that we don't trust is hearsay.
  const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
  return hops.reverse().find((hop) => hop !== '' && !isTrustedProxy(hop)) ?? peer
}

/** The id that `app.ts` gave this request; empty where a door is tested alone. */
export const requestIdOf = (c: Context): string => (c.get('requestId') as string | undefined) ?? ''

/** Verifies the bearer token. Faults: `AuthenticationRequired`, `InvalidToken`, `InvalidAudience`. */
export async function authenticate(c: Context, deps: Deps): Promise<Result<Caller>> {
  const claims = await verifyToken(c.req.header('authorization') ?? null, deps.verify, deps.ctx.now())
  if (!claims.ok) return claims
  return ok({
    call: { actor: actorOf(claims.value, addressOf(c, deps)), correlationId: requestIdOf(c) || deps.ctx.ids() },
    claims: claims.value,
  })
}
