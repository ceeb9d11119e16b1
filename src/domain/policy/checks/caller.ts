// Who may ask: administrators of the plane for that scope right now, or the person itself (behaviour 2.1, 2.3 rule 1,
// 2.4 rules 1 and 2, 9).

import { requireAuthority } from '../../access/authority.ts'
import { type Check, standing } from './check.ts'

export const caller: Check = {
  rank: 1,
  judge({ actor, ask, facts, plane, caller: kind }) {
    if (actor.t !== 'system' && !facts.actor.principal?.enabled)
      return standing('Forbidden', { needs: 'an enabled account', scope: ask.privilege.scope, actor: actor.id })
    if (kind === 'EndUser') {
      // What it is counts, not what its token calls it: nothing but a person activates (behaviour 2.4 rule 2).
      const person = actor.t === 'user' && facts.actor.principal?.kind === 'user'
      if (person && actor.id === ask.principalId) return null
      const needs = person ? 'to be the principal itself' : 'to be an interactively signed-in user'
      return standing('Forbidden', { needs, scope: ask.privilege.scope, actor: actor.t === 'system' ? actor.part : actor.id })
    }
    if (!facts.scope) return null // existence reports it
    const judged = requireAuthority(actor, facts.actor, plane.administer(facts.scope), facts.scope.id, facts.now)
    if (judged.ok) return null
    return {
      rule: 'Forbidden',
      ruleId: null,
      code: 'Forbidden',
      words: judged.fault.words,
      mend: 'activate an administrator role first, or ask an administrator',
    }
  },
}
