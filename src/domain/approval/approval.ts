// An approval belongs to one request. Its stages are kept as the request was submitted under them (D6).

import type { Approver } from '../policy/rule.ts'
import type { Instant } from '../time.ts'

export type ApprovalStatus = 'InProgress' | 'Completed' | 'Expired' | 'Canceled'
export type ReviewResult = 'Approve' | 'Deny'

export interface Decision {
  readonly by: string
  readonly result: ReviewResult
  readonly justification: string | null
  readonly at: Instant
}

/**
 * Who may decide: named people and groups; where none is named, whoever holds one of these directory roles; or whoever administers the
 * scope, for what a holder asks to keep (behaviour 2.6).
 */
export interface StagePlan {
  readonly id: string
  readonly approvers: readonly Approver[]
  readonly defaultRoles: readonly string[]
  /** Only administrators of the scope decide, whoever approves activations. */
  readonly administrators?: boolean
  readonly isApproverJustificationRequired: boolean
}

export interface ApprovalFact {
  readonly id: string
  readonly requestId: string
  readonly status: ApprovalStatus
  readonly stage: StagePlan
  /** The instant at which an undecided approval lapses. */
  readonly dueAt: Instant
  readonly decision: Decision | null
}

// biome-ignore format: one row per state
export const APPROVAL_TRANSITIONS: Readonly<Record<'None' | ApprovalStatus, readonly ApprovalStatus[]>> = {
  None:       ['InProgress'],
  InProgress: ['Completed', 'Expired', 'Canceled'],
  Completed:  [],
  Expired:    [],
  Canceled:   [],
}
