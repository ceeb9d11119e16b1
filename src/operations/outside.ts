// The side doors as operations (D7): judged like an administrator's assignment, in the transaction that writes; an event each, and
// one for each refusal. Nothing here makes a request: what stands afterwards is marked as made outside.

import type { Facts } from '../domain/facts.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { ELEVATED } from '../domain/planes/planes.ts'
import { evaluate } from '../domain/policy/evaluate.ts'
import type { Privilege } from '../domain/privilege.ts'
import * as outside from '../domain/request/outside.ts'
import type { Ask } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import type { Instant } from '../domain/time.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { locksOfAsk, queryOfAsk } from './query-of.ts'
import { refusal } from './refusal.ts'

export type { OutsideAsk } from '../domain/request/outside.ts'

export interface AssignedOutside {
  readonly schedule: ScheduleFact
  readonly facts: Facts
  /** False: it stood there already, and nothing was written. */
  readonly created: boolean
}

/** The refusal as the side door's own: an ask was never made. */
function refused(ctx: Ctx, call: Call, ask: Ask, action: string, fault: Fault, now: Instant) {
  const change = refusal(ctx, call, ask, { kind: 'schedule', id: ctx.ids() }, fault, now)
  return { ...change, events: change.events.map((e) => ({ ...e, action })) }
}

type Judge = (verdict: ReturnType<typeof evaluate>) => outside.Judged

function assign(
  ctx: Ctx,
  call: Call,
  o: outside.OutsideAsk,
  end: (now: Instant) => Instant | null,
  action: outside.OutsideAction,
  judge: Judge,
) {
  const query = { ...queryOfAsk(call.actor, outside.askInstead(o, null)), assignmentName: o.name?.toLowerCase() ?? null }
  const name = query.assignmentName === null ? [] : [`assignment|${o.privilege.scope}|${query.assignmentName}`]
  return ctx.lane.submit<Result<AssignedOutside>>({
    query,
    locks: [...locksOfAsk(query), ...name],
    judge(facts) {
      const ask = outside.askInstead(o, end(facts.now))
      const id = ctx.ids()
      const verdict = evaluate(call.actor, ask, facts, id)
      const { standing, fault } = judge(verdict)
      if (fault) return { result: refuse(fault), change: refused(ctx, call, ask, action, fault, facts.now) }
      if (standing) return { result: ok({ schedule: standing, facts, created: false }), change: null }
      const { schedule, change } = outside.assignOutside(errandOf(ctx, call, facts.now), verdict, o, id, action)
      return { result: ok({ schedule, facts, created: true }), change }
    },
    onConflict: (constraint) => (constraint === 'schedules_one_window_per_source' ? refuse(fault('RoleAssignmentExists')) : null),
  })
}

/**
 * Puts an assignment in place past the front door: a role assignment, a member or owner. Faults: `Forbidden`, `SubjectNotFound`,
 * `RoleNotFound`, `ResourceNotFound`, `ScopeDoesNotMatchRoleDefinition`, `PrincipalNotAllowed`, `ResourceIsLocked`,
 * `RoleAssignmentExists`, `RoleAssignmentUpdateNotPermitted` (the name stands for another assignment), `RoleAssignmentLimitExceeded`,
 * `PendingRoleAssignmentRequest`, `RoleAssignmentRequestPolicyValidationFailed` (multifactor), `SideDoorClosed`.
 */
export const assignOutside = (ctx: Ctx, call: Call, o: outside.OutsideAsk): Promise<Result<AssignedOutside>> =>
  assign(
    ctx,
    call,
    o,
    () => null,
    'assignOutside',
    (verdict) => outside.judgeOutside(verdict, o),
  )

/**
 * A Global Administrator's access to all resources, for as long as the installation says and never prolonged by asking again
 * (contract reference 15.1; D7). Faults: `Forbidden`, `RoleAssignmentExists`, `RoleAssignmentRequestPolicyValidationFailed`, `SideDoorClosed`.
 */
export function elevateAccess(ctx: Ctx, call: Call): Promise<Result<AssignedOutside>> {
  if (call.actor.t === 'system') return Promise.resolve(refuse(fault('Forbidden', { needs: 'Global Administrator', scope: '/' })))
  const o = {
    privilege: ELEVATED,
    principalId: call.actor.id,
    name: null,
    condition: null,
    conditionVersion: null,
    description: null,
  }
  return assign(ctx, call, o, (now) => now + ctx.settings().elevation, 'elevateAccess', outside.judgeElevation)
}

export interface OutsideRemoval {
  readonly privilege: Privilege
  readonly principalId: string
  /** One assignment of this key; null ends all of them. */
  readonly scheduleId: string | null
}

/**
 * Takes an assignment away past the front door, at once, however it came about; its schedule ends with it (behaviour 2.5 rule 7).
 * Faults: `Forbidden`, `RoleAssignmentDoesNotExist`, `CannotRemoveLastActiveAdministrator`, `ResourceIsLocked`, `SubjectNotFound`.
 */
export function removeOutside(
  ctx: Ctx,
  call: Call,
  { privilege, principalId, scheduleId }: OutsideRemoval,
): Promise<Result<readonly ScheduleFact[]>> {
  const ask = outside.removalInstead(privilege, principalId)
  const query = queryOfAsk(call.actor, ask)
  return ctx.lane.submit<Result<readonly ScheduleFact[]>>({
    query,
    locks: locksOfAsk(query),
    judge(facts) {
      const verdict = evaluate(call.actor, ask, facts, ctx.ids())
      const none = scheduleId !== null && !verdict.case.same.some((s) => s.id === scheduleId)
      const stands = outside.judgeRemoval(verdict) ?? (none ? fault('RoleAssignmentDoesNotExist') : null)
      if (stands) return { result: refuse(stands), change: refused(ctx, call, ask, 'removeOutside', stands, facts.now) }
      const { ended, change } = outside.removeOutside(errandOf(ctx, call, facts.now), verdict, scheduleId)
      return { result: ok(ended), change }
    },
    onConflict: () => null,
  })
}
