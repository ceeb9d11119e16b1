// What our tokens say, in the names that clients parse (clients, section 1). None of it is authority: that is read from the store when
// the token is shown.

import type { OidcContext, OidcSource, OidcToken } from 'oidc-provider'
import { fault } from '../../domain/faults.ts'
import type { Ctx } from '../../operations/context.ts'
import type { Person } from '../../operations/sign-in.ts'
import { type AudienceKind, audienceKind } from '../auth/audience.ts'
import { asking } from './asking.ts'
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
function checkWanted(person: Person, methods: readonly string[]): void {
  const { wanted } = asking()
  const lacks = wanted.contexts.some((one) => !person.contexts.includes(one)) || wanted.methods.some((one) => !methods.includes(one))
  if (lacks) throw carried(fault('MfaRequired'))
}

const ofPerson = (ctx: Ctx, person: Person, source: OidcSource | null, kind: AudienceKind | null) => {
  const { app } = asking()
  const methods = source?.amr ?? person.methods
  checkWanted(person, methods)
  return {
    oid: person.id,
    tid: ctx.tenant().id,
    idtyp: 'user',
    upn: person.upn,
    unique_name: person.upn,
    name: person.displayName,
    scp: scpOf(kind, app?.delegated ?? []),
    amr: methods,
    acrs: person.contexts,
    acr: '1',
    ...(source?.authTime === undefined ? {} : { auth_time: source.authTime }),
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
export function extraClaims(ctx: Ctx, origin: string, oidc: OidcContext, token: OidcToken & { readonly aud?: string }): object {
  const about = asking()
  const { entities } = oidc.oidc
  about.source = (entities.AuthorizationCode ?? entities.DeviceCode ?? entities.RefreshToken ?? about.source) as OidcSource | null
  const kind = audienceKind(token.aud ?? '', origin)
  const whose = token.kind === 'ClientCredentials' ? ofApp(ctx, kind) : about.person && ofPerson(ctx, about.person, about.source, kind)
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
