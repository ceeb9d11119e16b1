// Whose account is whose: stated by an administrator, one to one, never derived from a name (D31).

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { deriveGrants } from '../store/derive.ts'
import { kindOf } from '../store/enabled.ts'
import type { Sql } from '../store/sql.ts'
import { type AccountRow, addAccount, lockTarget } from '../store/targets.ts'
import { administer } from './administer.ts'
import type { Call, Ctx } from './context.ts'

export interface AccountInput {
  /** The target's name. */
  readonly target: string
  readonly principalId: string
  /** What the account is called at the target; looked up there once, by the worker. */
  readonly account: string
}

/** Binds within a transaction that has the authority already; what waited for the account is due at once. */
export async function bindAccountWithin(ctx: Ctx, tx: Sql, call: Call, input: AccountInput, now: Instant): Promise<Result<AccountRow>> {
  const target = await lockTarget(tx, input.target)
  if (!target) return refuse(fault('ResourceNotFound', { id: input.target }))
  const kind = await kindOf(tx, input.principalId)
  if (kind === null || kind === 'group') return refuse(fault('SubjectNotFound', { id: input.principalId }))
  const row: AccountRow = { id: ctx.ids(), targetId: target.id, principalId: input.principalId, externalId: null, name: input.account }
  await addAccount(tx, row)
  await deriveGrants(tx, [input.principalId], now, () => ({ requestId: null, correlationId: call.correlationId }))
  return ok(row)
}

/** Binds an account. Faults: `Forbidden`, `ResourceNotFound`, `SubjectNotFound`, `AlreadyBound`. */
export const bindAccount = (ctx: Ctx, call: Call, input: AccountInput): Promise<Result<AccountRow>> => {
  const { target, account, principalId } = input
  const about = { subject: 'account', subjectId: `${target}|${account}`, action: 'bindAccount', principalId }
  const taken = (detail: string) => fault('AlreadyBound', { detail })
  return administer(
    ctx,
    call,
    about,
    async (tx, now) => {
      const bound = await bindAccountWithin(ctx, tx, call, input, now)
      if (!bound.ok) return bound
      return ok({ value: bound.value, told: { ...about, subjectId: bound.value.id, data: { target, account } } })
    },
    {
      accounts_one_per_person: taken(`\`${principalId}\` has an account at \`${target}\` already`),
      accounts_name_is_unique: taken(`account \`${account}\` at \`${target}\` belongs to somebody already`),
    },
  )
}
