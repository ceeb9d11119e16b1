// What an installation is: its tenant and the settings judgements depend on. Read at start and again as time goes by, since
// another process may change them.

import type { Settings } from '../domain/facts.ts'
import type { Sql } from '../store/sql.ts'
import { selectInstallation } from '../store/tenant-rows.ts'
import type { Tenant } from './context.ts'
import { laidOver } from './settings.ts'

export interface Installation {
  readonly tenant: Tenant
  readonly settings: Settings
}

/** The installation with its contexts laid over the settings given, or null while there is no tenant. */
export async function readInstallation(db: Sql, base: Settings): Promise<Installation | null> {
  const row = await selectInstallation(db)
  if (!row) return null
  const { contexts, settings, ...tenant } = row
  return { tenant, settings: { ...laidOver(base, settings), authenticationContexts: contexts } }
}
