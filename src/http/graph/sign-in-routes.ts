// Ending what somebody is signed in to: `revokeSignInSessions`, of oneself and of others.

import { fault } from '../../domain/faults.ts'
import { revokeSignIns } from '../../operations/revoke-sign-ins.ts'
import { SIGN_INS } from './areas.ts'
import { baseOf, type Exchange, json, refused } from './exchange.ts'
import { objectOfKey } from './object-lists.ts'
import { type Route, route } from './router.ts'

async function revoke(x: Exchange, id: string): Promise<Response> {
  const done = await revokeSignIns(x.deps.ctx, x.caller.call, id)
  return done.ok ? json(x, { '@odata.context': `${baseOf(x)}/$metadata#Edm.Boolean`, value: true }) : refused(x, done.fault)
}

async function ofPath(x: Exchange): Promise<Response> {
  const found = await objectOfKey(x, ['user'])
  return found.ok ? revoke(x, found.value.id) : refused(x, found.fault)
}

function ofMyself(x: Exchange): Promise<Response> | Response {
  const { actor } = x.caller.call
  if (actor.t === 'user') return revoke(x, actor.id)
  return refused(x, fault('MalformedBody', { detail: '/me request is only valid with delegated authentication flow' }))
}

export const signInRoutes: readonly Route[] = [
  route('users/{id}/revokesigninsessions', SIGN_INS, { POST: ofPath }),
  route('me/revokesigninsessions', SIGN_INS, { POST: (x) => Promise.resolve(ofMyself(x)) }),
]
