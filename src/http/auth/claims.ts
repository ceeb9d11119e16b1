// What we read from a verified token, and the actor made of it. A claim of the wrong form is a refusal, never a default:
// a token that half understands itself is not one of ours.

import type { JWTPayload } from 'jose'
import type { Actor, Proof } from '../../domain/access/actor.ts'
import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Refused, type Result, refuse } from '../../domain/result.ts'
import { type Instant, SECOND } from '../../domain/time.ts'

export interface Claims {
  /** Lower case. */
  readonly oid: string
  /** Lower case. */
  readonly tid: string
  readonly idtyp: 'user' | 'app'
  /** Authentication methods, such as `pwd`, `mfa`. */
  readonly amr: readonly string[]
  /** Authentication contexts, such as `c1`. */
  readonly acrs: readonly string[]
  readonly auth_time: Instant | null
  /** Delegated permissions; null where the token names none, which grants all that the person may do. */
  readonly scp: readonly string[] | null
  /** Application permissions. */
  readonly roles: readonly string[]
  readonly appid: string | null
  /** Of the sign-in: raised when all that a person was signed in to is ended. */
  readonly generation: number
  /** The sign-in that it was issued on; null for what was signed on the machine itself. */
  readonly session: string | null
  /** The one request that the proof was made for. */
  readonly bound: string | null
  readonly compliantDevice: boolean
  readonly aud: string
}

const wrong = (claim: string): Refused =>
  refuse(fault('InvalidToken', { detail: `its claim \`${claim}\` is missing or of the wrong form` }))

/** Reads the claims of a token whose signature, issuer and audience hold. */
export function readClaims(payload: JWTPayload, aud: string): Result<Claims> {
  const { oid, tid } = payload
  if (typeof oid !== 'string' || !isGuid(oid)) return wrong('oid')
  if (typeof tid !== 'string') return wrong('tid')
  const idtyp = payload.idtyp ?? 'user'
  if (idtyp !== 'user' && idtyp !== 'app') return wrong('idtyp')
  const amr = texts(payload.amr)
  if (!amr) return wrong('amr')
  const acrs = texts(payload.acrs)
  if (!acrs) return wrong('acrs')
  const roles = texts(payload.roles)
  if (!roles) return wrong('roles')
  const time = payload.auth_time ?? null
  if (time !== null && !(Number.isSafeInteger(time) && (time as number) >= 0)) return wrong('auth_time')
  const scp = payload.scp ?? null
  if (scp !== null && typeof scp !== 'string') return wrong('scp')
  const appid = payload.appid ?? payload.azp ?? null
  if (appid !== null && typeof appid !== 'string') return wrong('appid')
  const generation = payload.ses_gen ?? 0
  if (!Number.isSafeInteger(generation)) return wrong('ses_gen')
  const session = payload.sid ?? null
  if (session !== null && !(typeof session === 'string' && isGuid(session))) return wrong('sid')
  const bound = payload.stint_req ?? null
  if (bound !== null && typeof bound !== 'string') return wrong('stint_req')
  return ok({
    oid: oid.toLowerCase(),
    tid: tid.toLowerCase(),
    idtyp,
    amr,
    acrs,
    auth_time: time === null ? null : (time as number) * SECOND,
    scp: scp === null ? null : scp.split(' ').filter((word) => word !== ''),
    roles,
    appid,
    generation: generation as number,
    session,
    bound,
    compliantDevice: payload.compliant_device === true,
    aud,
  })
}

/** A list of texts; absent is an empty one, anything else is null. */
function texts(value: unknown): readonly string[] | null {
  if (value === undefined || value === null) return []
  return Array.isArray(value) && value.length <= 200 && value.every((item) => typeof item === 'string') ? value : null
}

/** The claims with the permissions that are left of those they name. */
export const withPermissions = (claims: Claims, left: readonly string[] | null): Claims =>
  claims.idtyp === 'app' ? { ...claims, roles: left ?? [] } : { ...claims, scp: left }

/** The actor that a token speaks for. */
export function actorOf(claims: Claims, ip: string | null): Actor {
  if (claims.idtyp === 'app') return { t: 'app', id: claims.oid, permissions: claims.roles, ip }
  const { amr, acrs, auth_time: at, session, bound, compliantDevice } = claims
  const proof: Proof = { amr, acrs, at, session, bound, compliantDevice }
  return { t: 'user', id: claims.oid, proof, scopes: claims.scp, app: claims.appid, ip }
}
