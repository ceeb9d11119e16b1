// From a path to a row of routes: below `Microsoft.Authorization` by the type and what follows it, elsewhere by the paths of the tree.

import { type Fault, fault } from '../../domain/faults.ts'
import { ok, type Result } from '../../domain/result.ts'
import { approvalRoutes } from './approvals.ts'
import { classicAdministratorRoutes, denyAssignmentRoutes } from './denied.ts'
import { elevateAccessRoutes } from './elevate-access.ts'
import { eligibleChildResourceRoutes } from './eligible-child-resources.ts'
import type { Handler, Routes } from './handler.ts'
import { type ArmPath, parseArmPath } from './path.ts'
import { permissionRoutes } from './permissions.ts'
import { policyAssignmentRoutes, policyRoutes } from './policies.ts'
import { operationRoutes, providerOperationRoutes } from './provider-operations.ts'
import { requestRoutes } from './requests.ts'
import { roleAssignmentRoutes } from './role-assignments.ts'
import { roleDefinitionRoutes } from './role-definitions.ts'
import { scheduleRoutes } from './schedules.ts'
import type { ServedType } from './served.ts'
import { entityRoutes, managementGroupRoutes } from './tree/management-groups.ts'
import { parseTreePath, type TreeType } from './tree/path.ts'
import { providerRoutes } from './tree/providers.ts'
import { operationResultRoutes, resourceGroupRoutes } from './tree/resource-groups.ts'
import { resourceRoutes } from './tree/resources.ts'
import { locationRoutes, subscriptionRoutes, tenantRoutes } from './tree/subscriptions.ts'
import { PROVIDER } from './wire.ts'

// biome-ignore format: one line per type, columns aligned
const TYPES: Readonly<Record<ServedType, Routes>> = {
  classicAdministrators:            classicAdministratorRoutes,
  denyAssignments:                  denyAssignmentRoutes,
  elevateAccess:                    elevateAccessRoutes,
  eligibleChildResources:           eligibleChildResourceRoutes,
  operations:                       operationRoutes,
  permissions:                      permissionRoutes,
  providerOperations:               providerOperationRoutes,
  roleAssignmentApprovals:          approvalRoutes,
  roleAssignments:                  roleAssignmentRoutes,
  roleAssignmentScheduleInstances:  scheduleRoutes('instances', 'Assignment'),
  roleAssignmentScheduleRequests:   requestRoutes('Assignment'),
  roleAssignmentSchedules:          scheduleRoutes('schedules', 'Assignment'),
  roleDefinitions:                  roleDefinitionRoutes,
  roleEligibilityScheduleInstances: scheduleRoutes('instances', 'Eligibility'),
  roleEligibilityScheduleRequests:  requestRoutes('Eligibility'),
  roleEligibilitySchedules:         scheduleRoutes('schedules', 'Eligibility'),
  roleManagementPolicies:           policyRoutes,
  roleManagementPolicyAssignments:  policyAssignmentRoutes,
}

// biome-ignore format: one line per type, columns aligned
const TREE: Readonly<Record<TreeType, { readonly operations: string; readonly routes: Routes }>> = {
  getEntities:      { operations: 'Microsoft.Management/getEntities',                     routes: entityRoutes },
  locations:        { operations: 'Microsoft.Resources/subscriptions/locations',          routes: locationRoutes },
  managementGroups: { operations: 'Microsoft.Management/managementGroups',                routes: managementGroupRoutes },
  operationresults: { operations: 'Microsoft.Resources/subscriptions/operationresults',   routes: operationResultRoutes },
  providers:        { operations: 'Microsoft.Resources/subscriptions/providers',          routes: providerRoutes },
  resourceGroups:   { operations: 'Microsoft.Resources/subscriptions/resourceGroups',     routes: resourceGroupRoutes },
  resources:        { operations: 'Microsoft.Resources/subscriptions/resources',          routes: resourceRoutes },
  subscriptions:    { operations: 'Microsoft.Resources/subscriptions',                    routes: subscriptionRoutes },
  tenants:          { operations: 'Microsoft.Resources/tenants',                          routes: tenantRoutes },
}

const BY_TYPE = new Map(Object.entries(TYPES).map(([name, routes]) => [name.toLowerCase(), { name, routes }]))

/** Types that exist at the tenant's root and nowhere else: below it, nothing is there. */
const AT_ROOT: ReadonlySet<string> = new Set<ServedType>(['elevateAccess', 'operations', 'providerOperations'])

/** The last part of an operation's name, by method. */
const VERBS: Readonly<Record<string, string>> = { GET: 'read', HEAD: 'read', PUT: 'write', PATCH: 'write', DELETE: 'delete' }

/** What follows the type: `{}` stands for a name. */
const shapeOf = (p: ArmPath): string =>
  [p.name && '{}', p.subtype, p.subname && '{}', p.leaftype, p.leafname && '{}', p.action].filter(Boolean).join('/')

export interface Route {
  /** Null where the path leads nowhere. */
  readonly path: ArmPath | null
  /** ARM's name of the operation, as refusals quote it. */
  readonly operation: string
  /** The handler, or why there is none: judged after the api-version, so that a wrong one is told first. */
  handler(method: string): Result<Handler>
}

const refused = (refusal: Fault): Result<never> => ({ ok: false, fault: refusal })

function choose(methods: Readonly<Record<string, Handler>> | undefined, pathname: string, method: string): Result<Handler> {
  if (!methods) return refused(fault('ResourceNotFound', { id: pathname }))
  // Whoever asks only whether it is there gets what a reader gets, less the body.
  const own = Object.hasOwn(methods, method) ? methods[method] : method === 'HEAD' ? methods.GET : undefined
  const offered = [...new Set(Object.keys(methods).flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name])))]
  return own ? ok(own) : refused(fault('MethodNotAllowed', { method, allow: offered.join(', ') }))
}

const row = (routes: Routes, shape: string) => (Object.hasOwn(routes, shape) ? routes[shape] : undefined)

function authorizationRoute(path: ArmPath, pathname: string, method: string): Route {
  const type = BY_TYPE.get(path.type)
  const operation = `${PROVIDER}/${type?.name ?? path.rawType}/${path.action ? `${path.action}/action` : (VERBS[method] ?? 'action')}`
  const nowhere = type && AT_ROOT.has(type.name) && path.kind !== 'root'
  return {
    path,
    operation,
    handler: (asked) =>
      type
        ? choose(nowhere ? undefined : row(type.routes, shapeOf(path)), pathname, asked)
        : refused(fault('UnknownResourceType', { type: path.rawType })),
  }
}

/** Where a path leads. Faults: `InvalidPath`. */
export function routeOf(pathname: string, method: string): Result<Route> {
  const tree = parseTreePath(pathname)
  if (!tree.ok) return tree
  if (tree.value) {
    const { path, type, shape } = tree.value
    const { operations, routes } = TREE[type]
    const operation = `${operations}/${VERBS[method] ?? 'action'}`
    return ok({ path, operation, handler: (asked) => choose(row(routes, shape), pathname, asked) })
  }
  const path = parseArmPath(pathname)
  if (!path.ok) return path
  if (path.value) return ok(authorizationRoute(path.value, pathname, method))
  return ok({ path: null, operation: `${PROVIDER}/*`, handler: () => refused(fault('ResourceNotFound', { id: pathname })) })
}
