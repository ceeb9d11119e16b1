// The groups under management, as rows.

import type { Sql } from './sql.ts'

/** Groups under management, by id. */
export const selectManagedGroups = (tx: Sql, limit: number, after: string | null) =>
  tx.query<{ id: string; displayName: string }>(
    `select id, display_name as "displayName" from scopes where plane = 'group' and managed_at is not null and deleted_at is null
       and ($2::text is null or id > $2) order by id limit $1`,
    [limit, after],
    'managed-groups',
  )
