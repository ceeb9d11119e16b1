// Authentication contexts and the groups under management, as rows.

import type { Sql } from './sql.ts'

export interface ContextRow {
  readonly id: string
  readonly displayName: string
  readonly description: string
  readonly enabled: boolean
}

/** All contexts, `c1` before `c10`; there are at most 99. */
export const selectContexts = (tx: Sql): Promise<readonly ContextRow[]> =>
  tx.query<ContextRow & Record<string, unknown>>(
    `select id, display_name as "displayName", description, enabled from authentication_contexts order by length(id), id limit 100`,
    [],
    'contexts',
  )

/** Groups under management, by id. */
export const selectManagedGroups = (tx: Sql, limit: number, after: string | null) =>
  tx.query<{ id: string; displayName: string }>(
    `select id, display_name as "displayName" from scopes where plane = 'group' and managed_at is not null and deleted_at is null
       and ($2::text is null or id > $2) order by id limit $1`,
    [limit, after],
    'managed-groups',
  )
