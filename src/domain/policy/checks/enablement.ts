// Multifactor, justification and ticket: what an enablement rule switches on (behaviour 3.5). Extending and renewing always
// ask for the first two (behaviour 2.6).

import type { Actor } from '../../access/actor.ts'
import { asksToKeep } from '../../request/request.ts'
import type { Case } from '../case.ts'
import type { Enablement, EnablementRule } from '../rule.ts'
import { ruleFor } from '../rules.ts'
import { type Check, policyFinding } from './check.ts'

const SELF_SERVICE: readonly Enablement[] = ['MultiFactorAuthentication', 'Justification']
/** Claims that stand for more than one factor (contract reference 19). */
const STRONG = ['mfa', 'ngcmfa', 'fido', 'rsa']

/** Did the session carry more than one factor? A program's never did. */
export const hasMfa = (actor: Actor): boolean => actor.t === 'user' && actor.proof.amr.some((m) => STRONG.includes(m.toLowerCase()))

function required(c: Case, what: Enablement): EnablementRule | { readonly id: null } | null {
  const { ask, actor } = c
  if (ask.action === 'adminRemove' || ask.action === 'selfDeactivate' || actor.t === 'system') return null
  if (asksToKeep(ask.action)) return SELF_SERVICE.includes(what) ? { id: null } : null
  const rule = ruleFor(c.rules, 'Enablement', c.caller, c.level)
  return rule?.enabledRules.includes(what) ? rule : null
}

const check = (
  rank: number,
  what: Enablement,
  wire: string,
  words: string,
  mend: string,
  input: 'mfa' | 'justification' | 'ticketNumber',
  met: (c: Case) => boolean,
): Check => ({
  rank,
  judge(c) {
    const rule = required(c, what)
    return rule && !met(c) ? policyFinding(wire, rule.id, words, mend) : null
  },
  asks: (c) => (required(c, what) ? { name: input, words, value: null } : null),
})

export const mfa = check(
  8.3,
  'MultiFactorAuthentication',
  'MfaRule',
  'multifactor authentication is required',
  'sign in again with a second factor',
  'mfa',
  (c) => hasMfa(c.actor),
)

export const justification = check(
  8.4,
  'Justification',
  'JustificationRule',
  'a justification is required',
  'say why you need it',
  'justification',
  (c) => Boolean(c.ask.justification?.trim()),
)

export const ticketing = check(8.5, 'Ticketing', 'TicketingRule', 'a ticket number is required', 'name the ticket', 'ticketNumber', (c) =>
  Boolean(c.ask.ticketNumber?.trim()),
)
