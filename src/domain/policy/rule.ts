// The five kinds of policy rule, spelt as Graph spells them (behaviour 3.2, 3.3).

import type { Level } from '../privilege.ts'
import type { ProofDemand } from './proof-demand.ts'

/** Who acts: an administrator assigning, or the holder activating. Read off the action. */
export type Caller = 'Admin' | 'EndUser'

export type Enablement = 'MultiFactorAuthentication' | 'Justification' | 'Ticketing'
export type Recipient = 'Admin' | 'Requestor' | 'Approver'
export type NotificationLevel = 'None' | 'Critical' | 'All'

export interface Approver {
  readonly kind: 'user' | 'group'
  readonly id: string
  readonly isBackup: boolean
  readonly description: string | null
}

export interface ApprovalStage {
  readonly approvalStageTimeOutInDays: number
  readonly isApproverJustificationRequired: boolean
  readonly escalationTimeInMinutes: number
  readonly isEscalationEnabled: boolean
  readonly primaryApprovers: readonly Approver[]
  readonly escalationApprovers: readonly Approver[]
}

export interface ApprovalSetting {
  readonly isApprovalRequired: boolean
  readonly isApprovalRequiredForExtension: boolean
  readonly isRequestorJustificationRequired: boolean
  readonly approvalMode: 'SingleStage' | 'Serial' | 'Parallel' | 'NoApproval'
  readonly approvalStages: readonly ApprovalStage[]
}

interface RuleBase {
  readonly id: string
  readonly caller: Caller
  readonly level: Level
}

export interface ExpirationRule extends RuleBase {
  readonly kind: 'Expiration'
  readonly isExpirationRequired: boolean
  /** ISO 8601. */
  readonly maximumDuration: string
}

export interface EnablementRule extends RuleBase {
  readonly kind: 'Enablement'
  readonly enabledRules: readonly Enablement[]
  /** What is asked of the second factor beyond its being there; ours, and not on the reference's wire. */
  readonly proof?: ProofDemand
}

export interface ApprovalRule extends RuleBase {
  readonly kind: 'Approval'
  readonly setting: ApprovalSetting
}

export interface AuthenticationContextRule extends RuleBase {
  readonly kind: 'AuthenticationContext'
  readonly isEnabled: boolean
  /** A context id such as `c1`; null when off. */
  readonly claimValue: string | null
  /** What is asked of the proof beyond what the context says; ours, and not on the reference's wire. */
  readonly proof?: ProofDemand
}

export interface NotificationRule extends RuleBase {
  readonly kind: 'Notification'
  readonly recipientType: Recipient
  readonly notificationLevel: NotificationLevel
  readonly isDefaultRecipientsEnabled: boolean
  readonly notificationRecipients: readonly string[]
}

export type Rule = ExpirationRule | EnablementRule | ApprovalRule | AuthenticationContextRule | NotificationRule
export type RuleKind = Rule['kind']
