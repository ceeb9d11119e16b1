// The last able administrator is never locked out: a change is made, looked at, and taken back if it leaves nobody who could run the
// installation. Where nobody could before (a sample, an installation not yet enrolled), it keeps nobody out.

import { ableAdministrators } from '../domain/access/able.ts'
import { ROLE_ADMINISTRATORS } from '../domain/access/directory-roles.ts'
import { fault } from '../domain/faults.ts'
import type { Rules } from '../domain/policy/rules.ts'
import type { Privilege } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { selectAdministrators } from '../store/able.ts'
import { holdLock } from '../store/enabled.ts'
import { selectPolicies } from '../store/policies.ts'
import type { Sql } from '../store/sql.ts'
import { selectInstallation } from '../store/tenant-rows.ts'
import { GUARD_LOCK } from './query-of.ts'
import { policyOf } from './read-policy.ts'

const ROOT = { plane: 'directory', scope: '/' } as const

/** Who could run the installation, under the rules as they are, or as they would be for one role. */
export async function ablePeople(
  tx: Sql,
  now: Instant,
  would?: { readonly role: string; readonly rules: Rules },
): Promise<ReadonlySet<string>> {
  const facts = await selectAdministrators(tx, now)
  const rows = await selectPolicies(tx, { ...ROOT, roles: ROLE_ADMINISTRATORS, limit: ROLE_ADMINISTRATORS.length, after: null })
  const installation = await selectInstallation(tx)
  const rules = new Map(rows.map((row) => [row.role.id, policyOf(ROOT.plane, row).rules]))
  if (would) rules.set(would.role, would.rules)
  return ableAdministrators(facts, (role) => rules.get(role) ?? new Map(), installation?.contexts ?? [])
}

const able = async (...of: Parameters<typeof ablePeople>): Promise<number> => (await ablePeople(...of)).size

/**
 * Makes a change within a transaction, unless it would leave nobody able to run the installation. Whoever is refused must take the
 * transaction back. Fault: `LastAbleAdministrator`.
 */
export async function keepingAble<T>(tx: Sql, now: Instant, change: () => Promise<Result<T>>): Promise<Result<T>> {
  // Two changes, each leaving one to the other, must see each other.
  await holdLock(tx, GUARD_LOCK)
  const before = await able(tx, now)
  const done = await change()
  if (!done.ok || before === 0 || (await able(tx, now)) > 0) return done
  return refuse(fault('LastAbleAdministrator'))
}

/** Would these rules leave somebody able? Asked before they are written. Fault: `LastAbleAdministrator`. */
export async function rulesKeepAble(tx: Sql, now: Instant, at: Privilege, rules: Rules): Promise<Result<true>> {
  if (at.scope !== ROOT.scope || !ROLE_ADMINISTRATORS.includes(at.role)) return ok(true)
  await holdLock(tx, GUARD_LOCK)
  if ((await able(tx, now)) === 0 || (await able(tx, now, { role: at.role, rules })) > 0) return ok(true)
  return refuse(fault('LastAbleAdministrator'))
}
