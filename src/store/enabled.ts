// Whether a principal may act at all, as a row.

import type { Sql } from './sql.ts'

export interface EnabledRow {
  readonly id: string
  readonly kind: string
  readonly enabled: boolean
}

/** A principal that was not deleted, under lock. */
export const lockPrincipal = async (tx: Sql, id: string): Promise<EnabledRow | null> =>
  (await tx.query<EnabledRow>('select id, kind, enabled from principals where id = $1 and deleted_at is null for update', [id]))[0] ?? null

export const kindOf = async (tx: Sql, id: string): Promise<string | null> =>
  (await tx.query<{ kind: string }>('select kind from principals where id = $1 and deleted_at is null', [id]))[0]?.kind ?? null

export const writeEnabled = async (tx: Sql, id: string, enabled: boolean): Promise<void> => {
  await tx.query('update principals set enabled = $2 where id = $1', [id, enabled])
}

/** Holds a name still until the transaction ends, as the write lane does. */
export const holdLock = async (tx: Sql, name: string): Promise<void> => {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [name])
}
