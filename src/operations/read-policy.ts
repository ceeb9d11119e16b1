// Reads policies: of one privilege, or of all roles at a scope. The rules shown are those in force: the plane's defaults with what
// was changed laid over them. Readers of the plane may see them, and whoever could activate under them (behaviour 3.6).

import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { defaultRules, mergeRules } from '../domain/policy/defaults.ts'
import type { Rules } from '../domain/policy/rules.ts'
import type { PlaneId, Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { listSchedules } from '../store/list.ts'
import { type Modifier, type PolicyScope, type StoredPolicy, selectPolicies } from '../store/policies.ts'
import { authorizeKnown, authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface Policy {
  /** Its scope is the one the policy is kept at. */
  readonly privilege: Privilege
  readonly role: StoredPolicy['role']
  readonly scope: PolicyScope
  /** All 17 rules in force, in the order of the wire. */
  readonly rules: Rules
  /** True until the first change (behaviour 3.1 P4). */
  readonly isOrganizationDefault: boolean
  readonly modifiedAt: Instant | null
  readonly modifiedBy: Modifier | null
}

/** A policy from its row. */
export function policyOf(plane: PlaneId, row: StoredPolicy): Policy {
  return {
    privilege: { plane, scope: row.scope.id, role: row.role.id },
    role: row.role,
    scope: row.scope,
    rules: mergeRules(defaultRules(planeOf({ plane }).defaults(row.role)), row.changed ?? []),
    isOrganizationDefault: row.changed === null,
    modifiedAt: row.modifiedAt,
    modifiedBy: row.modifiedBy,
  }
}

/** Roles of this plane that the caller holds at a level at a policy scope, itself or through groups. */
async function ownRoles(ctx: Ctx, call: Call, plane: PlaneId, scope: string): Promise<readonly string[]> {
  if (call.actor.t === 'system') return []
  const holder = { id: call.actor.id, groups: true }
  const none = { createdBy: null, approver: null, scope: null, filter: null, after: null, count: false }
  const query = { family: 'schedules', plane, level: null, holder, order: 'id', limit: 1000, ...none } as const
  const held = await listSchedules(ctx.db, query, ctx.now())
  if (!held.ok) return []
  const { policyScope } = planeOf({ plane })
  return held.value.items.flatMap(({ schedule: { privilege: p } }) => (policyScope(p.scope) === scope ? [p.role] : []))
}

export interface PoliciesInput {
  readonly plane: PlaneId
  readonly scope: string
  /** Only these roles, in lower case; null for all. */
  readonly roles: readonly string[] | null
  /** Only of roles that the caller holds or may activate. */
  readonly mine: boolean
  readonly limit: number
  /** The role after which the page starts. */
  readonly after: string | null
}

export interface PolicyPage {
  readonly items: readonly Policy[]
  readonly next: string | null
}

/** Policies at a scope, by role. Faults: `ResourceNotFound` for an unknown scope, `Forbidden`. */
export async function listPolicies(ctx: Ctx, call: Call, input: PoliciesInput): Promise<Result<PolicyPage>> {
  const { plane } = input
  const scope = planeOf({ plane }).policyScope(input.scope)
  const allowed = await authorizeRead(ctx, call, plane, scope)
  if (!allowed.ok && allowed.fault.code !== 'Forbidden') return allowed
  const known = allowed.ok ? ok(true) : await authorizeKnown(ctx, call)
  if (!known.ok) return known
  const own = input.mine || !allowed.ok ? await ownRoles(ctx, call, plane, scope) : null
  const visible = own === null ? input.roles : (input.roles ?? own).filter((role) => own.includes(role))
  // Whoever asked for what is not theirs is told so; an empty page would read as "there is none".
  if (!allowed.ok && !input.mine && visible?.length === 0) return allowed
  const rows = await selectPolicies(ctx.db, { plane, scope, roles: visible, limit: input.limit + 1, after: input.after })
  const page = rows.slice(0, input.limit)
  return ok({ items: page.map((row) => policyOf(plane, row)), next: rows.length > input.limit ? (page.at(-1)?.role.id ?? null) : null })
}

/** The policy of one privilege; its scope may be any that the policy governs. Faults: `ResourceNotFound`, `RoleNotFound`, `Forbidden`. */
export async function readPolicy(ctx: Ctx, call: Call, privilege: Privilege): Promise<Result<Policy>> {
  const { plane, scope, role } = privilege
  const found = await listPolicies(ctx, call, { plane, scope, roles: [role.toLowerCase()], mine: false, limit: 1, after: null })
  if (!found.ok) return found
  const [policy] = found.value.items
  return policy ? ok(policy) : refuse(fault('RoleNotFound', { id: role }))
}
