// Multifactor, justification and ticket: what an enablement rule switches on (behaviour 3.5). Extending and renewing always
// ask for the first two (behaviour 2.6).

import type { Actor } from '../../access/actor.ts'
import { isAtLeast, isPasswordOnly } from '../../access/strength.ts'
import { asksToKeep } from '../../request/request.ts'
import type { Case } from '../case.ts'
import { bindingOf, challengeClaims, NO_DEMAND, type ProofDemand, type Shortfall, shortfallOf } from '../proof-demand.ts'
import type { Enablement, EnablementRule } from '../rule.ts'
import { ruleFor } from '../rules.ts'
import { type Check, policyFinding } from './check.ts'

const SELF_SERVICE: readonly Enablement[] = ['MultiFactorAuthentication', 'Justification']

/** Did the session carry more than one factor (contract reference 19)? A program's never did. */
export const hasMfa = (actor: Actor): boolean => actor.t === 'user' && isAtLeast(actor.proof.amr, 'mfa')

const shortfall = (c: Case, demand: ProofDemand): Shortfall | null =>
  c.actor.t === 'user' ? shortfallOf(c.actor, c.ask, c.facts, demand, c.facts.settings.mfaMaximumAge) : null

/** Is a second factor that was shown as fresh as a rule wants it, and made for what the rule wants it for? */
export const isMfaFresh = (c: Case, demand: ProofDemand): boolean => shortfall(c, demand) === null

type Required = Pick<EnablementRule, 'proof'> & { readonly id: string | null }

function required(c: Case, what: Enablement): Required | null {
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
  input: 'justification' | 'ticketNumber',
  met: (c: Case) => boolean,
): Check => ({
  rank,
  judge(c) {
    const rule = required(c, what)
    return rule && !met(c) ? policyFinding(wire, rule.id, words, mend) : null
  },
  asks: (c) => (required(c, what) ? { name: input, words, value: null } : null),
})

const MFA_WORDS = 'multifactor authentication is required'
const SHORT: Readonly<Record<Shortfall, string>> = {
  stale: 'the second factor was shown too long ago',
  unbound: 'the second factor was not shown for this request',
  spent: 'the second factor was used for another request already',
}

/** What the second factor lacks; null where none is asked for, or nothing is lacking. */
function mfaLack(c: Case): { readonly rule: Required; readonly short: Shortfall | null } | null {
  // A password alone never opens a privileged role, whatever its rule asks for.
  const bare =
    c.ask.action === 'selfActivate' && (c.facts.role?.privileged ?? false) && c.actor.t === 'user' && isPasswordOnly(c.actor.proof.amr)
  const rule = required(c, 'MultiFactorAuthentication') ?? (bare ? { id: null } : null)
  if (!rule) return null
  if (!hasMfa(c.actor)) return { rule, short: null }
  const short = shortfall(c, rule.proof ?? NO_DEMAND)
  return short && { rule, short }
}

export const mfa: Check = {
  rank: 8.3,
  judge(c) {
    const lack = mfaLack(c)
    if (!lack) return null
    const bound = lack.rule.proof?.boundToRequest ? bindingOf(c.ask) : null
    const claims = challengeClaims({ context: null, bound })
    if (lack.short === null) return { ...policyFinding('MfaRule', lack.rule.id, MFA_WORDS, 'sign in again with a second factor'), claims }
    // The reference knows no such refusal. Clients know what to do with the context's: sign in with these claims, and send it again.
    const code = 'RoleAssignmentRequestAcrsValidationFailed'
    return { rule: 'MfaRule', ruleId: lack.rule.id, code, words: SHORT[lack.short], mend: 'sign in again', claims }
  },
  asks: (c) => (required(c, 'MultiFactorAuthentication') ? { name: 'mfa', words: MFA_WORDS, value: null } : null),
}

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
