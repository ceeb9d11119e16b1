// Administrative units and the tenant's own directory roles, as rows.

import { formatInstant, type Instant } from '../domain/time.ts'
import type { Sql } from './sql.ts'

/** The unit's name, under lock; null when there is none. */
export const lockUnit = async (tx: Sql, scope: string): Promise<{ readonly displayName: string } | null> =>
  (
    await tx.query<{ displayName: string }>(
      `select display_name as "displayName" from scopes where plane = 'directory' and id = $1 and kind = 'administrativeUnit'
         and deleted_at is null for update`,
      [scope],
    )
  )[0] ?? null

export const updateUnit = async (tx: Sql, scope: string, displayName: string | null, attributes: object): Promise<void> => {
  await tx.query(
    `update scopes set display_name = coalesce($2, display_name), attributes = jsonb_strip_nulls(attributes || $3::jsonb)
     where plane = 'directory' and id = $1`,
    [scope, displayName, JSON.stringify(attributes)],
  )
}

/** Takes the unit away with its list of members. */
export async function forgetUnit(tx: Sql, scope: string, now: Instant): Promise<void> {
  await tx.query('delete from unit_members where scope = $1', [scope])
  await tx.query(`update scopes set deleted_at = $2 where plane = 'directory' and id = $1`, [scope, formatInstant(now)])
}

/** Adds a member; false when it was one already. */
export const addUnitMember = async (tx: Sql, scope: string, principalId: string, now: Instant): Promise<boolean> =>
  (
    await tx.query(
      'insert into unit_members (scope, principal_id, added_at) values ($1, $2, $3) on conflict do nothing returning principal_id',
      [scope, principalId, formatInstant(now)],
    )
  ).length > 0

/** Takes a member out; false when it was none. */
export const removeUnitMember = async (tx: Sql, scope: string, principalId: string): Promise<boolean> =>
  (await tx.query('delete from unit_members where scope = $1 and principal_id = $2 returning principal_id', [scope, principalId])).length >
  0

export interface RoleState {
  readonly name: string
  readonly activated: boolean
}

/** A directory role and whether it is the tenant's own already, under lock; null when there is no such role. */
export const lockDirectoryRole = async (tx: Sql, id: string): Promise<RoleState | null> =>
  (
    await tx.query<{ name: string; activated: boolean }>(
      `select r.name, r.activated_at is not null or exists (select 1 from schedules s where s.plane = r.plane and s.role = r.id
         and s.level = 'Assignment' and s.status in ('Granted', 'Provisioned')) as activated
       from roles r where r.plane = 'directory' and r.id = $1 and r.deleted_at is null for update`,
      [id],
    )
  )[0] ?? null

export const markActivated = async (tx: Sql, id: string, now: Instant): Promise<void> => {
  await tx.query(`update roles set activated_at = $2 where plane = 'directory' and id = $1`, [id, formatInstant(now)])
}
