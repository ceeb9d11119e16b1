// The targets of a tenant file: registered, their entitlements bound to privileges and their accounts to people (D31).

import type { Fault } from '../domain/faults.ts'
import type { Instant } from '../domain/time.ts'
import type { Sql } from '../store/sql.ts'
import { bindAccountWithin } from './bind-account.ts'
import { bindWithin } from './bind-privilege.ts'
import type { Call, Ctx } from './context.ts'
import { addTargetWithin } from './register-target.ts'
import type { TenantFile } from './tenant-file.ts'

/** Adds the targets; answers the first refusal, or null. The caller's transaction has the authority. */
export async function addTargets(ctx: Ctx, tx: Sql, call: Call, file: TenantFile, now: Instant): Promise<Fault | null> {
  for (const { name: target, connector: kind, config, entitlements, accounts } of file.targets) {
    const added = await addTargetWithin(ctx, tx, { name: target, kind, config })
    if (!added.ok) return added.fault
    for (const { name: entitlement, privilege } of entitlements) {
      const bound = await bindWithin(ctx, tx, call, { target, entitlement, privilege }, now)
      if (!bound.ok) return bound.fault
    }
    for (const { personId: principalId, account } of accounts) {
      const bound = await bindAccountWithin(ctx, tx, call, { target, principalId, account }, now)
      if (!bound.ok) return bound.fault
    }
  }
  return null
}
