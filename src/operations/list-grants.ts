// What stands at targets: each grant with its reason, each target with its health and its record of ends.

import { ok, type Result } from '../domain/result.ts'
import {
  type FindingRow,
  type GrantFilter,
  type ListedGrant,
  type ListedTarget,
  selectFindings,
  selectGrants,
  selectTargetStates,
} from '../store/grant-list.ts'
import { authorizeInstallation, authorizeKnown, authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { FindingRow, ListedGrant, ListedTarget } from '../store/grant-list.ts'

export interface GrantsInput extends Partial<GrantFilter> {
  readonly after?: string | null
  readonly limit?: number
}

/** Grants; everybody may see their own, the rest is for readers of directory roles. Fault: `Forbidden`. */
export async function listGrants(ctx: Ctx, call: Call, input: GrantsInput): Promise<Result<readonly ListedGrant[]>> {
  const { principalId = null, targetId = null, requestId = null, after = null, limit = 100 } = input
  const own = call.actor.t !== 'system' && principalId === call.actor.id
  const allowed = own ? await authorizeKnown(ctx, call) : await authorizeRead(ctx, call, 'directory', '/')
  if (!allowed.ok) return allowed
  return ok(await selectGrants(ctx.db, { principalId, targetId, requestId }, after, limit))
}

/** Targets with their state. Fault: `Forbidden`. */
export async function listTargets(ctx: Ctx, call: Call): Promise<Result<readonly ListedTarget[]>> {
  const allowed = await authorizeRead(ctx, call, 'directory', '/')
  return allowed.ok ? ok(await selectTargetStates(ctx.db)) : allowed
}

/** What looks at a target found, open findings or all. Fault: `Forbidden`. */
export async function listFindings(ctx: Ctx, call: Call, targetId: string, open = true): Promise<Result<readonly FindingRow[]>> {
  const allowed = await authorizeInstallation(ctx, call)
  return allowed.ok ? ok(await selectFindings(ctx.db, targetId, open)) : allowed
}
