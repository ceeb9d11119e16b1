// Facts: everything a judgement may see, loaded once, under lock. A check that needs more asks for it here.

import type { Proof } from './access/actor.ts'
import type { Edge } from './access/groups.ts'
import type { AuthenticationContext } from './access/strength.ts'
import type { ApprovalFact } from './approval/approval.ts'
import type { Rule } from './policy/rule.ts'
import type { PlaneId, PrincipalKind } from './privilege.ts'
import type { RequestFact } from './request/request.ts'
import type { ScheduleFact } from './schedule/schedule.ts'
import type { Instant } from './time.ts'

/** Installation-wide settings that a judgement depends on. Lengths in milliseconds. */
export interface Settings {
  /** Shortest assignment or activation, and least age before a removal: five minutes in the reference. */
  readonly shortestStint: number
  /** A pending approval lapses after this: 24 hours in the reference. */
  readonly approvalLapse: number
  /** Refuse early self-deactivation as the reference does (D8). */
  readonly strictReference: boolean
  /** Authentication contexts that exist and are enabled (D9). */
  readonly authenticationContexts: readonly AuthenticationContext[]
  /** Plain multifactor satisfies an undefined context, as in the reference (D9). Off. */
  readonly plainMfaFallback: boolean
  /** How old a multifactor proof may be where a rule does not say; null: as long as its token lives, as in the reference. */
  readonly mfaMaximumAge: number | null
  /** Are the reference's ways past the front door shut for what is managed here (D7)? Open, as in the reference. */
  readonly sideDoors: 'open' | 'closed'
  /** How long elevated access lasts (D7). */
  readonly elevation: number
}

export interface PrincipalFact {
  readonly id: string
  readonly kind: PrincipalKind
  readonly displayName: string
  readonly upn: string | null
  readonly mail: string | null
  readonly enabled: boolean
  readonly assignableToRole: boolean
}

export interface RoleFact {
  readonly plane: PlaneId
  readonly id: string
  readonly name: string
  readonly builtIn: boolean
  readonly privileged: boolean
  readonly assignableScopes: readonly string[]
}

export interface ScopeFact {
  readonly plane: PlaneId
  readonly id: string
  readonly kind: string
  readonly displayName: string
  /** From the closest to the root. */
  readonly ancestors: readonly string[]
  readonly locked: boolean
  readonly managed: boolean
  /** Of a group scope: may it hold roles? */
  readonly assignableToRole: boolean
  /** Of a group scope: `assigned`, `dynamic` or `synchronised`. */
  readonly membership: string
}

/** What the asking person or program holds that bears on authority. */
export interface ActorFact {
  readonly principal: PrincipalFact | null
  readonly edges: readonly Edge[]
  /** Assignments of the actor and its groups at the tenant's root or on the scope's chain, with the role's permissions. */
  readonly held: readonly HeldRole[]
}

export interface HeldRole {
  readonly schedule: ScheduleFact
  readonly actions: readonly string[]
  readonly notActions: readonly string[]
}

export interface PolicyFact {
  readonly scope: string
  readonly changed: readonly Rule[]
}

export interface Facts {
  readonly now: Instant
  readonly settings: Settings
  readonly actor: ActorFact
  readonly principal: PrincipalFact | null
  readonly role: RoleFact | null
  readonly scope: ScopeFact | null
  /** Group memberships of the principal, transitively, that are candidates now; `groupsOf` prunes them. */
  readonly edges: readonly Edge[]
  /** Schedules of the principal and its groups for this role at the scope and above: live ones, and those ended at most 30 days ago. */
  readonly schedules: readonly ScheduleFact[]
  /** Live activations that rest on one of the eligibilities among `schedules`, whoever holds them. */
  readonly linked: readonly ScheduleFact[]
  /** Pending requests of this principal for this privilege, and those that rest on one of its eligibilities. */
  readonly pending: readonly RequestFact[]
  /** Changed policies of this role along the scope's chain. */
  readonly policies: readonly PolicyFact[]
  /** Does a request of this name exist at this scope already (D24)? */
  readonly nameTaken: boolean
  /** Was the asking person's proof used up by another request? */
  readonly proofSpent: boolean
  /** The assignment of the asked name at this scope, whoever holds it; null when none was asked for. */
  readonly named: ScheduleFact | null
  /** The request and approval that a decision or cancellation is about. */
  readonly subject: { readonly request: RequestFact; readonly approval: ApprovalFact | null } | null
  /** Guarded roles that would lose their last active holder if the assignments of this key ended; null when not asked. */
  readonly lastHolderOf: readonly string[]
  /** Active assignments under the subscription, when the plane counts them; else null. */
  readonly assignmentCount: number | null
}

/** A proof that claims nothing. */
export const NO_PROOF: Proof = { amr: [], acrs: [], at: null }
