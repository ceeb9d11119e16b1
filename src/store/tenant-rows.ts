// The one tenant of an installation, its authentication contexts and the policies that were changed, as rows.

import type { AuthenticationContext } from '../domain/access/strength.ts'
import type { Rule } from '../domain/policy/rule.ts'
import type { Privilege } from '../domain/privilege.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface TenantRow {
  readonly id: string
  readonly displayName: string
  readonly domains: readonly string[]
}

/** Adds the tenant; the constraint `tenant_is_single` refuses a second one. */
export const addTenant = async (tx: Sql, row: TenantRow, sample = false): Promise<void> => {
  const settings = JSON.stringify(sample ? { sample } : {})
  await tx.query('insert into tenant (id, display_name, domains, settings) values ($1, $2, $3, $4)', [
    row.id,
    row.displayName,
    row.domains,
    settings,
  ])
}

/** What was changed from the defaults; lengths in milliseconds. */
export interface StoredSettings {
  readonly sideDoors?: 'open' | 'closed' | undefined
  readonly elevation?: number | undefined
  /** Null: as long as the token lives. */
  readonly mfaMaximumAge?: number | null | undefined
}

export interface InstallationRow extends TenantRow {
  readonly settings: StoredSettings
  readonly contexts: readonly AuthenticationContext[]
}

const INSTALLATION = `
select t.id, t.display_name as "displayName", t.domains, t.settings,
  coalesce((select jsonb_agg(jsonb_build_object('id', c.id, 'strength', c.strength, 'maximumAge', c.maximum_age,
      'networks', c.networks, 'compliantDevice', c.compliant_device) order by c.id)
    from authentication_contexts c where c.enabled), '[]') as contexts
from tenant t`

/** The tenant with its enabled contexts, or null before there is one. */
export async function selectInstallation(tx: Sql): Promise<InstallationRow | null> {
  const [row] = await tx.query<InstallationRow>(INSTALLATION, [], 'installation')
  return row ?? null
}

/** The settings that were ever changed. */
export const selectSettings = async (tx: Sql): Promise<StoredSettings> =>
  (await tx.query<{ settings: StoredSettings }>('select settings from tenant'))[0]?.settings ?? {}

/** Holds the settings still until the transaction ends. */
export const holdTenant = async (tx: Sql): Promise<void> => {
  await tx.query('select 1 from tenant for update')
}

export const writeSettings = async (tx: Sql, settings: StoredSettings): Promise<void> => {
  await tx.query('update tenant set settings = $1', [JSON.stringify(settings)])
}

export interface NewContext extends AuthenticationContext {
  readonly name: string
  readonly description: string
}

/** Adds authentication contexts. */
export const addContexts = async (tx: Sql, rows: readonly NewContext[]): Promise<void> => {
  await tx.query(
    `insert into authentication_contexts (id, display_name, description, strength, maximum_age, networks, compliant_device)
     select id, name, description, strength, "maximumAge", networks, "compliantDevice"
     from jsonb_to_recordset($1::jsonb) as c(id text, name text, description text, strength text, "maximumAge" bigint, networks text[],
       "compliantDevice" boolean)`,
    [JSON.stringify(rows)],
  )
}

export interface PolicyRow extends Privilege {
  readonly changed: readonly Rule[]
}

/** Adds policies that differ from their plane's defaults. */
export const addPolicies = async (tx: Sql, rows: readonly PolicyRow[], now: Instant): Promise<void> => {
  await tx.query(
    `insert into policies (plane, scope, role, changed, modified_at)
     select plane, scope, role, changed, $2 from jsonb_to_recordset($1::jsonb) as p(plane text, scope text, role text, changed jsonb)`,
    [JSON.stringify(rows), formatInstant(now)],
  )
}

/** Puts scopes under management. */
export const manageScopes = async (tx: Sql, plane: Privilege['plane'], ids: readonly string[], now: Instant): Promise<void> => {
  await tx.query('update scopes set managed_at = $3 where plane = $1 and id = any($2::text[]) and managed_at is null', [
    plane,
    ids,
    formatInstant(now),
  ])
}
