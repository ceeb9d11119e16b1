// People and groups of a source, written many at a time.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

export interface PrincipalWrite {
  readonly id: string
  readonly displayName: string
  /** Null for groups. */
  readonly upn: string | null
  readonly mail: string | null
  readonly attributes: Readonly<Record<string, unknown>>
  readonly managerId: string | null
}

const ROWS = `jsonb_to_recordset($1::jsonb) as r(id uuid, "displayName" text, upn text, mail text, attributes jsonb, "managerId" uuid)`

// The ids are given twice: by the list alone the planner would read whole tables, for it cannot know how short a list is.
// Names are freed before any is taken, so that two may swap theirs; whoever holds one that is taken is told by the primary key.
const UPDATE = [
  `delete from principal_names n using ${ROWS}, principals p
   where p.id = r.id and p.id = any($2::uuid[]) and n.principal_id = any($2::uuid[]) and n.principal_id = p.id and n.name = p.upn
     and r.upn is not null and p.upn <> r.upn`,
  `update principals p set upn = replace(p.id::text, '-', '') || p.upn from ${ROWS}
   where p.id = r.id and p.id = any($2::uuid[]) and r.upn is not null and p.upn <> r.upn`,
  `update principals p set display_name = r."displayName", upn = coalesce(r.upn, p.upn), mail = r.mail, manager_id = r."managerId",
     attributes = jsonb_strip_nulls(p.attributes || r.attributes) from ${ROWS} where p.id = r.id and p.id = any($2::uuid[])`,
  `insert into principal_names (name, principal_id) select r.upn, r.id from ${ROWS}
   where r.id = any($2::uuid[]) and r.upn is not null and not exists (select from principal_names n where n.name = r.upn and n.principal_id = r.id)`,
  `update scopes c set display_name = r."displayName" from ${ROWS}
   where c.plane = 'group' and c.id = r.id::text and c.id = any($2::text[])`,
]

/** Writes principals anew, the names they answer to, and the names of groups as places. Attributes that are null go, others stay. */
export async function updatePrincipals(tx: Sql, rows: readonly PrincipalWrite[]): Promise<void> {
  if (rows.length === 0) return
  const values = [JSON.stringify(rows), rows.map((r) => r.id)]
  await Promise.all(UPDATE.map((text, i) => tx.query(text, values, `identity-update-${i}`)))
}

/** Gives people their managers. */
export async function writeManagers(tx: Sql, rows: readonly { readonly id: string; readonly managerId: string | null }[]): Promise<void> {
  if (rows.length === 0) return
  await tx.query(
    `update principals p set manager_id = r."managerId" from jsonb_to_recordset($1::jsonb) as r(id uuid, "managerId" uuid) where p.id = r.id`,
    [JSON.stringify(rows)],
  )
}

/** Takes the manager from those of these who have come above themselves. */
export async function breakCircles(tx: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(
    `update principals set manager_id = null where id in (
       with recursive up as (
         select p.id as start, p.manager_id as at from principals p where p.id = any($1::uuid[]) and p.manager_id is not null
         union
         select u.start, p.manager_id from up u join principals p on p.id = u.at where p.manager_id is not null
       ) select start from up where start = at)`,
    [ids],
  )
}

/** Turns people on or off. */
export const writeEnabledMany = async (tx: Sql, ids: readonly string[], enabled: boolean): Promise<void> => {
  if (ids.length > 0) await tx.query('update principals set enabled = $2 where id = any($1::uuid[])', [ids, enabled])
}

/** A group that a source keeps is nobody else's to fill; one that was let go is. */
export const writeSynchronised = async (tx: Sql, ids: readonly string[], synchronised: boolean): Promise<void> => {
  if (ids.length > 0)
    await tx.query('update principals set membership = $2 where id = any($1::uuid[])', [ids, synchronised ? 'synchronised' : 'assigned'])
}

/** What sources did to somebody, latest first. */
export const selectDoneBySources = (tx: Sql, principalId: string, since: Instant, limit: number) =>
  tx.query<{ at: Instant; action: string | null; reason: string | null; subject: string; scope: string | null; source: string }>(
    `select (extract(epoch from at) * 1000)::bigint as at, action, reason, subject, scope, data ->> 'identitySource' as source
     from events where principal_id = $1 and data ? 'identitySource' and at > $2 order by position desc limit $3`,
    [principalId, formatInstant(since), limit],
    'done-by-sources',
  )
