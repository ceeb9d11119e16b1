// Principals by id or by a name they answer to.

import { isGuid, type PrincipalKind } from '../domain/privilege.ts'
import type { Sql } from './sql.ts'

export interface Principal {
  readonly id: string
  readonly kind: PrincipalKind
  readonly displayName: string
  readonly upn: string | null
  readonly appId: string | null
  readonly enabled: boolean
}

const COLUMNS = `p.id, p.kind, p.display_name as "displayName", p.upn, p.app_id as "appId", p.enabled`

// An address first: it is unique. A display name may be shared, and then says so by giving several rows.
const BY_NAME = `
select ${COLUMNS} from principals p
where p.deleted_at is null and (
  p.id in (select n.principal_id from principal_names n where n.name = lower($1))
  or (lower(p.display_name) = lower($1) and p.kind in ('user', 'group', 'servicePrincipal')))
order by p.id limit 3`

const BY_ID = `select ${COLUMNS} from principals p where p.deleted_at is null and (p.id = $1 or p.app_id = $1)`

/** Whoever is called this: by id, application id, address or display name; several where the name is not unique. */
export const selectNamed = (tx: Sql, name: string): Promise<readonly Principal[]> =>
  isGuid(name)
    ? tx.query<Principal>(BY_ID, [name.toLowerCase()], 'principal-by-id')
    : tx.query<Principal>(BY_NAME, [name], 'principal-by-name')

const SEARCH = `
select ${COLUMNS} from principals p
where p.deleted_at is null and p.kind = any($2::text[])
  and (lower(p.display_name) like $1 or exists (select 1 from principal_names n where n.principal_id = p.id and n.name like $1))
order by p.kind, lower(p.display_name), p.id limit $3`

/** Those whose name or address begins like this. */
export function searchPrincipals(tx: Sql, begins: string, kinds: readonly string[], limit: number): Promise<readonly Principal[]> {
  const pattern = `${begins.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
  return tx.query<Principal>(SEARCH, [pattern, kinds, limit], 'principal-search')
}
