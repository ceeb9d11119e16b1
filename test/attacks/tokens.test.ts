// What a token was not given for: another audience, a narrower permission, a program in a person's place (D26; contract reference 2.6).

import { describe, expect, it } from 'vitest'
import type { MintedClaims } from '../../src/http/auth/token.ts'
import { guid, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, directoryRole, groupRole, idOf, makeWorld, OPERATORS, RG, resourceRole, SERVICE, TENANT } from '../support/world.ts'

const ARM = '/providers/Microsoft.Authorization'
const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'
const POLICY = `DirectoryRole_${TENANT}_${directoryRole().role}`
const GROUP_POLICY = `Group_${OPERATORS}_6d656d62-6572-4000-8000-000000000001`
const scheduleInfo = { expiration: { type: 'afterDuration', duration: 'P7D' } }
const eligible = {
  action: 'adminAssign',
  principalId: idOf('sam'),
  roleDefinitionId: directoryRole().role,
  directoryScopeId: '/',
  justification: 'because',
  scheduleInfo,
}
const member = {
  action: 'adminAssign',
  principalId: idOf('sam'),
  groupId: OPERATORS,
  accessId: 'member',
  justification: 'because',
  scheduleInfo,
}
const rule = {
  '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
  id: 'Expiration_EndUser_Assignment',
  maximumDuration: 'PT4H',
}

