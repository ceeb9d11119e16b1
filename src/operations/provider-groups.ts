// The groups that a provider's claim may put people in: taken over for it by an administrator who names them, or made.

import { ok, type Result } from '../domain/result.ts'
import { provisionGroups } from './identity-groups.ts'
import type { Run } from './identity-run.ts'

/** Sees that a source keeps a group for each value of a claim, called as told. Faults: `IdentityConflict`, `IdentityNotKept`, `InvalidObject`. */
export async function adoptGroups(run: Run, names: Readonly<Record<string, string>>): Promise<Result<true>> {
  const groups = Object.entries(names).map(([externalId, displayName]) => ({ externalId, displayName, description: null, doc: {} }))
  if (groups.length === 0) return ok(true)
  // It is an administrator who names them, not the provider.
  for (const one of await provisionGroups({ ...run, source: { ...run.source, adopt: true } }, groups)) if (!one.ok) return one
  return ok(true)
}
