// How long it may last (behaviour 2.3 rule 7, 2.4 rule 6, 3.3): activations have an end and at most the rule's maximum;
// what an administrator gives needs an end only where the rule asks for one.

import { asksToKeep } from '../../request/request.ts'
import { addDuration, parseDuration } from '../../time.ts'
import type { Case } from '../case.ts'
import type { ExpirationRule } from '../rule.ts'
import { ruleFor } from '../rules.ts'
import { type Check, policyFinding } from './check.ts'

const judged = (c: Case): ExpirationRule | null => {
  if (asksToKeep(c.ask.action)) return ruleFor(c.rules, 'Expiration', 'Admin', c.ask.level)
  return ruleFor(c.rules, 'Expiration', c.caller, c.level)
}

/** What is wrong with the length asked for, in words; null when nothing is. */
function excess(c: Case, rule: ExpirationRule): string | null {
  const window = c.asked
  if (!window) return null
  const activating = c.caller === 'EndUser' && c.ask.action === 'selfActivate'
  if (window.end === null) return activating || rule.isExpirationRequired ? 'an end is required' : null
  if (!activating && !rule.isExpirationRequired) return null
  const limits = activating ? [rule.maximumDuration, c.plane.activationCeiling] : [rule.maximumDuration]
  for (const text of limits) {
    const limit = parseDuration(text)
    if (!limit.ok) return `the setting \`${text}\` is not a duration`
    if (window.end > addDuration(window.start, limit.value)) return `longer than \`${text}\``
  }
  return null
}

export const expiration: Check = {
  rank: 8.2,
  judge(c) {
    const rule = judged(c)
    // What is standing when a tenant is loaded was given under rules of its own time; limits hold from then on.
    const imported = c.actor.t === 'system' && c.actor.part === 'import'
    if (!rule || c.asked === null || imported) return null
    const words = excess(c, rule)
    return words === null ? null : policyFinding('ExpirationRule', rule.id, words, `ask for at most ${rule.maximumDuration}`)
  },
  asks(c) {
    const rule = judged(c)
    return rule && c.ask.action === 'selfActivate'
      ? { name: 'duration', words: `at most ${rule.maximumDuration}`, value: rule.maximumDuration }
      : null
  },
}
