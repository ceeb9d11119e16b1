// Names for what a proof is made for, by ids that a client sent.

import type { Sql } from './sql.ts'

/** The names of a role and of a scope; null where there is none of that id. */
export const selectNames = async (
  tx: Sql,
  plane: string,
  scope: string,
  role: string,
): Promise<{ readonly role: string | null; readonly scope: string | null }> =>
  (
    await tx.query<{ role: string | null; scope: string | null }>(
      `select (select name from roles where plane = $1 and id = $3) as role,
         (select display_name from scopes where plane = $1 and id = $2) as scope`,
      [plane, scope, role],
      'names-of-proof',
    )
  )[0] ?? { role: null, scope: null }

/** Display names of registered applications, by client id. */
export const selectAppNames = (tx: Sql, ids: readonly string[]): Promise<readonly { id: string; name: string }[]> =>
  tx.query(
    `select a.app_id as id, p.display_name as name from apps a join principals p on p.id = a.principal_id where a.app_id = any($1::uuid[])`,
    [ids],
    'app-names',
  )
