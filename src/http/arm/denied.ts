// Deny assignments and classic administrators (contract reference, 15.1; clients, section 3): neither exists here. Whoever may read them
// is told that there are none, and nobody else is told anything.

import { fault } from '../../domain/faults.ts'
import { refuse } from '../../domain/result.ts'
import { authorizeAction } from '../../operations/resource-permissions.ts'
import { answered, type Handler, type Routes } from './handler.ts'

const none =
  (type: string): Handler =>
  async ({ deps, call, scope }) => {
    const allowed = await authorizeAction(deps.ctx, call, scope, `Microsoft.Authorization/${type}/read`)
    return allowed.ok ? answered({ value: [] }) : allowed
  }

const noSuch =
  (type: string): Handler =>
  async ({ deps, call, scope, path }) => {
    const allowed = await authorizeAction(deps.ctx, call, scope, `Microsoft.Authorization/${type}/read`)
    return allowed.ok ? refuse(fault('ResourceNotFound', { id: path.name ?? '' })) : allowed
  }

export const denyAssignmentRoutes: Routes = { '': { GET: none('denyAssignments') }, '{}': { GET: noSuch('denyAssignments') } }
export const classicAdministratorRoutes: Routes = { '': { GET: none('classicAdministrators') } }
