// What the caller may do at a scope, role by role (contract reference, 15.1).

import { listOwnPermissions } from '../../operations/resource-permissions.ts'
import { answered, type Handler, type Routes } from './handler.ts'
import { permissionsOf } from './role-definitions.ts'

const list: Handler = async ({ deps, call, scope }) => {
  const roles = await listOwnPermissions(deps.ctx, call, scope)
  return roles.ok ? answered({ value: roles.value.map(permissionsOf) }) : roles
}

export const permissionRoutes: Routes = { '': { GET: list } }
