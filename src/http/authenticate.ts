// Who is calling: the token becomes an actor before anything else is looked at. Shared by all doors.

import type { Context } from 'hono'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { standingOf } from '../operations/app-sign-in.ts'
import type { Call } from '../operations/context.ts'
import { type AudienceKind, audienceKind } from './auth/audience.ts'
import { actorOf, type Claims, withPermissions } from './auth/claims.ts'
import { verifyToken } from './auth/token.ts'
import type { Deps } from './deps.ts'

export interface Caller {
  readonly call: Call
  readonly claims: Claims
  /** Our own address, for answers that name it. */
  readonly origin: string
}

/** The address of the peer, or what a trusted proxy says of it; null in tests without a socket. */
export function addressOf(c: Context, { isTrustedProxy = () => false }: Deps): string | null {
  const env = c.env as { incoming?: { socket?: { remoteAddress?: string } } } | undefined
  const peer = env?.incoming?.socket?.remoteAddress ?? null
  if (peer === null || !isTrustedProxy(peer)) return peer
  // The nearest hop writes last; whatever stands before the first one that we don't trust is hearsay.
  const hops = (c.req.header('x-forwarded-for') ?? '').split(',').map((hop) => hop.trim())
  return hops.reverse().find((hop) => hop !== '' && !isTrustedProxy(hop)) ?? peer
}

/** The id that `app.ts` gave this request; empty where a door is tested alone. */
export const requestIdOf = (c: Context): string => (c.get('requestId') as string | undefined) ?? ''

export type Door = 'native' | 'graph' | 'arm'

// D26: on one origin, tools send Graph calls with their ARM token; nothing goes the other way, and the native API, which does more than
// either, takes only what was issued for this very server.
const ADMITS: Readonly<Record<Door, readonly AudienceKind[]>> = { native: ['own'], graph: ['own', 'graph', 'arm'], arm: ['own', 'arm'] }

/** The one delegated permission of tokens that are not for Graph: to act as the person. */
const IMPERSONATION = 'user_impersonation'

/** Was the token issued for this door, and to act for the person here? What Graph asks for beyond that lies with its paths. */
function admitted(claims: Claims, door: Door, { verify }: Deps): Result<true> {
  const kind = audienceKind(claims.aud, verify.origin)
  if (kind === null || !ADMITS[door].includes(kind)) return refuse(fault('InvalidAudience'))
  const asks = claims.idtyp === 'user' && (door !== 'graph' || kind === 'arm')
  if (!asks || claims.scp === null || claims.scp.includes(IMPERSONATION)) return ok(true)
  return refuse(fault('PermissionScopeNotGranted', { scopes: IMPERSONATION }))
}

/** Verifies the bearer token. Faults: `AuthenticationRequired`, `InvalidToken`, `InvalidAudience`, `PermissionScopeNotGranted`. */
export async function authenticate(c: Context, deps: Deps, door: Door): Promise<Result<Caller>> {
  const claims = await verifyToken(c.req.header('authorization') ?? null, deps.verify, deps.ctx.now())
  if (!claims.ok) return claims
  const may = admitted(claims.value, door, deps)
  if (!may.ok) return may
  // A token says what it was given once; what of it still stands, the store says.
  const { oid, idtyp, appid, roles, scp, generation, session, amr: methods } = claims.value
  const permissions = idtyp === 'app' ? roles : scp
  const left = await standingOf(deps.ctx, { kind: idtyp, id: oid, appId: appid, permissions, generation, session, methods })
  if (!left.ok) return left
  const standing = withPermissions(claims.value, left.value)
  return ok({
    call: { actor: actorOf(standing, addressOf(c, deps)), correlationId: requestIdOf(c) || deps.ctx.ids() },
    claims: standing,
    origin: deps.publicUrl,
  })
}
