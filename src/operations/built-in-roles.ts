// The built-in roles of all planes as rows: brought up to date at every start, so that a new version brings new roles.

import { addRoles, type RoleRow } from '../store/directory-rows.ts'
import type { Sql } from '../store/sql.ts'
import { DIRECTORY_ROLES, RESOURCE_ROLES } from './role-catalogue.ts'

const GROUP_ROLES: readonly RoleRow[] = [
  { plane: 'group', id: 'member', name: 'Member', builtIn: true, privileged: false },
  { plane: 'group', id: 'owner', name: 'Owner', builtIn: true, privileged: false },
]

const directory = DIRECTORY_ROLES.map(
  ({ id, name, description, privileged }): RoleRow => ({ plane: 'directory', id, name, description, builtIn: true, privileged }),
)

const resource = RESOURCE_ROLES.map((r): RoleRow => {
  const { actions, notActions, dataActions, notDataActions, condition = null } = r
  const permissions = { actions, notActions, dataActions, notDataActions, condition }
  return { plane: 'resource', id: r.id, name: r.name, description: r.description, builtIn: true, privileged: r.privileged, permissions }
})

/** Adds the built-in roles, or brings them up to date. */
export const addBuiltInRoles = (db: Sql): Promise<void> => addRoles(db, [...directory, ...resource, ...GROUP_ROLES])
