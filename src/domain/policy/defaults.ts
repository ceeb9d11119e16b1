// Default rules (behaviour 3.4; D14: they win over those of the contract reference). A plane gives only what differs.

import type { Level } from '../privilege.ts'
import type { ApprovalSetting, Caller, Enablement, Rule } from './rule.ts'
import { RULE_KEYS, type RuleKey, type Rules } from './rules.ts'

export interface PlaneDefaults {
  /** ISO 8601. */
  readonly activationMaximum: string
  readonly eligible: { readonly isExpirationRequired: boolean; readonly maximumDuration: string }
  readonly active: { readonly isExpirationRequired: boolean; readonly maximumDuration: string }
  readonly onActivation: readonly Enablement[]
}

const NO_APPROVAL: ApprovalSetting = {
  isApprovalRequired: false,
  isApprovalRequiredForExtension: false,
  isRequestorJustificationRequired: true,
  approvalMode: 'SingleStage',
  approvalStages: [
    {
      approvalStageTimeOutInDays: 1,
      isApproverJustificationRequired: true,
      escalationTimeInMinutes: 0,
      isEscalationEnabled: false,
      primaryApprovers: [],
      escalationApprovers: [],
    },
  ],
}

const expiration = (d: PlaneDefaults, caller: Caller, level: Level) =>
  caller === 'EndUser'
    ? { isExpirationRequired: true, maximumDuration: d.activationMaximum }
    : level === 'Eligibility'
      ? d.eligible
      : d.active

const enabled = (d: PlaneDefaults, caller: Caller, level: Level): readonly Enablement[] =>
  caller === 'EndUser' ? d.onActivation : level === 'Assignment' ? ['Justification'] : []

function defaultRule(d: PlaneDefaults, key: RuleKey): Rule {
  const { id, caller, level } = key
  switch (key.kind) {
    case 'Expiration':
      return { kind: 'Expiration', id, caller, level, ...expiration(d, caller, level) }
    case 'Enablement':
      return { kind: 'Enablement', id, caller, level, enabledRules: enabled(d, caller, level) }
    case 'Approval':
      return { kind: 'Approval', id, caller, level, setting: NO_APPROVAL }
    case 'AuthenticationContext':
      return { kind: 'AuthenticationContext', id, caller, level, isEnabled: false, claimValue: null }
    case 'Notification':
      return {
        kind: 'Notification',
        id,
        caller,
        level,
        recipientType: key.recipient ?? 'Admin',
        notificationLevel: 'All',
        isDefaultRecipientsEnabled: true,
        notificationRecipients: [],
      }
    default:
      return key.kind satisfies never
  }
}

/** The 17 default rules of a plane. */
export const defaultRules = (d: PlaneDefaults): readonly Rule[] => RULE_KEYS.map((key) => defaultRule(d, key))

/** The rules in force: the defaults with the changed ones laid over them. Unknown ids among the changes are ignored. */
export function mergeRules(defaults: readonly Rule[], changed: readonly Rule[]): Rules {
  const rules = new Map(defaults.map((rule) => [rule.id, rule]))
  for (const rule of changed) if (rules.has(rule.id)) rules.set(rule.id, rule)
  return rules
}
