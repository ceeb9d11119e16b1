// Resource roles on the scope tree: management group, subscription, resource group, resource (behaviour 1.1, 9.2).

import { fault } from '../faults.ts'
import type { Audience } from '../messages/audience.ts'
import { ok, refuse } from '../result.ts'
import type { Plane } from './plane.ts'

const NAME = '[^/?#%\\\\<>*&:]+'
const GROUP = `/providers/microsoft\\.management/managementgroups/${NAME}`
const TAIL = `(?:/providers/${NAME}(?:/${NAME}/${NAME})+)?`
const SUBSCRIPTION = `/subscriptions/[0-9a-f-]{36}(?:/resourcegroups/${NAME})?${TAIL}`
const SCOPE = new RegExp(`^(?:${GROUP}|${SUBSCRIPTION})$`)

const OWNER = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635'
const USER_ACCESS_ADMINISTRATOR = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'

/** What elevated access gives: the whole tree (contract reference 15.1). */
export const ELEVATED_ACCESS = { plane: 'resource', scope: '/', role: USER_ACCESS_ADMINISTRATOR } as const

/** Roles whose activation asks for multifactor authentication by default (behaviour 3.4, choice U20). */
const STRICT = new Set([
  OWNER,
  USER_ACCESS_ADMINISTRATOR,
  'f58310d9-a9f6-439a-9e8d-f62e7b41a168', // Role Based Access Control Administrator
])

/** Those who stand as administrators of the resource, and Owners who would have to activate first; an activation comes from an eligibility. */
const ADMINISTRATORS: readonly Audience[] = [
  { plane: 'resource', roles: [OWNER], holds: ['Assigned', 'Eligibility'], at: 'scope' },
  { plane: 'resource', roles: [USER_ACCESS_ADMINISTRATOR], holds: ['Assigned', 'Activated'], at: 'scope' },
]

export const resource: Plane = {
  id: 'resource',
  parseScope(text) {
    const canonical = text
      .trim()
      .toLowerCase()
      .replace(/\/{2,}/g, '/')
      .replace(/\/$/, '')
      .replace(/^\/?(?:providers\/microsoft\.subscription\/)?/, '/')
    if (canonical === '/') return ok('/')
    if (!SCOPE.test(canonical)) return refuse(fault('InvalidRoleAssignmentRequest', { detail: `\`${text}\` is not a resource scope` }))
    return ok(canonical)
  },
  managedByUse: false,
  fixedRoles: [],
  customRoles: {
    write: { t: 'action', action: 'Microsoft.Authorization/roleDefinitions/write' },
    remove: { t: 'action', action: 'Microsoft.Authorization/roleDefinitions/delete' },
    atRoot: false,
    keptWhileHeld: true,
  },
  policyScope: (scope) => scope,
  activationCeiling: 'P1D',
  defaults: (role) => ({
    activationMaximum: 'PT8H',
    eligible: { isExpirationRequired: true, maximumDuration: 'P365D' },
    active: { isExpirationRequired: true, maximumDuration: 'P180D' },
    onActivation: STRICT.has(role.id) ? ['MultiFactorAuthentication', 'Justification'] : ['Justification'],
  }),
  holders: { Eligibility: ['user', 'group'], Assignment: ['user', 'group', 'servicePrincipal'] },
  objection: () => null,
  administer: () => ({ t: 'action', action: 'Microsoft.Authorization/roleAssignments/write' }),
  read: () => ({ t: 'action', action: 'Microsoft.Authorization/roleAssignments/read', reads: true }),
  guarded: () => false,
  defaultApproverRoles: [],
  audiences: { admin: ADMINISTRATORS, decider: ADMINISTRATORS, approver: [] },
  countedUnder: (scope) => /^\/subscriptions\/[^/]+/.exec(scope)?.[0] ?? null,
}
