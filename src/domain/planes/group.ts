// Groups: the group is the scope, `member` or `owner` the role (behaviour 1.1, 9.3, 9.4).

import {
  DIRECTORY_WRITERS,
  GLOBAL_ADMINISTRATOR,
  GLOBAL_READER,
  GROUPS_ADMINISTRATOR,
  IDENTITY_GOVERNANCE_ADMINISTRATOR,
  ROLE_ADMINISTRATORS,
  SECURITY_READER,
  USER_ADMINISTRATOR,
} from '../access/directory-roles.ts'
import { fault } from '../faults.ts'
import { ACTIVE, type Audience, type Hold } from '../messages/audience.ts'
import { isGuid } from '../privilege.ts'
import { ok, refuse } from '../result.ts'
import type { Plane } from './plane.ts'

const ORDINARY = [GLOBAL_ADMINISTRATOR, DIRECTORY_WRITERS, GROUPS_ADMINISTRATOR, IDENTITY_GOVERNANCE_ADMINISTRATOR, USER_ADMINISTRATOR]

// A group that can hold no directory role is none of the business of who may give such: it may hold resources (behaviour 9.1).
const ORDINARY_PERMISSIONS = ['PrivilegedAccess.ReadWrite.AzureADGroup']

const managers = (assignableToRole: boolean) => (assignableToRole ? ROLE_ADMINISTRATORS : ORDINARY)

const owners = (holds: readonly Hold[]): readonly Audience[] => [{ plane: 'group', roles: ['owner'], holds, at: 'scope' }]

export const group: Plane = {
  id: 'group',
  parseScope(text) {
    const id = text.trim().toLowerCase()
    return isGuid(id) ? ok(id) : refuse(fault('InvalidRoleAssignmentRequest', { detail: `\`${text}\` is not a group's id` }))
  },
  managedByUse: true,
  fixedRoles: ['member', 'owner'],
  customRoles: null,
  policyScope: (scope) => scope,
  activationCeiling: 'P1D',
  defaults: () => ({
    activationMaximum: 'PT8H',
    eligible: { isExpirationRequired: true, maximumDuration: 'P365D' },
    active: { isExpirationRequired: true, maximumDuration: 'P180D' },
    onActivation: ['Justification'],
  }),
  holders: { Eligibility: ['user', 'group'], Assignment: ['user', 'group', 'servicePrincipal'] },
  objection(scope, principal, level) {
    if (scope.membership !== 'assigned') return `the group is ${scope.membership} and cannot be managed here`
    if (scope.assignableToRole && principal.kind === 'group' && level === 'Assignment')
      return 'a group cannot be an active member of a role-assignable group: make it eligible'
    return null
  },
  administer: (scope) => ({
    t: 'groupManager',
    roles: managers(scope.assignableToRole),
    label: scope.assignableToRole ? 'Privileged Role Administrator or ownership' : 'Groups Administrator or ownership',
    permissions: scope.assignableToRole
      ? ['PrivilegedAccess.ReadWrite.AzureADGroup', 'RoleManagement.ReadWrite.Directory']
      : ORDINARY_PERMISSIONS,
  }),
  read: (scope) => ({
    t: 'groupManager',
    roles: [...managers(scope.assignableToRole), ...ROLE_ADMINISTRATORS, GLOBAL_READER, SECURITY_READER],
    label: 'Global Reader or ownership',
    reads: true,
  }),
  guarded: () => false,
  defaultApproverRoles: [],
  // Standing owners are told; who owns the group for a while may decide, and is asked.
  audiences: { admin: owners(['Assigned']), decider: owners(ACTIVE), approver: [] },
  countedUnder: () => null,
}
