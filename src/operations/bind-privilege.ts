// A binding says: whoever holds this privilege holds that entitlement at that target. Whoever makes one hands out the target (D30).

import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import type { Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { concernedBy, deriveGrants } from '../store/derive.ts'
import type { Sql } from '../store/sql.ts'
import {
  addBinding,
  type BindingRow,
  ensureEntitlement,
  type ListedBinding,
  lockTarget,
  removeBinding,
  selectBindings,
} from '../store/targets.ts'
import { administer } from './administer.ts'
import { authorizeInstallation } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface BindInput {
  readonly privilege: Privilege
  /** The target's name. */
  readonly target: string
  /** What it is called at the target; looked up there once, by the worker. */
  readonly entitlement: string
}

const cause = (call: Call) => () => ({ requestId: null, correlationId: call.correlationId })

/** Binds within a transaction that has the authority already; whoever holds the privilege now is granted the entitlement. */
export async function bindWithin(ctx: Ctx, tx: Sql, call: Call, input: BindInput, now: Instant): Promise<Result<BindingRow>> {
  const target = await lockTarget(tx, input.target)
  if (!target) return refuse(fault('ResourceNotFound', { id: input.target }))
  const scope = planeOf(input.privilege).parseScope(input.privilege.scope)
  if (!scope.ok) return scope
  const privilege = { plane: input.privilege.plane, scope: scope.value, role: input.privilege.role.toLowerCase() }
  const entitlementId = await ensureEntitlement(tx, ctx.ids(), target.id, input.entitlement)
  const row: BindingRow = { id: ctx.ids(), ...privilege, entitlementId }
  await addBinding(tx, row, now)
  await deriveGrants(tx, await concernedBy(tx, [entitlementId], now), now, cause(call))
  return ok(row)
}

const words = ({ target, entitlement }: BindInput) => `the privilege is bound to \`${entitlement}\` at \`${target}\` already`

/** Binds a privilege to an entitlement. Faults: `Forbidden`, `ResourceNotFound`, `AlreadyBound`, `InvalidRoleAssignmentRequest`. */
export const bindPrivilege = (ctx: Ctx, call: Call, input: BindInput): Promise<Result<BindingRow>> => {
  const about = { subject: 'binding', subjectId: input.entitlement, action: 'bindPrivilege', at: input.privilege }
  return administer(
    ctx,
    call,
    about,
    async (tx, now) => {
      const bound = await bindWithin(ctx, tx, call, input, now)
      if (!bound.ok) return bound
      const data = { target: input.target, entitlement: input.entitlement }
      return ok({ value: bound.value, told: { ...about, subjectId: bound.value.id, data } })
    },
    {
      bindings_are_unique: fault('AlreadyBound', { detail: words(input) }),
      bindings_scope_exists: fault('ResourceNotFound', { id: input.privilege.scope }),
      bindings_role_exists: fault('RoleNotFound', { id: input.privilege.role }),
    },
  )
}

/** Takes a binding away; what only it conferred is revoked. Faults: `Forbidden`, `ResourceNotFound`. */
export const unbindPrivilege = (ctx: Ctx, call: Call, id: string): Promise<Result<true>> => {
  const about = { subject: 'binding', subjectId: id, action: 'unbindPrivilege' }
  return administer(ctx, call, about, async (tx, now) => {
    const gone = await removeBinding(tx, id)
    if (!gone) return refuse(fault('ResourceNotFound', { id }))
    await deriveGrants(tx, await concernedBy(tx, [gone.entitlementId], now), now, cause(call))
    return ok({ value: true as const, told: { ...about, at: gone, data: { entitlement: gone.entitlementId } } })
  })
}

/** All bindings. Fault: `Forbidden`. */
export async function listBindings(ctx: Ctx, call: Call): Promise<Result<readonly ListedBinding[]>> {
  const allowed = await authorizeInstallation(ctx, call)
  return allowed.ok ? ok(await selectBindings(ctx.db)) : allowed
}
