// Who may write the directory itself: people, groups, administrative units (behaviour 9.3, 9.4; contract reference 9). Reading it takes
// no more than an account.

import {
  DIRECTORY_WRITERS,
  GLOBAL_ADMINISTRATOR,
  GROUPS_ADMINISTRATOR,
  IDENTITY_GOVERNANCE_ADMINISTRATOR,
  ROLE_ADMINISTRATORS,
  USER_ADMINISTRATOR,
} from './directory-roles.ts'
import type { Authority } from './needs.ts'

const need = (label: string, roles: readonly string[], ...permissions: string[]): Authority => ({
  t: 'directoryRole',
  label,
  roles,
  permissions,
})

/** People who hold nothing privileged. */
export const WRITE_USERS = need(
  'User Administrator',
  [GLOBAL_ADMINISTRATOR, USER_ADMINISTRATOR],
  'User.ReadWrite.All',
  'Directory.ReadWrite.All',
)

/** People who hold or may activate a role, or are in a group that can: whoever writes them could take their place or shut them out. */
export const WRITE_ADMINISTRATORS = need('Privileged Role Administrator', ROLE_ADMINISTRATORS)

const GROUP_WRITERS = [GLOBAL_ADMINISTRATOR, GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR, DIRECTORY_WRITERS, IDENTITY_GOVERNANCE_ADMINISTRATOR]

/** New groups, by whether they may hold roles. */
export const createGroups = (assignableToRole: boolean): Authority =>
  assignableToRole
    ? need('Privileged Role Administrator', ROLE_ADMINISTRATORS, 'RoleManagement.ReadWrite.Directory')
    : need('Groups Administrator', GROUP_WRITERS, 'Group.ReadWrite.All', 'Directory.ReadWrite.All')

/** A group that exists: the same, and its owners. */
export const writeGroup = (assignableToRole: boolean): Authority => {
  const { roles, label, permissions } = createGroups(assignableToRole) as Extract<Authority, { t: 'directoryRole' }>
  return { t: 'groupManager', roles, label: `${label} or ownership`, permissions: permissions ?? [] }
}

export const WRITE_UNITS = need(
  'Privileged Role Administrator',
  ROLE_ADMINISTRATORS,
  'AdministrativeUnit.ReadWrite.All',
  'Directory.ReadWrite.All',
)

export const ACTIVATE_ROLES = need('Privileged Role Administrator', ROLE_ADMINISTRATORS, 'RoleManagement.ReadWrite.Directory')

const OWNER_PERMISSIONS = ['Group.ReadWrite.All', 'Directory.ReadWrite.All']

/** Application permissions by which a program changes who is in a group that can hold no role. */
export const REFERENCE_PERMISSIONS: Readonly<Record<'member' | 'owner', readonly string[]>> = {
  member: ['GroupMember.ReadWrite.All', ...OWNER_PERMISSIONS],
  owner: OWNER_PERMISSIONS,
}
