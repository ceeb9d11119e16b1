// What the walk over the published Graph operations writes: for each operation that changes something, a target of its own.

import type { Operation } from '../support/graph-schemas.ts'
import type { Asked } from './graph-contract-fixtures.ts'

export const OPERATORS = '22222222-2222-2222-2222-222222222222'
export const GUESTS = '95e79109-95c0-4d8e-aee3-d01accf2d47b' // Guest Inviter
const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'

type Make = () => Promise<string>

interface Ground {
  /** Posts as the administrator, and wants it to work. */
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every dialect
  readonly send: (path: string, body: unknown) => Promise<any>
  readonly fill: (o: Operation, over?: Readonly<Record<string, string>>) => string
  readonly ref: (id: string) => object
  readonly user: Make
  readonly group: Make
  readonly role: Make
  readonly unit: Make
  readonly ask: (action: string, principalId: string, more?: object) => object
  readonly atRoot: (role: string) => object
  readonly inGroup: (group: string) => object
  readonly userBody: () => object
  readonly groupBody: () => object
  readonly roleBody: () => object
  readonly me: string
  readonly inner: string
  readonly place: string
  readonly custom: string
  readonly program: string
  readonly tenant: string
  readonly later: object
}

/** Gives the request of an operation that changes something, or null for one that does not. */
export function writesOf(ground: Ground): (o: Operation) => Promise<Asked | null> {
  const { send, fill, ref, user, group, role, unit, ask, atRoot, inGroup, userBody, groupBody, roleBody } = ground
  const { me, inner, place, custom, program, tenant, later } = ground
  const expiry = {
    '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
    id: 'Expiration_EndUser_Assignment',
    maximumDuration: 'PT4H',
  }
  const future = async (path: string, where: object) =>
    (await send(path, ask('adminAssign', await user(), { ...where, ...later }))).id as string

  /** Operations that change something, each with a target of its own. */
  const WRITES: Readonly<Record<string, (o: Operation) => Promise<Asked>>> = {
    'POST /users': async (o) => ({ who: 'admin', path: fill(o), body: userBody() }),
    'PATCH /users/{user-id}': async (o) => ({ who: 'admin', path: fill(o, { 'user-id': await user() }), body: { jobTitle: 'Cook' } }),
    'DELETE /users/{user-id}': async (o) => ({ who: 'admin', path: fill(o, { 'user-id': await user() }) }),
    'POST /users/{user-id}/revokeSignInSessions': async (o) => ({ who: 'admin', path: fill(o, { 'user-id': await user() }) }),
    'PUT /users/{user-id}/manager/$ref': async (o) => ({ who: 'admin', path: fill(o, { 'user-id': await user() }), body: ref(me) }),
    'DELETE /users/{user-id}/manager/$ref': async (o) => ({ who: 'admin', path: fill(o, { 'user-id': await user() }) }),
    'POST /groups': async (o) => ({ who: 'admin', path: fill(o), body: groupBody() }),
    'PATCH /groups/{group-id}': async (o) => ({ who: 'admin', path: fill(o, { 'group-id': await group() }), body: { description: 'x' } }),
    'DELETE /groups/{group-id}': async (o) => ({ who: 'admin', path: fill(o, { 'group-id': await group() }) }),
    'POST /directory/administrativeUnits': async (o) => ({ who: 'admin', path: fill(o), body: { displayName: 'North' } }),
    'PATCH /directory/administrativeUnits/{administrativeUnit-id}': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { description: 'x' },
    }),
    'DELETE /directory/administrativeUnits/{administrativeUnit-id}': async (o) => ({
      who: 'admin',
      path: fill(o, { 'administrativeUnit-id': await unit() }),
    }),
    'POST /directory/administrativeUnits/{administrativeUnit-id}/members': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { '@odata.type': '#microsoft.graph.group', ...groupBody() },
    }),
    'POST /directory/administrativeUnits/{administrativeUnit-id}/members/$ref': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: ref(await user()),
    }),
    'DELETE /directory/administrativeUnits/{administrativeUnit-id}/members/$ref': async (o) => {
      const id = await user()
      await send(`/v1.0/directory/administrativeUnits/${place}/members/$ref`, ref(id))
      return { who: 'admin', path: `${fill(o)}?@id=https://pim.test/v1.0/directoryObjects/${id}` }
    },
    'POST /directory/administrativeUnits/{administrativeUnit-id}/scopedRoleMembers': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { roleId: GUESTS, roleMemberInfo: { id: await user() } },
    }),
    'POST /directoryRoles': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { roleTemplateId: '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3' },
    }),
    'POST /directoryRoles/{directoryRole-id}/members/$ref': async (o) => ({ who: 'admin', path: fill(o), body: ref(await user()) }),
    'DELETE /directoryRoles/{directoryRole-id}/members/$ref': async (o) => {
      const id = await user()
      await send(`/v1.0/directoryRoles/${GUESTS}/members/$ref`, ref(id))
      return { who: 'admin', path: `${fill(o)}?@id=https://pim.test/v1.0/directoryObjects/${id}` }
    },
    'POST /directoryObjects/getByIds': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { ids: [me, inner, program], types: ['user', 'Group'] },
    }),
    'POST /roleManagement/directory/roleDefinitions': async (o) => ({ who: 'admin', path: fill(o), body: roleBody() }),
    'PATCH /roleManagement/directory/roleDefinitions/{unifiedRoleDefinition-id}': async (o) => ({
      who: 'admin',
      path: fill(o, { 'unifiedRoleDefinition-id': custom }),
      body: { description: 'changed' },
    }),
    'DELETE /roleManagement/directory/roleDefinitions/{unifiedRoleDefinition-id}': async (o) => ({
      who: 'admin',
      path: fill(o, { 'unifiedRoleDefinition-id': await role() }),
    }),
    'POST /roleManagement/directory/roleAssignments': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { principalId: await user(), ...atRoot(GUESTS) },
    }),
    'DELETE /roleManagement/directory/roleAssignments/{unifiedRoleAssignment-id}': async (o) => {
      const made = await send(`${D}/roleAssignments`, { principalId: await user(), ...atRoot(GUESTS) })
      return { who: 'admin', path: fill(o, { 'unifiedRoleAssignment-id': made.id }) }
    },
    'PATCH /policies/roleManagementPolicies/{unifiedRoleManagementPolicy-id}': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { rules: [expiry] },
    }),
    'PATCH /policies/roleManagementPolicies/{unifiedRoleManagementPolicy-id}/rules/{unifiedRoleManagementPolicyRule-id}': async (o) => ({
      who: 'admin',
      path: fill(o),
      body: { ...expiry, maximumDuration: 'PT3H' },
    }),
    'DELETE /policies/roleManagementPolicies/{unifiedRoleManagementPolicy-id}': async (o) => ({
      who: 'admin',
      path: fill(o, { 'unifiedRoleManagementPolicy-id': `DirectoryRole_${tenant}_${GUESTS}` }),
    }),
  }

  const FAMILIES = [
    [`${D}/roleEligibilityScheduleRequests`, 'unifiedRoleEligibilityScheduleRequest-id', () => atRoot(GUESTS)],
    [`${D}/roleAssignmentScheduleRequests`, 'unifiedRoleAssignmentScheduleRequest-id', () => atRoot(GUESTS)],
    [`${G}/eligibilityScheduleRequests`, 'privilegedAccessGroupEligibilityScheduleRequest-id', () => inGroup(OPERATORS)],
    [`${G}/assignmentScheduleRequests`, 'privilegedAccessGroupAssignmentScheduleRequest-id', () => inGroup(OPERATORS)],
  ] as const

  async function write(o: Operation): Promise<Asked | null> {
    const known = WRITES[`${o.method} ${o.path}`]
    if (known) return known(o)
    const family = FAMILIES.find(([path]) => `/v1.0${o.path}`.startsWith(path))
    if (family && o.method === 'POST' && o.path.endsWith('/cancel'))
      return { who: 'admin', path: fill(o, { [family[1]]: await future(family[0], family[2]()) }) }
    if (family && o.method === 'POST') return { who: 'admin', path: fill(o), body: ask('adminAssign', await user(), family[2]()) }
    if (o.method === 'PATCH' && /(?:approvalStep|approvalStage)-id\}$/.test(o.path))
      return { who: 'admin', path: fill(o), body: { reviewResult: 'Approve', justification: 'fine' } }
    const list = /^\/groups\/\{group-id\}\/(members|owners)\/(?:\{directoryObject-id\}\/)?\$ref$/.exec(o.path)?.[1]
    if (list && o.method === 'POST') return { who: 'admin', path: fill(o), body: ref(await user()) }
    if (list && o.method === 'DELETE') {
      const id = await user()
      await send(`/v1.0/groups/${inner}/${list}/$ref`, ref(id))
      const path = fill(o, { 'directoryObject-id': id })
      return {
        who: 'admin',
        path: o.path.includes('directoryObject-id') ? path : `${path}?@id=https://pim.test/v1.0/directoryObjects/${id}`,
      }
    }
    if (/\/check\w+$/.test(o.path)) return { who: 'admin', path: fill(o), body: { groupIds: [inner], ids: [inner] } }
    return null
  }

  return write
}
