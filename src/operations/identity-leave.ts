// Somebody leaves a source: turned off, or deleted. Access ends with the transaction, grants at targets turn in it, the last
// administrator stays; the events name the source and say why (D10).

import { losesLastHolder, losesLastHolderWithout } from '../domain/access/last-holders.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { untouchable } from '../domain/identity/plan.ts'
import type { KeptKind } from '../domain/identity/source.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { endSchedule } from '../domain/schedule/moves.ts'
import { apply, record } from '../store/apply.ts'
import { deriveGrants, membersOf } from '../store/derive.ts'
import { forgetPrincipal } from '../store/directory-writes.ts'
import { holdLock } from '../store/enabled.ts'
import { dropLink, type KeptRow, lockKept } from '../store/identity-links.ts'
import { selectMembers } from '../store/identity-members.ts'
import { writeEnabledMany } from '../store/identity-writes.ts'
import { guardedPopulation } from '../store/last-holders.ts'
import { errandOf } from './context.ts'
import { endWithin } from './directory-delete.ts'
import { markChange, type Run, sourceEvent } from './identity-run.ts'
import { ablePeople } from './keep-able.ts'
import { GUARD_LOCK } from './query-of.ts'

/** Held before rows are, by every change that may take away a last administrator. */
export const guard = (run: Run): Promise<void> => holdLock(run.tx, GUARD_LOCK)

/** Derives the grants of people anew: targets follow. */
const followUp = async ({ tx, now, call }: Run, people: readonly string[]): Promise<void> => {
  if (people.length > 0) await deriveGrants(tx, people, now, () => ({ requestId: null, correlationId: call.correlationId }))
}

/** Which of these must stay, since nobody would be left to administer; in order, so that all but the last may go. */
export async function mustStay({ tx, now }: Run, ids: readonly string[]): Promise<ReadonlyMap<string, Fault>> {
  const kept = new Map<string, Fault>()
  if (ids.length === 0) return kept
  let population = await guardedPopulation(tx, now)
  const able = new Set(await ablePeople(tx, now))
  for (const id of ids) {
    const [role] = losesLastHolderWithout(population, id, now)
    if (role !== undefined) kept.set(id, fault('CannotRemoveLastActiveAdministrator', { role }))
    else if (able.size === 1 && able.has(id)) kept.set(id, fault('LastAbleAdministrator'))
    else {
      population = { ...population, people: population.people.filter((person) => person !== id) }
      able.delete(id)
    }
  }
  return kept
}

/** Turns people on or off whose rows are held still, and lets targets follow. The events are the caller's. */
export async function turn(run: Run, on: readonly string[], off: readonly string[]): Promise<void> {
  run.follow?.()
  await writeEnabledMany(run.tx, on, true)
  await writeEnabledMany(run.tx, off, false)
  await followUp(run, [...on, ...off])
}

/** Whoever was in the group by the source's word is told by its name why they are no longer. Fault: `CannotRemoveLastActiveAdministrator`. */
async function dissolve(run: Run, group: KeptRow): Promise<Result<true>> {
  const { ctx, call, tx, now, source } = run
  const errand = errandOf(ctx, call, now)
  const reason = `${source.name} has the group ${group.displayName} no longer`
  const own = (await selectMembers(tx, group.principalId, now, null)).filter((m) => m.sourceId === source.id)
  const ids = own.map((m) => m.schedule.id)
  const [role] = ids.length > 0 ? losesLastHolder(await guardedPopulation(tx, now), ids, now) : []
  if (role !== undefined) return refuse(fault('CannotRemoveLastActiveAdministrator', { role }))
  await apply(
    tx,
    own.map((m) => markChange(run, endSchedule(errand, m.schedule, 'leaveGroup', reason))),
    now,
  )
  return ok(true)
}

async function removeOne(run: Run, kind: KeptKind, kept: KeptRow, reason: string): Promise<Result<true>> {
  const { ctx, call, tx, now } = run
  const id = kept.principalId
  if (kept.deleted) {
    await dropLink(tx, id)
    return ok(true)
  }
  const closed = untouchable(kept)
  if (closed) return refuse(closed)
  run.follow?.()
  const people = [...(await membersOf(tx, [id], now)), id]
  const dissolved = kind === 'group' ? await dissolve(run, kept) : ok(true)
  if (!dissolved.ok) return dissolved
  const ended = await endWithin(ctx, call, tx, now, id, kind === 'group' ? { plane: 'group', scope: id } : null)
  if (!ended.ok) return ended
  await dropLink(tx, id)
  await forgetPrincipal(tx, id, now)
  await followUp(run, people)
  const action = kind === 'group' ? 'deleteGroup' : 'deleteUser'
  const data = { name: kept.name, externalId: kept.externalId }
  await record(tx, [sourceEvent(run, { subject: 'principal', subjectId: id, action, principalId: id, reason, data })], now)
  return ok(true)
}

/**
 * Deletes those whom the source lets go. Each by itself: one that must stay does not keep the others. The guard is held by the caller.
 * Faults of each: `IdentityNotKept`, `CannotRemoveLastActiveAdministrator`, `LastAbleAdministrator`.
 */
export async function removeKept(
  run: Run,
  kind: KeptKind,
  externalIds: readonly string[],
  reason: string,
  principalIds: readonly string[] = [],
): Promise<readonly (Result<true> & { readonly kept: KeptRow })[]> {
  const rows = await lockKept(run.tx, run.source.id, kind, externalIds, principalIds)
  const done: (Result<true> & { readonly kept: KeptRow })[] = []
  const able = new Set(kind === 'user' && rows.length > 0 ? await ablePeople(run.tx, run.now) : [])
  for (const kept of rows) {
    if (able.size === 1 && able.has(kept.principalId)) {
      done.push({ ...refuse(fault('LastAbleAdministrator')), kept })
      continue
    }
    await run.tx.query('savepoint one')
    const removed = await removeOne(run, kind, kept, reason)
    // One that must stay is left as it was, and the others still go.
    if (!removed.ok) await run.tx.query('rollback to savepoint one')
    else able.delete(kept.principalId)
    done.push({ ...removed, kept })
  }
  return done
}
