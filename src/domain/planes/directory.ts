// Directory roles: the tenant's root, administrative units and single applications (behaviour 1.1, 9.1).

import {
  GLOBAL_ADMINISTRATOR,
  PRIVILEGED_ROLE_ADMINISTRATOR,
  ROLE_ADMINISTRATORS,
  ROLE_READERS,
  SECURITY_ADMINISTRATOR,
} from '../access/directory-roles.ts'
import type { Authority } from '../access/needs.ts'
import { fault } from '../faults.ts'
import { ACTIVE, type Audience } from '../messages/audience.ts'
import { isGuid } from '../privilege.ts'
import { ok, refuse } from '../result.ts'
import type { Plane } from './plane.ts'

const SCOPE = /^\/(?:(administrativeunits)\/)?([0-9a-f-]{36})$/i

const ADMINISTRATORS: Authority = { t: 'directoryRole', roles: ROLE_ADMINISTRATORS, label: 'Privileged Role Administrator' }

const holding = (...roles: string[]): readonly Audience[] => [{ plane: 'directory', roles, holds: ACTIVE, at: 'root' }]

export const directory: Plane = {
  id: 'directory',
  parseScope(text) {
    const trimmed = text.trim()
    if (trimmed === '/' || trimmed === '') return ok('/')
    const m = SCOPE.exec(trimmed)
    if (!m || !isGuid(m[2] ?? '')) return refuse(fault('InvalidRoleAssignmentRequest', { detail: `\`${text}\` is not a directory scope` }))
    return ok(`/${m[1] ? 'administrativeUnits/' : ''}${(m[2] ?? '').toLowerCase()}`)
  },
  managedByUse: false,
  fixedRoles: [],
  customRoles: { write: ADMINISTRATORS, remove: ADMINISTRATORS, atRoot: true, keptWhileHeld: false },
  policyScope: () => '/',
  activationCeiling: 'P1D',
  defaults: () => ({
    activationMaximum: 'PT8H',
    eligible: { isExpirationRequired: false, maximumDuration: 'P365D' },
    active: { isExpirationRequired: false, maximumDuration: 'P180D' },
    onActivation: ['MultiFactorAuthentication', 'Justification'],
  }),
  holders: { Eligibility: ['user', 'group'], Assignment: ['user', 'group', 'servicePrincipal'] },
  objection: (_scope, principal) =>
    principal.kind === 'group' && !principal.assignableToRole ? 'only a role-assignable group can hold a directory role' : null,
  administer: () => ADMINISTRATORS,
  read: () => ({ t: 'directoryRole', roles: ROLE_READERS, label: 'Security Reader', reads: true }),
  guarded: (scope, role) => scope === '/' && (role === GLOBAL_ADMINISTRATOR || role === PRIVILEGED_ROLE_ADMINISTRATOR),
  defaultApproverRoles: ROLE_ADMINISTRATORS,
  audiences: {
    admin: holding(...ROLE_ADMINISTRATORS, SECURITY_ADMINISTRATOR),
    decider: holding(...ROLE_ADMINISTRATORS),
    // Global Administrators may approve too, but are not written to (behaviour 4.2).
    approver: holding(PRIVILEGED_ROLE_ADMINISTRATOR),
  },
  countedUnder: () => null,
}
