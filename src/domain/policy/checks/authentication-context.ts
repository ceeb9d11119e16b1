// The token must carry the context the rule names (behaviour 3.5; D9: an undefined context is an unmet finding, and the
// reference's fallback to plain multifactor is a setting that is off).

import type { Case } from '../case.ts'
import { ruleFor } from '../rules.ts'
import type { Check } from './check.ts'
import { hasMfa } from './enablement.ts'

const wanted = (c: Case) => {
  const rule = c.ask.action === 'selfActivate' ? ruleFor(c.rules, 'AuthenticationContext', 'EndUser', 'Assignment') : null
  return rule?.isEnabled && rule.claimValue ? { id: rule.id, value: rule.claimValue } : null
}

/** The challenge for a client to replay, with the one blank that the published message has (contract reference 19). */
export const claimsChallenge = (context: string): string =>
  `&claims=${encodeURIComponent(`{"access_token":{"acrs":{"essential":true, "value":"${context}"}}}`)}`

function met(c: Case, context: string): boolean {
  const { actor, facts } = c
  if (actor.t !== 'user') return false
  const known = facts.settings.authenticationContexts.includes(context)
  if (!known) return facts.settings.plainMfaFallback && hasMfa(actor)
  return actor.proof.acrs.includes(context)
}

export const authenticationContext: Check = {
  rank: 9,
  judge(c) {
    const rule = wanted(c)
    if (!rule || met(c, rule.value)) return null
    const known = c.facts.settings.authenticationContexts.includes(rule.value)
    return {
      rule: 'AcrsRule',
      ruleId: rule.id,
      code: 'RoleAssignmentRequestAcrsValidationFailed',
      words: claimsChallenge(rule.value),
      mend: known
        ? `sign in again for authentication context ${rule.value}`
        : `authentication context ${rule.value} is not defined: an administrator must define it`,
    }
  },
  asks(c) {
    const rule = wanted(c)
    return rule ? { name: 'authenticationContext', words: `authentication context ${rule.value}`, value: rule.value } : null
  },
}
