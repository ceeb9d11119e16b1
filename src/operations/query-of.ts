// Which facts an ask needs, and which locks hold them still (D5).

import type { Actor } from '../domain/access/actor.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { holdingKey, type Privilege } from '../domain/privilege.ts'
import { type Ask, asksToKeep, callerOf, type RequestFact } from '../domain/request/request.ts'
import { type FactsQuery, PLAIN_QUERY } from '../store/facts.ts'

/** Every change that may take away a last administrator holds this. */
export const GUARD_LOCK = 'last-administrator'

const ALTERS: ReadonlySet<string> = new Set(['adminRemove', 'adminUpdate', 'adminExtend'])

/** Removing a member may empty a role that the group holds, so memberships are guarded as the roles themselves are; and eligibilities, since
 * they take along the activations on them. */
const isGuarded = (privilege: Privilege, action: string): boolean =>
  (action === 'adminRemove' || action === 'adminUpdate') &&
  (planeOf(privilege).guarded(privilege.scope, privilege.role) || privilege.role === 'member')

/** The facts that judging this ask needs. */
export function queryOfAsk(actor: Actor, ask: Ask): FactsQuery {
  const counts = ask.action === 'adminAssign' && ask.level === 'Assignment'
  return {
    ...PLAIN_QUERY,
    privilege: ask.privilege,
    principalId: ask.principalId,
    level: ask.level,
    actorId: actor.t === 'system' ? null : actor.id,
    authority: callerOf(ask.action) === 'Admin',
    alters: ALTERS.has(ask.action),
    renews: ask.action === 'adminRenew' || ask.action === 'selfRenew',
    name: ask.name?.toLowerCase() ?? null,
    proofOf: actor.t === 'user' && actor.proof.bound ? (actor.proof.session ?? null) : null,
    countedUnder: counts ? planeOf(ask.privilege).countedUnder(ask.privilege.scope) : null,
    guarded: isGuarded(ask.privilege, ask.action),
  }
}

/** What judging this ask must hold still: the holding always; the guard, the subscription's count and the name where they matter. */
export function locksOfAsk(query: FactsQuery): readonly string[] {
  return [
    holdingKey(query.principalId, query.privilege),
    ...(query.guarded ? [GUARD_LOCK] : []),
    ...(query.countedUnder ? [`count|${query.countedUnder}`] : []),
    ...(query.proofOf ? [`proof|${query.proofOf}`] : []),
    ...(query.name ? [`name|${query.privilege.plane}|${query.privilege.scope}|${query.name}`] : []),
  ]
}

/** The facts and locks of whoever decides on a request or withdraws it: its holding, and its approval. */
export function aboutRequest(actor: Actor, request: RequestFact): { readonly query: FactsQuery; readonly locks: readonly string[] } {
  const { ask } = request
  return {
    query: {
      ...PLAIN_QUERY,
      privilege: ask.privilege,
      principalId: ask.principalId,
      level: ask.level,
      actorId: actor.t === 'system' ? null : actor.id,
      authority: true,
      // An extension that is granted moves what others may rest on; a renewal goes by what ended lately.
      alters: asksToKeep(ask.action),
      renews: asksToKeep(ask.action),
      requestId: request.id,
    },
    locks: [holdingKey(ask.principalId, ask.privilege), `approval|${request.id}`],
  }
}