describe('a token', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const count = async () =>
    (await w.db.query<{ n: number }>('select (select count(*) from schedules) + (select count(*) from policies) as n'))[0]?.n
  const send = async (claims: Partial<MintedClaims>, method: string, path: string, body?: object) =>
    doors.send(null, method, path, body, { authorization: `Bearer ${await doors.token('admin', claims)}` })
  const graph = { aud: 'https://graph.microsoft.com' }
  const arm = { aud: 'https://management.azure.com' }
  const put = () => `${RG}${ARM}/roleEligibilityScheduleRequests/${guid()}?api-version=2020-10-01`
  const resource = {
    properties: {
      requestType: 'AdminAssign',
      principalId: idOf('sam'),
      roleDefinitionId: CONTRIBUTOR,
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P7D' } },
    },
  }

  const WRITES: readonly (readonly [string, string, object])[] = [
    ['POST', `${D}/roleEligibilityScheduleRequests`, eligible],
    ['POST', `${D}/roleAssignmentScheduleRequests`, eligible],
    ['POST', `${D}/roleAssignmentScheduleRequests/${guid()}/cancel`, {}],
    ['PATCH', `/beta/roleManagement/directory/roleAssignmentApprovals/${guid()}/steps/${guid()}`, { reviewResult: 'Approve' }],
    ['POST', `${G}/eligibilityScheduleRequests`, member],
    ['POST', `${G}/assignmentScheduleRequests`, member],
    ['PATCH', `/v1.0/policies/roleManagementPolicies/${POLICY}/rules/Expiration_EndUser_Assignment`, rule],
    ['PATCH', `/v1.0/policies/roleManagementPolicies/${GROUP_POLICY}`, { rules: [rule] }],
  ]
  const narrow = [
    'User.Read',
    '',
    'openid profile',
    'RoleManagement.Read.Directory PrivilegedAccess.Read.AzureADGroup',
    'RoleManagementPolicy.Read.Directory',
  ]

  it.each(WRITES.flatMap(([method, path, body]) => narrow.map((scp) => ({ method, path, body, scp }))))(
    'with `$scp` does not $method $path',
    async ({ method, path, body, scp }) => {
      const before = await count()
      for (const claims of [{ ...graph, scp }, { scp }]) {
        const answer = await send(claims, method, path, body)
        expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 403, body: { error: { code: 'UnknownError' } } })
        const told = JSON.parse(answer.body.error.message)
        expect(told).toMatchObject({ errorCode: 'PermissionScopeNotGranted', instanceAnnotations: [] })
        expect(told.message).toMatch(/^Authorization failed due to missing permission scope [\w.,]+\.$/)
      }
      expect(await count()).toBe(before)
    },
  )

  it.each([
    `${D}/roleEligibilitySchedules`,
    `${D}/roleAssignmentScheduleRequests/${guid()}`,
    `${D}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')`,
    `${G}/eligibilitySchedules?$filter=groupId eq '${OPERATORS}'`,
    `/v1.0/policies/roleManagementPolicies/${POLICY}`,
    `/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '${OPERATORS}' and scopeType eq 'Group'&$expand=policy`,
  ])('with `User.Read` does not read %s', async (path) => {
    expect(await send({ ...graph, scp: 'User.Read' }, 'GET', path)).toMatchObject({
      status: 403,
      body: { error: { code: 'UnknownError' } },
    })
  })

  it.each([
    ['RoleEligibilitySchedule.ReadWrite.Directory', 'POST', `${D}/roleEligibilityScheduleRequests`, eligible],
    ['rolemanagement.readwrite.directory User.Read', 'POST', `${D}/roleAssignmentScheduleRequests`, eligible],
    ['PrivilegedEligibilitySchedule.ReadWrite.AzureADGroup', 'POST', `${G}/eligibilityScheduleRequests`, member],
    [
      'RoleManagementPolicy.ReadWrite.Directory',
      'PATCH',
      `/v1.0/policies/roleManagementPolicies/${POLICY}/rules/Expiration_EndUser_Assignment`,
      rule,
    ],
    ['RoleManagement.Read.Directory', 'GET', `${D}/roleEligibilitySchedules`, undefined],
    ['User.Read', 'GET', '/v1.0/me', undefined],
  ] as const)('with `%s` does what it was given for: %s %s', async (scp, method, path, body) => {
    expect((await send({ ...graph, scp }, method, path, body)).status).toBeLessThan(300)
  })

  it('of an activation needs the permission too, but the permission alone gives no role', async () => {
    const token = await doors.token('sam', { ...graph, scp: 'RoleManagement.ReadWrite.Directory' })
    const answer = await doors.send(null, 'POST', `${D}/roleEligibilityScheduleRequests`, eligible, { authorization: `Bearer ${token}` })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } })
  })

  it('for Graph is none for resources nor for the native API; for ARM it is none for the native API', async () => {
    for (const scp of ['user_impersonation', undefined]) {
      const claims = { ...graph, ...(scp ? { scp } : {}) }
      expect(await send(claims, 'PUT', put(), resource)).toMatchObject({
        status: 401,
        body: { error: { code: 'InvalidAuthenticationToken' } },
      })
      expect(await send(claims, 'GET', '/api/v1/me')).toMatchObject({ status: 401, body: { code: 'InvalidAudience' } })
      expect(await send({ ...arm, ...(scp ? { scp } : {}) }, 'GET', '/api/v1/me')).toMatchObject({ status: 401 })
    }
  })

  it('for ARM acts at Graph with the permissions of an administrator’s tool, and never more than the person may', async () => {
    const scp = 'user_impersonation'
    expect((await send({ ...arm, scp }, 'GET', `${D}/roleEligibilitySchedules`)).status).toBe(200)
    const token = await doors.token('sam', { ...arm, scp })
    const answer = await doors.send(null, 'POST', `${D}/roleEligibilityScheduleRequests`, eligible, { authorization: `Bearer ${token}` })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } })
  })

  it('without `user_impersonation` does nothing to resources or at the native API', async () => {
    expect(await send({ ...arm, scp: 'User.Read' }, 'PUT', put(), resource)).toMatchObject({
      status: 403,
      body: { error: { code: 'AuthorizationFailed' } },
    })
    expect(await send({ scp: 'User.Read' }, 'GET', '/api/v1/me')).toMatchObject({ status: 403 })
    expect((await send({ ...arm, scp: 'user_impersonation' }, 'PUT', put(), resource)).status).toBe(201)
  })

  describe('of a program', () => {
    const app = (roles: readonly string[] = []): Partial<MintedClaims> => ({ idtyp: 'app', oid: SERVICE, appid: SERVICE, roles })
    const self = {
      ...eligible,
      action: 'selfActivate',
      principalId: SERVICE,
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } },
    }

    it('activates nothing, approves nothing and is nobody’s `me`', async () => {
      await w.seed(SERVICE, 'Eligibility', directoryRole())
      const all = app(['RoleManagement.ReadWrite.Directory'])
      expect((await send(all, 'POST', `${D}/roleAssignmentScheduleRequests`, self)).status).toBe(403)
      expect((await send(all, 'GET', '/v1.0/me')).status).toBe(400)
      expect((await send(all, 'PUT', put(), resource)).status).toBe(403)
    })

    it('that calls itself a person is still a program', async () => {
      const { appid: _, ...nameless } = app()
      const claims = { ...nameless, idtyp: 'user' as const }
      const unknown = await send({ ...app(), idtyp: 'user' }, 'POST', `${D}/roleAssignmentScheduleRequests`, self)
      expect(unknown).toMatchObject({ status: 401, body: { error: { code: 'InvalidAuthenticationToken' } } })
      expect((await send(claims, 'POST', `${D}/roleAssignmentScheduleRequests`, self)).status).toBe(403)
      const group = { ...claims, oid: OPERATORS }
      await w.seed(OPERATORS, 'Eligibility', directoryRole())
      expect((await send(group, 'POST', `${D}/roleAssignmentScheduleRequests`, { ...self, principalId: OPERATORS })).status).toBe(403)
    })

    it('with a permission to read writes nothing', async () => {
      const reads = app(['RoleManagement.Read.All', 'RoleManagement.Read.Directory', 'PrivilegedAccess.Read.AzureADGroup'])
      for (const [method, path, body] of WRITES.filter(([, path]) => !path.includes('cancel') && !path.includes('Approvals')))
        expect((await send(reads, method, path, body)).status, path).toBe(403)
      expect((await send(app(), 'GET', `${D}/roleEligibilitySchedules`)).status).toBe(403)
    })
  })

  it('of a role at another plane is no directory role', async () => {
    await w.seed(idOf('engineer'), 'Assignment', resourceRole())
    await w.seed(idOf('engineer'), 'Assignment', groupRole(OPERATORS, 'owner'))
    expect((await doors.send('engineer', 'POST', `${D}/roleEligibilityScheduleRequests`, eligible)).status).toBe(403)
  })
})
