// THE judgement. Preview, form, submit and approval all call it; it runs every check and lists every finding, in the order
// of behaviour 2.2.

import type { Actor } from '../access/actor.ts'
import type { StagePlan } from '../approval/approval.ts'
import { planApproval, planExtension } from '../approval/plan.ts'
import type { Facts } from '../facts.ts'
import { type Fault, type Finding, fault } from '../faults.ts'
import { type Ask, asksToKeep } from '../request/request.ts'
import { type Case, prepare } from './case.ts'
import { authenticationContext } from './checks/authentication-context.ts'
import { caller } from './checks/caller.ts'
import type { Check, Input } from './checks/check.ts'
import { eligibility } from './checks/eligibility.ts'
import { justification, mfa, ticketing } from './checks/enablement.ts'
import { existence, locked } from './checks/existence.ts'
import { expiration } from './checks/expiration.ts'
import { fiveMinutes } from './checks/five-minutes.ts'
import { assignmentLimit, lastAdministrator } from './checks/last-administrator.ts'
import { shape } from './checks/shape.ts'
import { extension, pendingRequest, standingAssignment } from './checks/standing-assignment.ts'
import { challengeMessage } from './proof-demand.ts'
import { ruleFor } from './rules.ts'

const CHECKS: readonly Check[] = [
  caller,
  shape,
  existence,
  locked,
  pendingRequest,
  standingAssignment,
  extension,
  fiveMinutes,
  lastAdministrator,
  assignmentLimit,
  eligibility,
  expiration,
  mfa,
  justification,
  ticketing,
  authenticationContext,
].sort((a, b) => a.rank - b.rank)

export interface Verdict {
  readonly case: Case
  /** Everything that stands in the way, in reporting order; empty when nothing does. */
  readonly findings: readonly Finding[]
  /** What the requestor is asked for, met or not. */
  readonly inputs: readonly Input[]
  /** The stage to pass before access starts, or null. */
  readonly approval: StagePlan | null
}

const present = <T>(x: T | null): x is T => x !== null

/** Judges an ask. `stageId` names the approval's stage, should there be one; ids are handed in. */
export function evaluate(actor: Actor, ask: Ask, facts: Facts, stageId: string): Verdict {
  const c = prepare(actor, ask, facts)
  const setting = ask.action === 'selfActivate' ? ruleFor(c.rules, 'Approval', 'EndUser', 'Assignment')?.setting : undefined
  return {
    case: c,
    findings: CHECKS.map((check) => check.judge(c)).filter(present),
    inputs: CHECKS.map((check) => check.asks?.(c) ?? null).filter(present),
    approval: setting
      ? planApproval(setting, c.plane, stageId)
      : asksToKeep(ask.action)
        ? planExtension(stageId, facts.scope && c.plane.administer(facts.scope))
        : null,
  }
}

/**
 * One refusal from many findings: the first standing rule that is broken; else all broken policy rules together; else the
 * authentication context (behaviour 2.2). All findings travel with it.
 */
export function refusalOf(findings: readonly Finding[], data: Fault['data'] = {}): Fault | null {
  const policy = findings.filter((f) => f.code === 'RoleAssignmentRequestPolicyValidationFailed')
  const first = findings.find((f) => !policy.includes(f) && f.code !== 'RoleAssignmentRequestAcrsValidationFailed')
  // Who may not ask is told that and no more: the other findings speak of somebody else's standing.
  if (first?.code === 'Forbidden') return { code: first.code, words: first.words, data, findings: [first] }
  if (first) return { code: first.code, words: first.words, data, findings }
  if (policy.length > 0) {
    const rules = JSON.stringify(policy.map((f) => f.rule))
    return fault('RoleAssignmentRequestPolicyValidationFailed', { ...data, rules }, findings)
  }
  const claims = findings[0]?.claims
  return claims === undefined
    ? null
    : fault('RoleAssignmentRequestAcrsValidationFailed', { ...data, claims: challengeMessage(claims) }, findings)
}
