// Roles and scopes by id or by the name people know them by.

import type { PlaneId } from '../domain/privilege.ts'
import type { Sql } from './sql.ts'

export interface NamedRole {
  readonly plane: PlaneId
  readonly id: string
  readonly name: string
  readonly description: string
  readonly builtIn: boolean
}

export interface NamedScope {
  readonly plane: PlaneId
  readonly id: string
  readonly displayName: string
}

const ROLE = `r.plane, r.id, r.name, r.description, r.built_in as "builtIn"`

/** Roles of this id or name. */
export const rolesNamed = (tx: Sql, name: string, plane: PlaneId | null): Promise<readonly NamedRole[]> =>
  tx.query<NamedRole & Record<string, unknown>>(
    `select ${ROLE} from roles r where r.deleted_at is null and r.enabled and ($2::text is null or r.plane = $2)
       and (r.id = lower($1) or lower(r.name) = lower($1)) order by r.plane, r.id limit 20`,
    [name, plane],
    'roles-named',
  )

/** Scopes of this canonical id, of this spelling, or of this name. */
export const scopesNamed = (tx: Sql, name: string, plane: PlaneId | null): Promise<readonly NamedScope[]> =>
  tx.query<NamedScope & Record<string, unknown>>(
    `select s.plane, s.id, s.display_name as "displayName" from scopes s where s.deleted_at is null and ($2::text is null or s.plane = $2)
       and (lower(s.id) = lower($1) or lower(s.display_name) = lower($1) or lower(s.spelling) = lower($1)
         or s.id like '%/' || replace(replace(replace(lower($1), '\\', '\\\\'), '%', '\\%'), '_', '\\_'))
     order by s.plane, s.id limit 20`,
    [name, plane],
    'scopes-named',
  )

/** Roles whose name begins like this, in order of plane and name; `after` is the last one of the page before. */
export const searchRoles = (
  tx: Sql,
  q: { readonly plane: PlaneId | null; readonly name: string; readonly limit: number; readonly after: readonly [string, string] | null },
): Promise<readonly NamedRole[]> =>
  tx.query<NamedRole & Record<string, unknown>>(
    `select ${ROLE} from roles r where r.deleted_at is null and ($1::text is null or r.plane = $1) and lower(r.name) like $2
       and ($3::text is null or (r.plane, r.id) > ($3, $4)) order by r.plane, r.id limit $5`,
    [q.plane, `${q.name.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`, q.after?.[0] ?? null, q.after?.[1] ?? null, q.limit],
    'roles-search',
  )
