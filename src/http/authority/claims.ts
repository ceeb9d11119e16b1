// What our tokens say, in the names that clients parse (clients, section 1). None of it is authority: that is read from the store when
// the token is shown.

import type { OidcContext, OidcSource, OidcToken } from 'oidc-provider'
import { fault } from '../../domain/faults.ts'
import { SECOND } from '../../domain/time.ts'
import type { Ctx } from '../../operations/context.ts'
import { contextsOf, type Session, sessionOfGrant } from '../../operations/sessions.ts'
import type { Person } from '../../operations/sign-in.ts'
import { type AudienceKind, audienceKind } from '../auth/audience.ts'
import { asking } from './asking.ts'
import type { Wanted } from './claims-request.ts'
import { carried } from './issuing.ts'

/** The older tokens' own words for how an application proved itself: 0 not at all, 1 by secret, 2 by key. */
const APPIDACR = '1'
const IMPERSONATION = 'user_impersonation'

/** A person's account, as the library wants it. */
export const accountOf = (ctx: Ctx, person: Person) => ({
  accountId: person.id,
  claims: () => ({
    sub: person.id,
    oid: person.id,
    tid: ctx.tenant().id,
    upn: person.upn,
    preferred_username: person.upn,
    name: person.displayName,
    ver: '2.0',
  }),
})

/** What of a person's permissions goes into a token for this audience. */
function scpOf(kind: AudienceKind | null, delegated: readonly string[]): string {
  const there = kind === 'arm' ? delegated.filter((name) => name === IMPERSONATION) : delegated
  return ['openid', 'profile', ...there].join(' ')
}

/** Was all done at the sign-in that a challenge wants? Throws `MfaRequired` through the library. */
function checkWanted({ contexts, methods, bound }: Wanted, session: Session, met: readonly string[]): void {
  const lacks = contexts.some((one) => !met.includes(one)) || methods.some((one) => !session.methods.includes(one))
  if (lacks || (bound !== null && bound !== session.bound)) throw carried(fault('MfaRequired'))
}

/** What a person's token says, by the sign-in it is issued on. Throws through the library where that has ended. */
const ofPerson = (ctx: Ctx, person: Person, session: Session | null, kind: AudienceKind | null) => {
  const { app, wanted } = asking()
  if (!session) throw carried(fault('SignInEnded'))
  const met = contextsOf(ctx.settings().authenticationContexts, session, ctx.now())
  checkWanted(wanted, session, met)
  return {
    oid: person.id,
    tid: ctx.tenant().id,
    idtyp: 'user',
    upn: person.upn,
    unique_name: person.upn,
    name: person.displayName,
    scp: scpOf(kind, app?.delegated ?? []),
    amr: session.methods,
    acrs: met,
    acr: '1',
    auth_time: Math.floor(session.provenAt / SECOND),
    sid: session.id,
    ...(session.bound === null ? {} : { stint_req: session.bound }),
    ...(session.compliantDevice ? { compliant_device: true } : {}),
    ses_gen: person.generation,
  }
}

const ofApp = (ctx: Ctx, kind: AudienceKind | null) => {
  const { app } = asking()
  return {
    oid: app?.principalId,
    tid: ctx.tenant().id,
    idtyp: 'app',
    roles: kind === 'arm' ? [] : (app?.application ?? []),
    appidacr: APPIDACR,
  }
}

/** What is added to an access token. */
export async function extraClaims(
  ctx: Ctx,
  origin: string,
  oidc: OidcContext,
  token: OidcToken & { readonly aud?: string },
): Promise<object> {
  const about = asking()
  const { entities } = oidc.oidc
  about.source = (entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? about.source) as OidcSource | null
  const kind = audienceKind(token.aud ?? '', origin)
  if (token.kind !== 'ClientCredentials') about.session ??= await sessionOfGrant(ctx, about.source?.grantId ?? '')
  const whose = token.kind === 'ClientCredentials' ? ofApp(ctx, kind) : about.person && ofPerson(ctx, about.person, about.session, kind)
  return {
    ...whose,
    appid: about.app?.appId,
    azp: about.app?.appId,
    app_displayname: about.app?.displayName,
    ver: '1.0',
    ...(about.wanted.capable ? { xms_cc: ['CP1'] } : {}),
  }
}

interface Structured {
  header?: Record<string, unknown>
  payload: Record<string, unknown>
}

/** The last touch: the header that clients expect, and none of the library's own names for what is said already. */
export function shapeToken(_: OidcContext, token: OidcToken, jwt: Structured): void {
  const { scope: _scope, client_id: _client, ...payload } = jwt.payload
  jwt.header = { typ: 'JWT' }
  jwt.payload = { ...payload, nbf: payload.iat, ...(token.kind === 'ClientCredentials' ? { sub: payload.oid } : {}) }
}
