// Who could still run the installation: enabled people who hold, or may activate, a role that gives roles, and have a way to sign in
// that its rules accept. A setting that leaves nobody is refused when it is saved.

import { type Rules, ruleFor } from '../policy/rules.ts'
import type { Level } from '../privilege.ts'
import { type AuthenticationContext, STRENGTHS, type Strength } from './strength.ts'

/** One way in to one role. */
export interface AdministratorFact {
  readonly personId: string
  readonly role: string
  readonly level: Level
  readonly passkey: boolean
  /** A password with a second factor. */
  readonly code: boolean
  /** A sealed secret of an emergency account. */
  readonly sealed: boolean
  /** An account at an identity provider that is enabled. */
  readonly external: boolean
}

/** The strongest proof a person can show here; null where they cannot sign in. What a provider vouches for may be stronger: it is not ours to promise. */
function bestOf(fact: AdministratorFact): Strength | null {
  if (fact.passkey) return 'passkey'
  return fact.code || fact.sealed || fact.external ? 'mfa' : null
}

/** Could they activate under these rules? Approval is judged elsewhere: it needs others, not a proof. */
function couldActivate(fact: AdministratorFact, best: Strength, rules: Rules, contexts: readonly AuthenticationContext[]): boolean {
  const rule = ruleFor(rules, 'AuthenticationContext', 'EndUser', 'Assignment')
  if (!rule?.isEnabled || rule.claimValue === null) return true
  const context = contexts.find(({ id }) => id === rule.claimValue)
  if (!context || STRENGTHS.indexOf(best) < STRENGTHS.indexOf(context.strength)) return false
  return !context.compliantDevice || fact.external
}

/** The people who could run the installation. `rulesOf` gives the rules in force of a role. */
export function ableAdministrators(
  facts: readonly AdministratorFact[],
  rulesOf: (role: string) => Rules,
  contexts: readonly AuthenticationContext[],
): ReadonlySet<string> {
  const able = facts.filter((fact) => {
    const best = bestOf(fact)
    if (best === null) return false
    return fact.level === 'Assignment' || couldActivate(fact, best, rulesOf(fact.role), contexts)
  })
  return new Set(able.map(({ personId }) => personId))
}
