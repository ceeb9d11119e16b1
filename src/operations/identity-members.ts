// Who is in a source's groups. A membership is a schedule like any other, put in place past the front door and noted as the source's;
// what somebody else gave stays theirs. Losing one ends access at the next read (D10), and the event says by whose word.

import { losesLastHolder } from '../domain/access/last-holders.ts'
import { fault } from '../domain/faults.ts'
import { untouchable } from '../domain/identity/plan.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { addSchedule, endSchedule } from '../domain/schedule/moves.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { apply } from '../store/apply.ts'
import { holdLock } from '../store/enabled.ts'
import { type KeptRow, lockKept, selectKeptAmong, touchLink } from '../store/identity-links.ts'
import { forgetMembers, noteMembers, selectGroupsOf, selectMembers } from '../store/identity-members.ts'
import { guardedPopulation } from '../store/last-holders.ts'
import { errandOf } from './context.ts'
import { guard } from './identity-leave.ts'
import { markChange, type Run } from './identity-run.ts'

export interface MemberEdit {
  /** Our ids of those to be in, beside those who are. */
  readonly add?: readonly string[]
  /** Our ids of those to be out. Whoever is in by somebody else's word stays. */
  readonly remove?: readonly string[]
  /** Instead of both: all who are to be in by the source's word. */
  readonly exactly?: readonly string[]
}

export interface MembersDone {
  readonly joined: number
  readonly left: number
  /** Of those to be in: whom the source does not keep. */
  readonly unknown: readonly string[]
}

function membership(run: Run, groupId: string, principalId: string): ScheduleFact {
  const id = run.ctx.ids()
  return {
    id,
    name: id,
    privilege: { plane: 'group', scope: groupId, role: 'member' },
    principalId,
    level: 'Assignment',
    source: 'Outside',
    status: 'Provisioned',
    window: { start: run.now, end: null },
    createdAt: run.now,
    requestId: null,
    modifiedAt: null,
    condition: null,
    conditionVersion: null,
    description: null,
    basis: null,
  }
}

/** Members of a group whose row is held still by the caller. */
async function write(run: Run, group: KeptRow, edit: MemberEdit): Promise<Result<MembersDone>> {
  const { tx, ctx, now, source } = run
  const closed = untouchable(group)
  if (closed) return refuse(closed)
  const id = group.principalId
  await holdLock(tx, `members|${id}`)
  const asked = edit.exactly ?? [...(edit.add ?? []), ...(edit.remove ?? [])]
  const there = await selectMembers(tx, id, now, edit.exactly ? null : asked)
  const wanted = new Set(edit.exactly ?? edit.add ?? [])
  const kept = await selectKeptAmong(tx, source.id, [...wanted])
  const standing = new Map(there.map((m) => [m.principalId, m]))
  const out = edit.exactly ? there.filter((m) => !wanted.has(m.principalId)).map((m) => m.principalId) : (edit.remove ?? [])
  const leaving = [...new Set(out)].flatMap((p) => {
    const member = standing.get(p)
    return member && member.sourceId === source.id && !wanted.has(p) ? [member] : []
  })
  const joining = [...wanted].filter((p) => kept.has(p) && p !== id && !standing.has(p))
  const unknown = [...wanted].filter((p) => !kept.has(p) || p === id)
  if (joining.length + leaving.length === 0) return ok({ joined: 0, left: 0, unknown })
  if (leaving.length > 0) {
    const ids = leaving.map((m) => m.schedule.id)
    const [role] = losesLastHolder(await guardedPopulation(tx, now), ids, now)
    if (role !== undefined) return refuse(fault('CannotRemoveLastActiveAdministrator', { role }))
  }
  run.follow?.()
  const errand = errandOf(ctx, run.call, now)
  const fresh = joining.map((p) => membership(run, id, p))
  const changes = [
    ...leaving.map((m) => endSchedule(errand, m.schedule, 'leaveGroup', `${source.name} has them in ${group.displayName} no longer`)),
    ...fresh.map((s) => addSchedule(errand, s, 'joinGroup', null)),
  ]
  await apply(
    tx,
    changes.map((c) => markChange(run, c)),
    now,
  )
  await forgetMembers(
    tx,
    id,
    leaving.map((m) => m.principalId),
  )
  await noteMembers(
    tx,
    source.id,
    id,
    fresh.map((s) => ({ principalId: s.principalId, scheduleId: s.id })),
  )
  await touchLink(tx, id, now)
  return ok({ joined: fresh.length, left: leaving.length, unknown })
}

/**
 * Changes who is in one of the source's groups, named by the source's id or by ours. Faults: `ResourceNotFound`, `IdentityNotKept`,
 * `CannotRemoveLastActiveAdministrator`.
 */
export async function provisionMembers(
  run: Run,
  group: { readonly externalId?: string; readonly principalId?: string },
  edit: MemberEdit,
): Promise<Result<MembersDone>> {
  if (edit.exactly || (edit.remove?.length ?? 0) > 0) await guard(run)
  const of = (id: string | undefined) => (id === undefined ? [] : [id])
  const [row] = await lockKept(run.tx, run.source.id, 'group', of(group.externalId), of(group.principalId))
  if (!row || row.deleted) return refuse(fault('ResourceNotFound', { id: group.principalId ?? group.externalId ?? '' }))
  return write(run, row, edit)
}

/**
 * Makes a person a member of exactly these of the source's groups, by the source's ids: for a claim that says all of somebody's groups.
 * Groups that the source does not keep are left alone. Faults: as of `provisionMembers`.
 */
export async function keepMemberships(run: Run, principalId: string, externalIds: readonly string[]): Promise<Result<MembersDone>> {
  await guard(run)
  const before = await selectGroupsOf(run.tx, run.source.id, principalId)
  const rows = await lockKept(run.tx, run.source.id, 'group', externalIds, before)
  let done: MembersDone = { joined: 0, left: 0, unknown: externalIds.filter((e) => !rows.some((r) => r.externalId === e && !r.deleted)) }
  for (const row of rows.filter((r) => !r.deleted)) {
    const wanted = externalIds.includes(row.externalId)
    const one = await write(run, row, wanted ? { add: [principalId] } : { remove: [principalId] })
    if (!one.ok) return one
    done = { ...done, joined: done.joined + one.value.joined, left: done.left + one.value.left }
  }
  return ok(done)
}
