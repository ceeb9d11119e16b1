// The end of every way to sign in: whoever has proved who they are goes on to the application, on the session that began.

import type { OidcInteraction } from 'oidc-provider'
import { SECOND } from '../../domain/time.ts'
import type { SignedIn } from '../../operations/sign-in.ts'
import type { Deps } from '../deps.ts'
import type { Inner } from './bridge.ts'
import { NOTHING_WANTED, type Wanted, wantedClaims } from './claims-request.ts'
import type { Service } from './service.ts'

/** What the application's challenge wants of the sign-in under way. */
export function wantedOf(found: OidcInteraction): Wanted {
  const { asked_claims: asked } = found.params
  const wanted = wantedClaims(typeof asked === 'string' ? asked : undefined)
  return wanted.ok ? wanted.value : NOTHING_WANTED
}

/** Sends the browser on, with a result of the library's form. */
export const onwards = async (service: Service, inner: Inner, result: object): Promise<Response> =>
  new Response(null, { status: 303, headers: { location: await service.finish(inner, result) } })

/** Ends the sign-in under way: the person goes on to the application. */
export function finishSignIn(deps: Deps, service: Service, inner: Inner, { person, session }: SignedIn): Promise<Response> {
  const ts = Math.floor(deps.ctx.now() / SECOND)
  return onwards(service, inner, { login: { accountId: person.id, amr: person.methods, ts, remember: false, session } })
}
