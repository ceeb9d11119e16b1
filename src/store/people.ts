// Principals by id, for the names that answers show.

import type { PrincipalFact } from '../domain/facts.ts'
import type { Sql } from './sql.ts'

const BY_IDS = `
select id, kind, display_name as "displayName", upn, mail, enabled, assignable_to_role as "assignableToRole"
from principals where id = any($1::uuid[]) and deleted_at is null`

/** The principals among these ids, in no order. */
export const selectPrincipals = (tx: Sql, ids: readonly string[]): Promise<PrincipalFact[]> =>
  tx.query<PrincipalFact>(BY_IDS, [ids], 'principals-by-ids')
