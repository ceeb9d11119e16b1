// Who is told by default, as data that a plane gives (behaviour 5.2): holders of roles, how they hold them, and where.

import type { PlaneId } from '../privilege.ts'

/** `Assigned` stands, whoever gave it; `Activated` was activated for a while; `Eligibility` would have to be activated first. */
export type Hold = 'Eligibility' | 'Assigned' | 'Activated'

export interface Audience {
  readonly plane: PlaneId
  readonly roles: readonly string[]
  readonly holds: readonly Hold[]
  /** At the tenant's root alone, or at the scope in question and above it. */
  readonly at: 'root' | 'scope'
}

export interface Audiences {
  /** Told of what happens to assignments. */
  readonly admin: readonly Audience[]
  /** Asked to decide on extensions and renewals. */
  readonly decider: readonly Audience[]
  /** Asked to approve an activation where the policy names nobody. */
  readonly approver: readonly Audience[]
}

export const ACTIVE: readonly Hold[] = ['Assigned', 'Activated']
