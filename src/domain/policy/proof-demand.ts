// What a rule asks of a proof beyond its kind: how fresh, and made for this very request (behaviour 2.9, 3.5). The reference asks
// neither; its reading is a choice for each rule.

import type { Proof, UserActor } from '../access/actor.ts'
import { isStale } from '../access/strength.ts'
import type { Facts } from '../facts.ts'
import { type Ask, asksToKeep, type ScheduleInfo } from '../request/request.ts'
import { DAY, type Duration, type Instant, MINUTE, parseDuration } from '../time.ts'
import { type Case, isEnding } from './case.ts'
import { ruleFor } from './rules.ts'

export interface ProofDemand {
  /** ISO 8601; `session`: as long as the token lives, the reference's reading; null: as the context or the installation has it. */
  readonly maximumAge: string | null
  /** Must it have been made for this very request, and for no other since? */
  readonly boundToRequest: boolean
}

/** A proof needs a moment to be shown; none is worth anything for longer than a month. */
export const isProofAge = ({ months, ms }: Duration): boolean => months === 0 && ms >= MINUTE && ms <= 30 * DAY

export const NO_DEMAND: ProofDemand = { maximumAge: null, boundToRequest: false }

/** Milliseconds, or null where any age will do. `otherwise` is what holds where the rule does not say. An age nobody can read is none. */
export function maximumAgeOf(demand: ProofDemand, otherwise: number | null): number | null {
  if (demand.maximumAge === null) return otherwise
  if (demand.maximumAge === 'session') return null
  const length = parseDuration(demand.maximumAge)
  return length.ok ? length.value.ms : 0
}

/** The instant that a proof's age is measured at: when it was judged first, for one that was kept with a request (D6). */
export const judgedAt = (proof: Proof, facts: Facts): Instant => proof.judgedAt ?? facts.now

/**
 * What of an ask a proof can be made for: who, what, where and for how long; not when it starts, which a client says anew each time it
 * sends, nor its words. It is JSON, so that the sign-in page can say what is about to be confirmed.
 */
export function bindingOf({ action, level, privilege, principalId, schedule, ticketNumber, condition }: Ask): string {
  const length = schedule ? LENGTHS[schedule.type](schedule) : null
  const { plane, scope, role } = privilege
  // An eligibility is not an assignment, nor is what holds under a condition what holds in any case.
  const more = level === 'Eligibility' || condition !== null ? [level, condition] : []
  return JSON.stringify([action, plane, scope, role, principalId, length, ticketNumber?.trim() || null, ...more])
}

/** How long, as it was asked: `null` leaves it to the rules, which is not the same as asking for no end. */
const LENGTHS: Readonly<Record<ScheduleInfo['type'], (s: ScheduleInfo) => string | number | null>> = {
  AfterDuration: ({ duration }) => duration,
  AfterDateTime: ({ end }) => end,
  NoExpiration: ({ type }) => type,
  NotSpecified: () => null,
}

export type Shortfall = 'stale' | 'unbound' | 'spent'

/** Why a proof that is strong enough will not do for this ask; null if it will. */
export function shortfallOf(actor: UserActor, ask: Ask, facts: Facts, demand: ProofDemand, otherwise: number | null): Shortfall | null {
  const { proof } = actor
  if (isStale(proof.at, maximumAgeOf(demand, otherwise), judgedAt(proof, facts))) return 'stale'
  if (!demand.boundToRequest) return null
  // Without a sign-in to name, nobody could tell a second use.
  if (!proof.session || proof.bound !== bindingOf(ask)) return 'unbound'
  return facts.proofSpent ? 'spent' : null
}

export interface Challenge {
  readonly context: string | null
  /** The binding, where the rule wants one. */
  readonly bound: string | null
}

/**
 * What a client hands on to the sign-in: the published form, with the one blank of the published message (contract reference 19). What is
 * ours follows it: the request that the proof is to be made for.
 */
export function challengeClaims({ context, bound }: Challenge): string {
  const asked = context === null ? `"amr":{"essential":true, "values":["mfa"]}` : `"acrs":{"essential":true, "value":"${context}"}`
  const made = bound === null ? '' : `, "stint_req":{"essential":true, "value":${JSON.stringify(bound)}}`
  return `{"access_token":{${asked}${made}}}`
}

/** As the wire's error message carries it. */
export const challengeMessage = (claims: string): string => `&claims=${encodeURIComponent(claims)}`

/** Does a rule that governs the case bind the proof to the request? Then the request uses it up. */
export function spendsProof({ ask, rules, caller, level }: Case): boolean {
  if (isEnding(ask) || asksToKeep(ask.action)) return false
  const context = ask.action === 'selfActivate' ? ruleFor(rules, 'AuthenticationContext', 'EndUser', 'Assignment') : null
  const enablement = ruleFor(rules, 'Enablement', caller, level)
  const byMfa = enablement?.enabledRules.includes('MultiFactorAuthentication') && enablement.proof?.boundToRequest
  return (context?.isEnabled && context.proof?.boundToRequest) || byMfa || false
}
