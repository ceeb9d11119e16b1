// A world with the roles that write the directory, and its Graph door, for tests of directory objects.

import { GROUPS_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { addRoles } from '../../src/store/directory-rows.ts'
import { openDoors } from './doors.ts'
import { directoryRole, idOf, makeWorld, SERVICE } from './world.ts'

export const UNKNOWN = '99999999-9999-9999-9999-999999999999'
export const EVENTUAL = { consistencylevel: 'eventual' }
export const GUESTS = '95e79109-95c0-4d8e-aee3-d01accf2d47b'
export const ref = (id: string) => ({ '@odata.id': `https://pim.test/v1.0/directoryObjects/${id}` })

/** Priya is User Administrator, the lead Groups Administrator; the others hold what the world gives them. */
export async function makeDirectory() {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const role = (id: string, name: string) => ({ plane: 'directory' as const, id, name, builtIn: true, privileged: true })
  await addRoles(w.db, [role(GROUPS_ADMINISTRATOR, 'Groups Administrator'), role(GUESTS, 'Guest Inviter')])
  await w.seed(idOf('priya'), 'Assignment', directoryRole(USER_ADMINISTRATOR))
  await w.seed(idOf('lead'), 'Assignment', directoryRole(GROUPS_ADMINISTRATOR))
  const events = async (kind: string) =>
    (await w.db.query<{ action: string }>('select action from events where kind = $1 order by position', [kind])).map((e) => e.action)
  const app = async (...roles: string[]) => ({
    authorization: `Bearer ${await doors.token('admin', { oid: SERVICE, idtyp: 'app', roles, amr: [] })}`,
  })
  return { w, ...doors, events, app }
}

export const newUser = (name: string) => ({
  accountEnabled: true,
  displayName: `New ${name}`,
  mailNickname: name,
  userPrincipalName: `${name}@contoso.com`,
  passwordProfile: { password: 'Xk29-secret-word' },
})
export const newGroup = (name: string, more: object = {}) => ({
  displayName: name,
  mailEnabled: false,
  mailNickName: name,
  securityEnabled: true,
  ...more,
})
