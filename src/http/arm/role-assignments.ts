// Role assignments, read (contract reference, 15.1): what is active now, from wherever it came. An eligible principal has none
// before it activates.

import { type ListedSchedule, listInstances, readOneSchedule } from '../../operations/list.ts'
import { answered, type Handler, listed, type Routes } from './handler.ts'
import { listInput, tokenOf } from './lists.ts'
import { roleIdAt } from './role-id.ts'
import { idOf, instant, PRINCIPAL_TYPES, prefixOf } from './wire.ts'

function resourceOf({ schedule: s, principal, role, scope }: ListedSchedule): object {
  const spelling = prefixOf(scope.spelling)
  return {
    properties: {
      // The canonical form here, unlike with requests (D23).
      roleDefinitionId: roleIdAt(spelling, role.id),
      principalId: s.principalId,
      principalType: principal && PRINCIPAL_TYPES[principal.kind],
      scope: spelling || '/',
      condition: s.condition,
      conditionVersion: s.conditionVersion,
      createdOn: instant(s.createdAt),
      updatedOn: instant(s.modifiedAt ?? s.createdAt),
      createdBy: null,
      updatedBy: null,
      delegatedManagedIdentityResourceId: null,
      description: null,
    },
    id: idOf(spelling, 'roleAssignments', s.name),
    type: 'Microsoft.Authorization/roleAssignments',
    name: s.name,
  }
}

const list: Handler = async (request) => {
  const input = listInput(request, 'Assignment', 'held')
  if (!input.ok) return input
  const page = await listInstances(request.deps.ctx, request.call, input.value)
  if (!page.ok) return page
  return listed(request, page.value.items.map(resourceOf), tokenOf(page.value.next))
}

const get: Handler = async ({ deps, call, path, scope }) => {
  const one = { plane: 'resource', level: 'Assignment', scope, id: path.name ?? '', by: 'name' } as const
  const found = await readOneSchedule(deps.ctx, call, 'instances', one)
  return found.ok ? answered(resourceOf(found.value)) : found
}

export const roleAssignmentRoutes: Routes = { '': { GET: list }, '{}': { GET: get } }
