// The operations there are (contract reference, 15.1): what roles can name and what we serve, by provider. Read by tools that help
// people to write roles.

import { fault } from '../../domain/faults.ts'
import { refuse } from '../../domain/result.ts'
import { requireCaller } from '../../operations/resolve-names.ts'
import { answered, type Handler, type Routes } from './handler.ts'

type Verbs = readonly string[]

const READ: Verbs = ['read']
const CHANGE: Verbs = ['read', 'write', 'delete']

// biome-ignore format: one line per type, columns aligned
const PROVIDERS: Readonly<Record<string, Readonly<Record<string, Verbs>>>> = {
  'Microsoft.Authorization': {
    classicAdministrators:            READ,
    denyAssignments:                  READ,
    elevateAccess:                    ['action'],
    permissions:                      READ,
    providerOperations:               READ,
    roleAssignmentApprovals:          ['read', 'write'],
    roleAssignments:                  CHANGE,
    roleAssignmentScheduleInstances:  READ,
    roleAssignmentScheduleRequests:   ['read', 'write', 'cancel/action'],
    roleAssignmentSchedules:          READ,
    roleDefinitions:                  CHANGE,
    roleEligibilityScheduleInstances: READ,
    roleEligibilityScheduleRequests:  ['read', 'write', 'cancel/action'],
    roleEligibilitySchedules:         READ,
    roleManagementPolicies:           CHANGE,
    roleManagementPolicyAssignments:  CHANGE,
  },
  'Microsoft.Management': { managementGroups: READ, getEntities: ['action'] },
  'Microsoft.Resources': { subscriptions: READ, 'subscriptions/resourceGroups': CHANGE, 'subscriptions/resources': READ, tenants: READ },
}

const operationOf = (namespace: string, type: string, verb: string): object => ({
  name: `${namespace}/${type}/${verb}`,
  displayName: `${verb} ${type}`,
  description: `${verb} ${type}`,
  origin: 'user,system',
  isDataAction: false,
})

function providerOf(namespace: string, types: Readonly<Record<string, Verbs>>): object {
  const id = `/providers/Microsoft.Authorization/providerOperations/${namespace}`
  return {
    id,
    type: 'Microsoft.Authorization/providerOperations',
    name: namespace,
    displayName: namespace.replace('.', ' '),
    resourceTypes: Object.entries(types).map(([name, verbs]) => ({
      name,
      displayName: name,
      operations: verbs.map((verb) => operationOf(namespace, name, verb)),
    })),
    operations: [],
  }
}

const list: Handler = async ({ deps, call }) => {
  const known = await requireCaller(deps.ctx, call)
  return known.ok ? answered({ value: Object.entries(PROVIDERS).map(([name, types]) => providerOf(name, types)) }) : known
}

const get: Handler = async ({ deps, call, path }) => {
  const known = await requireCaller(deps.ctx, call)
  if (!known.ok) return known
  const wanted = path.name?.toLowerCase()
  const found = Object.entries(PROVIDERS).find(([namespace]) => namespace.toLowerCase() === wanted)
  return found ? answered(providerOf(...found)) : refuse(fault('ResourceNotFound', { id: path.name ?? '' }))
}

/** The same, flat: `GET /providers/Microsoft.Authorization/operations`. */
const flat: Handler = async ({ deps, call }) => {
  const known = await requireCaller(deps.ctx, call)
  if (!known.ok) return known
  const of = 'Microsoft.Authorization'
  const types = Object.entries(PROVIDERS[of] ?? {})
  const shown = (resource: string, operation: string) => ({ provider: of, resource, operation, description: `${operation} ${resource}` })
  const value = types.flatMap(([type, verbs]) =>
    verbs.map((verb) => ({ name: `${of}/${type}/${verb}`, isDataAction: false, display: shown(type, verb), origin: 'user,system' })),
  )
  return answered({ value })
}

export const providerOperationRoutes: Routes = { '': { GET: list }, '{}': { GET: get } }
export const operationRoutes: Routes = { '': { GET: flat } }
