// What a plane must say. The directory, resource and group planes differ in nothing but these fields and functions.

import type { Authority } from '../access/needs.ts'
import type { RoleFact, ScopeFact } from '../facts.ts'
import type { Audiences } from '../messages/audience.ts'
import type { PlaneDefaults } from '../policy/defaults.ts'
import type { Level, PlaneId, PrincipalKind } from '../privilege.ts'
import type { Result } from '../result.ts'

export interface CustomRoles {
  /** What it takes to write a role, at every scope that the role can or could be assigned at. */
  readonly write: Authority
  /** What it takes to delete one. */
  readonly remove: Authority
  /** May a role be assignable at the tenant's root, and so everywhere? */
  readonly atRoot: boolean
  /** A role that somebody holds cannot be deleted; else its schedules end with it (behaviour 2.7). */
  readonly keptWhileHeld: boolean
}

export interface Plane {
  readonly id: PlaneId
  /** Reads a scope in any spelling and gives its canonical form. Faults: `InvalidRoleAssignmentRequest`. */
  parseScope(text: string): Result<string>
  /** Where the policy of a role at this scope is kept: one per role on the directory plane, one per scope elsewhere (behaviour 1.1). */
  policyScope(scope: string): string
  /** Longest activation that any policy may allow (D2). */
  readonly activationCeiling: string
  defaults(role: RoleFact): PlaneDefaults
  /** Which kinds of principal may hold which level (behaviour 1.1, 2.3 rule 2). */
  readonly holders: Readonly<Record<Level, readonly PrincipalKind[]>>
  /** A reason why this scope cannot be governed or this principal cannot hold it, or null (behaviour 2.3 rules 3, 4). */
  objection(scope: ScopeFact, principal: { kind: PrincipalKind; assignableToRole: boolean }, level: Level): string | null
  /** Who may administer assignments and settings (behaviour 9.1–9.3). */
  administer(scope: ScopeFact): Authority
  /** Who may read them. */
  read(scope: ScopeFact): Authority
  /** Roles whose last active holder at the given scope cannot be removed (behaviour 2.5 rule 6). */
  guarded(scope: string, role: string): boolean
  /** Roles that people define themselves, or null where the roles are fixed. */
  readonly customRoles: CustomRoles | null
  /** The first assignment or policy change brings a scope under management, for good (behaviour 2.3 rule 11). */
  readonly managedByUse: boolean
  /** A role's id from the name people use for it, where the plane has just a few fixed ones. */
  readonly fixedRoles: readonly string[]
  /** Are default approvers offered when a policy names none (behaviour 4.2)? Their role ids at the root, else none. */
  readonly defaultApproverRoles: readonly string[]
  /** Who is told by default (behaviour 5.2). */
  readonly audiences: Audiences
  /** Active assignments under one subscription are limited (behaviour 2.3 rule 10): the scope that counts them, or null. */
  countedUnder(scope: string): string | null
}
