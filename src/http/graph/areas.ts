// Which delegated permissions the parts of Graph ask for: any one of a list (contract reference 3–9). They only ever take away: the
// directory role always decides (D26).

import type { Area } from './permissions.ts'

/** Names such as `RoleManagement.ReadWrite.Directory`, for reading also without `Write`. */
const pim = (suffix: string, ...names: readonly string[]): Area => {
  const writes = names.map((name) => `${name}.ReadWrite.${suffix}`)
  return { writes, reads: [...names.map((name) => `${name}.Read.${suffix}`), ...writes], wrapped: true }
}

const withAll = (a: Area): Area => ({ ...a, reads: [...a.reads, 'RoleManagement.Read.All'] })

export const PIM_AREAS = {
  directory: {
    Eligibility: withAll(pim('Directory', 'RoleEligibilitySchedule', 'RoleManagement')),
    Assignment: withAll(pim('Directory', 'RoleAssignmentSchedule', 'RoleManagement')),
    policies: withAll(pim('Directory', 'RoleManagementPolicy', 'RoleManagement')),
    roles: withAll(pim('Directory', 'RoleManagement')),
  },
  group: {
    Eligibility: pim('AzureADGroup', 'PrivilegedEligibilitySchedule', 'PrivilegedAccess'),
    Assignment: pim('AzureADGroup', 'PrivilegedAssignmentSchedule', 'PrivilegedAccess'),
    policies: pim('AzureADGroup', 'RoleManagementPolicy'),
  },
} as const

const AS_USER = 'Directory.AccessAsUser.All'

/** Directory objects: named permissions, and those over the whole directory. */
const objects = (reads: readonly string[], writes: readonly string[]): Area => {
  const all = [...writes, 'Directory.ReadWrite.All', AS_USER]
  return { reads: [...reads, 'Directory.Read.All', ...all], writes: all, wrapped: false }
}

const PEOPLE = ['User.ReadBasic.All', 'User.Read.All']
const GROUP_READS = ['GroupMember.Read.All', 'Group.Read.All', 'GroupMember.ReadWrite.All']

/** An action that changes nothing, whatever its method. */
export const reading = (area: Area): Area => ({ ...area, writes: area.reads })

export const ME = reading(objects(['User.Read', 'User.ReadWrite', ...PEOPLE], ['User.ReadWrite.All']))
export const USERS = objects(PEOPLE, ['User.ReadWrite.All'])
export const SIGN_INS = objects([], ['User.RevokeSessions.All', 'User.ReadWrite.All'])
export const GROUPS = objects(GROUP_READS, ['Group.ReadWrite.All'])
export const MEMBERS = objects(GROUP_READS, ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All'])
export const MEMBERSHIPS = reading(objects(['User.Read.All', ...GROUP_READS], ['User.ReadWrite.All', 'Group.ReadWrite.All']))
export const MY_MEMBERSHIPS = reading(objects(['User.Read', 'User.ReadWrite', ...PEOPLE, ...GROUP_READS], ['User.ReadWrite.All']))
export const APPLICATIONS = objects(['Application.Read.All'], ['Application.ReadWrite.All'])
export const UNITS = objects(['AdministrativeUnit.Read.All'], ['AdministrativeUnit.ReadWrite.All'])
export const OBJECTS = objects([...PEOPLE, ...GROUP_READS, 'Application.Read.All'], ['User.ReadWrite.All', 'Group.ReadWrite.All'])
export const ORGANIZATION = reading(objects(['User.Read', 'Organization.Read.All'], ['Organization.ReadWrite.All']))
export const ROLES: Area = {
  reads: [...PIM_AREAS.directory.roles.reads, 'Directory.Read.All', 'Directory.ReadWrite.All', AS_USER],
  writes: ['RoleManagement.ReadWrite.Directory', AS_USER],
  wrapped: false,
}
/** Roles for an administrative unit. */
export const SCOPED_ROLES: Area = { ...ROLES, reads: [...ROLES.reads, 'AdministrativeUnit.Read.All', 'AdministrativeUnit.ReadWrite.All'] }
export const CONTEXTS = reading({
  reads: [
    'AuthenticationContext.Read.All',
    'AuthenticationContext.ReadWrite.All',
    'Policy.Read.ConditionalAccess',
    'Policy.Read.All',
    AS_USER,
  ],
  writes: [],
  wrapped: false,
})
