// People who are eligible for one role, many at once, past the front door: what a bench starts from.

import { randomUUID } from 'node:crypto'
import { USER_ADMINISTRATOR } from '../src/domain/access/directory-roles.ts'
import type { Stage } from './stage.ts'

/** Adds so many; their ids. */
export async function addPeople(stage: Stage, many: number): Promise<string[]> {
  const ids = Array.from({ length: many }, () => randomUUID())
  await stage.db.query(
    `insert into principals (id, kind, display_name, upn, created_at)
     select id, 'user', 'bench', 'bench-' || id || '@contoso.com', '2026-01-01' from unnest($1::uuid[]) as id`,
    [ids],
  )
  await stage.db.query(
    `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
     select gen_random_uuid(), 'bench', 'directory', '/', $2, id, 'Eligibility', 'Assigned', 'Provisioned', '2026-01-01', '2026-01-01'
     from unnest($1::uuid[]) as id`,
    [ids, USER_ADMINISTRATOR],
  )
  await stage.db.query('analyze')
  return ids
}

/** What one of them sends to activate it. */
export const activationBody = (id: string): string =>
  JSON.stringify({
    action: 'selfActivate',
    principalId: id,
    roleDefinitionId: USER_ADMINISTRATOR,
    directoryScopeId: '/',
    justification: 'bench',
    scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT4H' } },
  })
