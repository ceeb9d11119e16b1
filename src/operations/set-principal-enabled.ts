// Disabling somebody ends their access here at once, since it is read so; their grants at targets turn in the same transaction (D10).

import { losesLastHolderWithout } from '../domain/access/last-holders.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { deriveGrants } from '../store/derive.ts'
import { type EnabledRow, lockPrincipal, writeEnabled } from '../store/enabled.ts'
import { holdHere } from '../store/identity-links.ts'
import { guardedPopulation } from '../store/last-holders.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import type { Call, Ctx } from './context.ts'
import { keepingAble } from './keep-able.ts'
import { GUARD_LOCK } from './query-of.ts'

/**
 * Turns a principal on or off within a transaction that holds its row, and `GUARD_LOCK` if it is to be turned off; true if it was
 * otherwise before. Whoever is refused must take the transaction back. Faults: `CannotRemoveLastActiveAdministrator`,
 * `LastAbleAdministrator`.
 */
export async function enableWithin(tx: Sql, call: Call, old: EnabledRow, enabled: boolean, now: Instant): Promise<Result<boolean>> {
  // Whom somebody turns off here no source turns on again, also if a source had turned them off before.
  const held = await holdHere(tx, old.id, !enabled)
  if (old.enabled === enabled) return ok(held)
  if (!enabled) {
    const [role] = losesLastHolderWithout(await guardedPopulation(tx, now), old.id, now)
    if (role !== undefined) return refuse(fault('CannotRemoveLastActiveAdministrator', { role }))
  }
  const written = async () => ok(await writeEnabled(tx, old.id, enabled))
  const able = await (enabled ? written() : keepingAble(tx, now, written))
  if (!able.ok) return able
  await deriveGrants(tx, [old.id], now, () => ({ requestId: null, correlationId: call.correlationId }))
  return ok(true)
}

/** Enables or disables a person or a service principal. Faults: `Forbidden`, `SubjectNotFound`, `CannotRemoveLastActiveAdministrator`. */
export const setPrincipalEnabled = (ctx: Ctx, call: Call, principalId: string, enabled: boolean): Promise<Result<{ enabled: boolean }>> => {
  const about = { subject: 'principal', subjectId: principalId, action: enabled ? 'enablePrincipal' : 'disablePrincipal', principalId }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<{ enabled: boolean }>>> => {
    const old = await lockPrincipal(tx, principalId)
    if (!old || old.kind === 'group') return refuse(fault('SubjectNotFound', { id: principalId }))
    const turned = await enableWithin(tx, call, old, enabled, now)
    return turned.ok ? ok({ value: { enabled }, told: turned.value ? about : null }) : turned
  }
  // Held before the authority is looked at, as by every other change that may take away a last administrator.
  return administer(ctx, call, about, edit, {}, GUARD_LOCK)
}
