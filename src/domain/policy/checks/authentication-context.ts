// The proof must satisfy the context the rule names, here and now: its strength, age, network and device, and where the rule says so it
// must have been made for this very request (behaviour 3.5; D9: an undefined context is an unmet finding, and the reference's fallback
// to plain multifactor is a setting that is off).

import { type Lack, lacksFor } from '../../access/strength.ts'
import type { Case } from '../case.ts'
import { bindingOf, challengeClaims, judgedAt, maximumAgeOf, NO_DEMAND, type Shortfall, shortfallOf } from '../proof-demand.ts'
import type { AuthenticationContextRule } from '../rule.ts'
import { ruleFor } from '../rules.ts'
import type { Check } from './check.ts'
import { hasMfa, isMfaFresh } from './enablement.ts'

type Wanted = AuthenticationContextRule & { readonly claimValue: string }

const wanted = (c: Case): Wanted | null => {
  const rule = c.ask.action === 'selfActivate' ? ruleFor(c.rules, 'AuthenticationContext', 'EndUser', 'Assignment') : null
  return rule?.isEnabled && rule.claimValue ? { ...rule, claimValue: rule.claimValue } : null
}

type Unmet = Lack | Shortfall | 'claim' | 'undefined' | 'program'

const LACKS: Readonly<Record<Unmet, readonly [words: string, mend: string | null]>> = {
  program: ['programs satisfy no authentication context', null],
  undefined: ['the context is not defined, or disabled', 'an administrator must define and enable it'],
  claim: ['the sign-in did not satisfy it', 'sign in again for it'],
  strength: ['the method that was used is too weak', 'sign in again with a stronger method, such as a passkey'],
  age: ['the proof is too old', 'sign in again'],
  stale: ['the proof is too old', 'sign in again'],
  network: ['it is not offered from your network', null],
  device: ['the device is not known to comply', 'use a device that your organization manages'],
  unbound: ['the proof was not made for this request', 'sign in again from this request'],
  spent: ['the proof was used for another request already', 'sign in again from this request'],
}

/** What the case lacks for the rule; empty when it is satisfied. */
function unmet(c: Case, rule: Wanted): readonly Unmet[] {
  const { actor, ask, facts } = c
  if (actor.t !== 'user') return ['program']
  const { settings } = facts
  const context = settings.authenticationContexts.find(({ id }) => id === rule.claimValue)
  const demand = rule.proof ?? NO_DEMAND
  if (!context) return settings.plainMfaFallback && hasMfa(actor) && isMfaFresh(c, demand) ? [] : ['undefined']
  const { proof } = actor
  const age = maximumAgeOf(demand, context.maximumAge)
  const evidence = { methods: proof.amr, at: proof.at, address: actor.ip, compliantDevice: proof.compliantDevice ?? false }
  const short = shortfallOf(actor, ask, facts, { ...demand, maximumAge: 'session' }, null)
  return [
    ...(proof.acrs.includes(context.id) ? [] : (['claim'] as const)),
    ...lacksFor(context, evidence, judgedAt(proof, facts), age),
    ...(short ? [short] : []),
  ]
}

export const authenticationContext: Check = {
  rank: 9,
  judge(c) {
    const rule = wanted(c)
    const [first, ...others] = rule ? unmet(c, rule) : []
    if (!rule || first === undefined) return null
    // What a sign-in would not mend comes first: nobody should sign in for nothing.
    const [words, mend] = LACKS[[first, ...others].find((one) => LACKS[one][1] === null) ?? first]
    return {
      rule: 'AcrsRule',
      ruleId: rule.id,
      code: 'RoleAssignmentRequestAcrsValidationFailed',
      words: `authentication context ${rule.claimValue}: ${words}`,
      mend,
      claims: challengeClaims({ context: rule.claimValue, bound: rule.proof?.boundToRequest ? bindingOf(c.ask) : null }),
    }
  },
  asks(c) {
    const rule = wanted(c)
    return rule ? { name: 'authenticationContext', words: `authentication context ${rule.claimValue}`, value: rule.claimValue } : null
  },
}
