// All rows of one entitlement, for a comparison with the target's own list.

import type { AccountRef } from '../domain/provisioning/connector.ts'
import { type GrantRow, grantColumns } from './grant-rows.ts'
import type { Sql } from './sql.ts'

/** Rows whose account is known at the target. */
export async function grantsAt(db: Sql, entitlementId: string): Promise<readonly { row: GrantRow; account: AccountRef }[]> {
  const rows = await db.query<GrantRow & { externalId: string; accountName: string }>(
    `select ${grantColumns('g')}, a.external_id as "externalId", a.name as "accountName"
     from grants g join accounts a on a.id = g.account_id where g.entitlement_id = $1 and a.external_id is not null`,
    [entitlementId],
    'grants-at',
  )
  return rows.map((row) => ({ row, account: { id: row.externalId, name: row.accountName } }))
}
