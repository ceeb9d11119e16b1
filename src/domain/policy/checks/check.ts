// A check is one small file: what it asks the requestor for, and how it judges. It keeps no state. A check that cannot
// decide yields a finding: it fails closed.

import { type FaultCode, type Finding, fault } from '../../faults.ts'
import type { Case } from '../case.ts'

/** Something the requestor must give; the form and `requirements` are drawn from these. */
export interface Input {
  readonly name: 'justification' | 'ticketNumber' | 'duration' | 'mfa' | 'authenticationContext'
  readonly words: string
  /** A bound or value that goes with it, such as the longest duration or the context's id. */
  readonly value: string | null
}

export interface Check {
  /** Place in the order of behaviour 2.2; findings are reported in this order. */
  readonly rank: number
  judge(c: Case): Finding | null
  asks?(c: Case): Input | null
}

/** A finding of a rule that always holds: its wire name is its fault's code. */
export function standing(code: FaultCode, data: Record<string, string | number> = {}, mend: string | null = null): Finding {
  return { rule: code, ruleId: null, code, words: fault(code, data).words, mend }
}

/** A finding of the policy, reported together with the others as one refusal. */
export function policyFinding(rule: string, ruleId: string | null, words: string, mend: string | null): Finding {
  return { rule, ruleId, code: 'RoleAssignmentRequestPolicyValidationFailed', words, mend }
}
