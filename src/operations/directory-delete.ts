// Deleting people, groups and administrative units. Access ends with the transaction: what they held, what was held of them, what waits,
// and the grants at targets; each with its event (D10). Whoever would be the last administrator cannot be deleted.

import { WRITE_UNITS } from '../domain/access/directory-needs.ts'
import { losesLastHolder, losesLastHolderWithout } from '../domain/access/last-holders.ts'
import { both, type Change, NO_CHANGE } from '../domain/change.ts'
import { fault } from '../domain/faults.ts'
import type { Privilege } from '../domain/privilege.ts'
import { cancelRequest } from '../domain/request/cancel.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { endSchedule, moveRequest } from '../domain/schedule/moves.ts'
import type { Instant } from '../domain/time.ts'
import { apply } from '../store/apply.ts'
import { deriveGrants, membersOf } from '../store/derive.ts'
import { forgetUnit, lockUnit } from '../store/directory-units.ts'
import { endingWith, forgetPrincipal } from '../store/directory-writes.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { guardedPopulation } from '../store/last-holders.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { mayWrite, mayWriteUser, missing } from './directory-common.ts'
import { mayWriteGroup } from './directory-groups.ts'
import { keepingAble } from './keep-able.ts'
import { GUARD_LOCK } from './query-of.ts'

type Place = Pick<Privilege, 'plane' | 'scope'>

/**
 * Ends what a principal holds and what is held of a place, and what waits for either. Fault: `CannotRemoveLastActiveAdministrator`, if
 * that leaves nobody to administer.
 */
export async function endWithin(
  ctx: Ctx,
  call: Call,
  tx: Sql,
  now: Instant,
  principalId: string | null,
  place: Place | null,
): Promise<Result<true>> {
  const { schedules, requests } = await endingWith(tx, principalId, place)
  const population = await guardedPopulation(tx, now)
  const ids = schedules.map((s) => s.id)
  const [role] = [...losesLastHolder(population, ids, now), ...(principalId ? losesLastHolderWithout(population, principalId, now) : [])]
  if (role !== undefined) return refuse(fault('CannotRemoveLastActiveAdministrator', { role }))
  const errand = errandOf(ctx, call, now)
  const reason = 'the principal, role or scope was deleted'
  const changes = [
    ...schedules.map((s) => endSchedule(errand, s, null, reason)),
    ...requests.map(({ request, approval }) =>
      request.status === 'Granted' ? moveRequest(errand, request, 'Failed', reason) : cancelRequest(errand, request, approval, []),
    ),
  ]
  await apply(tx, [changes.reduce<Change>(both, NO_CHANGE)], now)
  return ok(true)
}

/** Deletes a person or a group. Faults: `Forbidden`, `ResourceNotFound`, `CannotRemoveLastActiveAdministrator`. */
export function deletePrincipal(ctx: Ctx, call: Call, kind: 'user' | 'group', id: string): Promise<Result<true>> {
  const group = kind === 'group'
  const about = { subject: 'principal', subjectId: id, action: group ? 'deleteGroup' : 'deleteUser', principalId: id }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<true>>> => {
    if ((await lockPrincipal(tx, id))?.kind !== kind) return missing(id)
    // Whose grants may turn: looked up while the memberships still stand.
    const people = [...(await membersOf(tx, [id], now)), id]
    const forgotten = await keepingAble(tx, now, async () => {
      const ended = await endWithin(ctx, call, tx, now, id, group ? { plane: 'group', scope: id } : null)
      if (ended.ok) await forgetPrincipal(tx, id, now)
      return ended
    })
    if (!forgotten.ok) return forgotten
    await deriveGrants(tx, people, now, () => ({ requestId: null, correlationId: call.correlationId }))
    return ok({ value: true, told: about })
  }
  const allowed = group ? mayWriteGroup(ctx, call, id) : mayWriteUser(ctx, call, id)
  return administer(ctx, call, about, edit, {}, GUARD_LOCK, allowed)
}

/** Deletes an administrative unit and the roles held for it; its members stay. Faults: `Forbidden`, `ResourceNotFound`. */
export function deleteUnit(ctx: Ctx, call: Call, scope: string): Promise<Result<true>> {
  const about = { subject: 'scope', subjectId: scope, action: 'deleteUnit', at: { plane: 'directory', scope, role: '' } }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<true>>> => {
    const unit = await lockUnit(tx, scope)
    if (!unit) return missing(scope)
    const ended = await endWithin(ctx, call, tx, now, null, { plane: 'directory', scope })
    if (!ended.ok) return ended
    await forgetUnit(tx, scope, now)
    return ok({ value: true, told: { ...about, data: { name: unit.displayName } } })
  }
  return administer(ctx, call, about, edit, {}, GUARD_LOCK, mayWrite(ctx, call, WRITE_UNITS))
}
