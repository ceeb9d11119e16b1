// A request is the only way to change a schedule. Actions and statuses are the standard ones (behaviour 1.4, 2.1).

import type { Proof } from '../access/actor.ts'
import type { Caller, Rule } from '../policy/rule.ts'
import type { Level, Privilege } from '../privilege.ts'
import type { Instant } from '../time.ts'

export type Action =
  | 'adminAssign'
  | 'adminUpdate'
  | 'adminRemove'
  | 'adminExtend'
  | 'adminRenew'
  | 'selfActivate'
  | 'selfDeactivate'
  | 'selfExtend'
  | 'selfRenew'

export const ACTIONS: readonly Action[] = [
  'adminAssign',
  'adminUpdate',
  'adminRemove',
  'adminExtend',
  'adminRenew',
  'selfActivate',
  'selfDeactivate',
  'selfExtend',
  'selfRenew',
]

export type RequestStatus =
  | 'Granted'
  | 'Provisioned'
  | 'PendingApproval'
  | 'PendingAdminDecision'
  | 'Revoked'
  | 'Denied'
  | 'AdminDenied'
  | 'Canceled'
  | 'TimedOut'
  | 'Failed'

export type ExpirationType = 'NoExpiration' | 'AfterDuration' | 'AfterDateTime' | 'NotSpecified'

/** When the asker wants it: `start` null means now. */
export interface ScheduleInfo {
  readonly start: Instant | null
  readonly type: ExpirationType
  /** ISO 8601, as sent. */
  readonly duration: string | null
  readonly end: Instant | null
}

/** One thing asked for, in no dialect. */
export interface Ask {
  readonly privilege: Privilege
  readonly level: Level
  readonly action: Action
  readonly principalId: string
  readonly schedule: ScheduleInfo | null
  readonly justification: string | null
  readonly ticketNumber: string | null
  readonly ticketSystem: string | null
  readonly validationOnly: boolean
  /** Names the eligibility or schedule meant, when the asker chose one. */
  readonly linkedScheduleId: string | null
  readonly condition: string | null
  readonly conditionVersion: string | null
  /** The name that an ARM client gave the request (D24). */
  readonly name: string | null
  /** The role and scope as they were spelt, to be shown again (D23). */
  readonly roleAsSent: string | null
  readonly scopeAsSent: string | null
  readonly customData: string | null
}

/** What an ask leaves unsaid: laid beneath one that is made here, not read from a body. */
export const PLAIN_ASK = {
  justification: null,
  ticketNumber: null,
  ticketSystem: null,
  validationOnly: false,
  linkedScheduleId: null,
  condition: null,
  conditionVersion: null,
  name: null,
  roleAsSent: null,
  scopeAsSent: null,
  customData: null,
} satisfies Partial<Ask>

/** The rules a pending approval was submitted under (D6). */
export interface PolicySnapshot {
  readonly policyScope: string
  /** The rules that had been changed at that scope; the rest are defaults. */
  readonly changed: readonly Rule[]
}

export interface RequestFact {
  readonly id: string
  readonly ask: Ask
  readonly status: RequestStatus
  readonly requestedBy: string | null
  readonly createdAt: Instant
  readonly completedAt: Instant | null
  readonly scheduleId: string | null
  readonly eligibilityId: string | null
  readonly approvalId: string | null
  /** When access starts or started, and ends, as far as known. */
  readonly startsAt: Instant | null
  readonly endsAt: Instant | null
  readonly proof: Proof | null
  readonly snapshot: PolicySnapshot | null
}

/** Is the action an administrator's or the holder's own (behaviour 2.1)? */
export const callerOf = (action: Action): Caller => (action.startsWith('admin') ? 'Admin' : 'EndUser')

const KEEPS: ReadonlySet<Action> = new Set<Action>(['selfExtend', 'selfRenew'])

/** Does the holder ask to keep what they have? Administrators decide on that (behaviour 2.6). */
export const asksToKeep = (action: Action): boolean => KEEPS.has(action)

/** Do two asks speak of the same holder, level and scope? Of one role and plane they are already. */
export const sameKey = (a: Ask, b: Ask): boolean =>
  a.principalId === b.principalId && a.level === b.level && a.privilege.scope === b.privilege.scope

const PENDING: ReadonlySet<RequestStatus> = new Set<RequestStatus>(['PendingApproval', 'PendingAdminDecision'])

export const isPending = (status: RequestStatus): boolean => PENDING.has(status)

/** Statuses from which a request can be withdrawn (behaviour 2.8 rule 1). */
export const isCancelable = (status: RequestStatus): boolean => status === 'Granted' || isPending(status)
