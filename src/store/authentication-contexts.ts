// Authentication contexts as rows.

import type { AuthenticationContext } from '../domain/access/strength.ts'
import type { Sql } from './sql.ts'

export interface ContextRow extends AuthenticationContext {
  readonly displayName: string
  readonly description: string
  readonly enabled: boolean
}

/** All contexts, `c1` before `c10`; there are at most 99. */
export const selectContexts = (tx: Sql): Promise<readonly ContextRow[]> =>
  tx.query<ContextRow & Record<string, unknown>>(
    `select id, display_name as "displayName", description, enabled, strength, maximum_age as "maximumAge", networks,
       compliant_device as "compliantDevice"
     from authentication_contexts order by length(id), id limit 100`,
    [],
    'contexts',
  )

/** Adds a context, or writes over it. */
export const writeContext = async (tx: Sql, c: ContextRow): Promise<void> => {
  await tx.query(
    `insert into authentication_contexts (id, display_name, description, enabled, strength, maximum_age, networks, compliant_device)
     values ($1, $2, $3, $4, $5, $6, $7, $8)
     on conflict (id) do update set display_name = excluded.display_name, description = excluded.description, enabled = excluded.enabled,
       strength = excluded.strength, maximum_age = excluded.maximum_age, networks = excluded.networks,
       compliant_device = excluded.compliant_device`,
    [c.id, c.displayName, c.description, c.enabled, c.strength, c.maximumAge, c.networks, c.compliantDevice],
  )
}
