// What is issued, whichever way it was asked for: for how long, for which resource, good for what.

import type { OidcGrant, Provider } from 'oidc-provider'
import { type Fault, fault } from '../../domain/faults.ts'
import type { SigningApp } from '../../operations/app-sign-in.ts'
import { audienceKind } from '../auth/audience.ts'
import { asking } from './asking.ts'
import { errors } from './library.ts'
import { RESOURCES, readAsked, resourceOf } from './resources.ts'

/** Seconds. Access is judged anew at each use, so an hour gives nothing away; what a person signed in to lasts a day. */
export const LIVES = { access: 3_600, code: 60, device: 900, interaction: 900, form: 900, refresh: 24 * 3_600 } as const

/** A refusal of ours on its way through the library. */
export const carried = (refused: Fault): Error => Object.assign(new errors.CustomOIDCProviderError('invalid_grant'), { fault: refused })

/** May this application act for people at all? Faults: `ConsentRequired`. */
export const consentMissing = (app: SigningApp | null, resource: string): Fault | null =>
  app && app.delegated.length === 0 ? fault('ConsentRequired', { id: app.appId, resource }) : null

/**
 * One resource as the library wants it. What is not on the closed list is refused, never defaulted. `kept` is what a device code was
 * asked for with.
 */
export function resourceInfo(origin: string, alg: string, resource: string, kept?: unknown): object {
  const { refused, ...about } = asking()
  if (refused) throw carried(refused)
  // A device asked when it got its code; what it polls with says nothing of it.
  const before = typeof kept === 'string' ? readAsked(kept, undefined, origin) : null
  const asked = about.asked ?? (before?.ok ? before.value : null)
  const kind = audienceKind(resource, origin)
  if (kind === null) throw new errors.InvalidTarget()
  return {
    scope: '.default',
    audience: asked?.kind === kind ? asked.audience : resource,
    accessTokenFormat: 'jwt',
    accessTokenTTL: LIVES.access,
    jwt: { sign: { alg } },
  }
}

/** All resources, the one that was asked for first. */
export const allResources = (first: string, origin: string): readonly string[] => [
  first,
  ...RESOURCES.map((kind) => resourceOf(kind, origin)).filter((one) => one !== first),
]

/** All that a sign-in is good for: the same application may refresh for another resource later (clients, section 1). */
export async function grantAll(
  provider: Provider,
  accountId: string,
  clientId: string,
  origin: string,
): Promise<{ readonly grant: OidcGrant; readonly id: string }> {
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope('openid profile email offline_access')
  for (const kind of RESOURCES) grant.addResourceScope(resourceOf(kind, origin), '.default')
  return { grant, id: await grant.save() }
}
