// Names for what a proof is made for, by ids that a client sent.

import type { Sql } from './sql.ts'

export interface ProofNames {
  readonly role: string | null
  readonly scope: string | null
  readonly principal: string | null
}

/** The names of a role, of a scope and of a principal; null where there is none of that id. */
export const selectNames = async (tx: Sql, plane: string, scope: string, role: string, principal: string | null): Promise<ProofNames> =>
  (
    await tx.query<ProofNames & Record<string, unknown>>(
      `select (select name from roles where plane = $1 and id = $3) as role,
         (select display_name from scopes where plane = $1 and id = $2) as scope,
         (select coalesce(upn, display_name) from principals where id = $4::uuid) as principal`,
      [plane, scope, role, principal],
      'names-of-proof',
    )
  )[0] ?? { role: null, scope: null, principal: null }

/** Display names of registered applications, by client id. */
export const selectAppNames = (tx: Sql, ids: readonly string[]): Promise<readonly { id: string; name: string }[]> =>
  tx.query(
    `select a.app_id as id, p.display_name as name from apps a join principals p on p.id = a.principal_id where a.app_id = any($1::uuid[])`,
    [ids],
    'app-names',
  )
