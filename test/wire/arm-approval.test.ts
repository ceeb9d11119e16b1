// What an activation may be asked for, through the ARM door: approval, an authentication context; and the policies and roles that say so
// (contract reference, 13, 15.1, 19).

import { describe, expect, it } from 'vitest'
import { guid, openDoors } from '../support/doors.ts'
import { APPROVERS, CONTRIBUTOR, groupRole, idOf, makeWorld, OWNER, RG, resourceRole, SUBSCRIPTION, TEAM } from '../support/world.ts'

const P = '/providers/Microsoft.Authorization'
const V = 'api-version=2020-10-01'
const role = (id = CONTRIBUTOR, scope = SUBSCRIPTION) => `${scope}${P}/roleDefinitions/${id}`
const url = (scope: string, type: string, rest = '', query = V) => `${scope}${P}/${type}${rest}?${query}`

const properties = (principalId: string, requestType: string, more: object = {}) => ({
  properties: {
    principalId,
    roleDefinitionId: role(),
    requestType,
    justification: 'because',
    scheduleInfo: { startDateTime: null, expiration: { type: 'AfterDuration', endDateTime: null, duration: 'PT1H' } },
    ...more,
  },
})

describe('an activation that needs approval, through ARM', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  const me = idOf('engineer')
  await w.seed(idOf('engineer'), 'Assignment', groupRole(TEAM))
  await w.seed(TEAM, 'Eligibility', resourceRole(RG))
  const policy = url(RG, 'roleManagementPolicies', `/${CONTRIBUTOR}`)
  const name = guid()

  it('is asked for by the policy, changed with a string for a boolean', async () => {
    const rule = {
      id: 'Approval_EndUser_Assignment',
      ruleType: 'RoleManagementPolicyApprovalRule',
      setting: {
        isApprovalRequired: 'true',
        approvalStages: [{ primaryApprovers: [{ id: APPROVERS, userType: 'Group', description: 'approvers', isBackup: false }] }],
      },
    }
    const done = await send('admin', 'PATCH', policy, { properties: { rules: [rule] } })
    expect(done.status).toBe(200)
    expect(done.body.properties).toMatchObject({
      isOrganizationDefault: false,
      lastModifiedBy: { id: idOf('admin'), displayName: 'admin' },
    })
    expect(done.body.properties.rules).toHaveLength(17)
    const lower = structuredClone(rule)
    lower.setting.approvalStages[0]!.primaryApprovers[0]!.userType = 'group'
    expect(await send('admin', 'PATCH', policy, { properties: { rules: [lower] } })).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidPolicy' } },
    })
    expect(await send('engineer', 'PATCH', policy, { properties: { rules: [rule] } })).toMatchObject({
      status: 403,
      body: { error: { code: 'AuthorizationFailed' } },
    })
  })

  it('shows the one policy of a role by filter, to an administrator and to whoever can activate under it', async () => {
    for (const who of ['admin', 'engineer'] as const) {
      const query = `${V}&$filter=roleDefinitionId eq '${role(CONTRIBUTOR, RG)}'`
      const policies = await send(who, 'GET', url(RG, 'roleManagementPolicies', '', query))
      expect(policies.body.value).toMatchObject([{ name: CONTRIBUTOR }])
      const assignments = await send(who, 'GET', url(RG, 'roleManagementPolicyAssignments', '', `${V}&$filter=asTarget()`))
      expect(assignments.body.value).toHaveLength(who === 'engineer' ? 1 : 0)
    }
  })

  it('waits, says so on validation, and is listed to its approvers', async () => {
    const at = (rest: string) => url(RG, 'roleAssignmentScheduleRequests', rest)
    const tried = await send('engineer', 'POST', at(`/${guid()}/validate`), properties(me, 'SelfActivate'))
    expect(tried.body.properties.status).toBe('PendingEvaluation')
    const asked = await send('engineer', 'PUT', at(`/${name}`), properties(me, 'SelfActivate'))
    expect(asked).toMatchObject({ status: 201, body: { properties: { status: 'PendingApproval', targetRoleAssignmentScheduleId: name } } })
    const pending = await send('lead', 'GET', url('', 'roleAssignmentScheduleRequests', '', `${V}&$filter=asApprover()`))
    expect(pending.body.value).toMatchObject([{ name, properties: { approvalId: asked.body.properties.approvalId } }])
    const none = await send('sam', 'GET', url('', 'roleAssignmentScheduleRequests', '', `${V}&$filter=asApprover()`))
    expect(none.body.value).toEqual([])
  })

  it('is decided through the stage that its approval id leads to, once, by an approver', async () => {
    const asked = await send('engineer', 'GET', url(RG, 'roleAssignmentScheduleRequests', `/${name}`))
    const stages = `${asked.body.properties.approvalId}/stages`
    const A = 'api-version=2021-01-01-preview'
    const listed = await send('lead', 'GET', `${stages}?${A}`)
    expect(listed.body.value).toMatchObject([{ properties: { status: 'InProgress', assignedToMe: true, reviewResult: 'NotReviewed' } }])
    const stage = `${stages}/${listed.body.value[0].name}?${A}`
    const yes = { properties: { reviewResult: 'Approve', justification: 'fine' } }
    expect(await send('engineer', 'PATCH', stage, yes)).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed' } } })
    expect((await send('sam', 'PATCH', stage, yes)).status).toBe(403)
    const done = await send('lead', 'PUT', stage, yes.properties)
    expect(done).toMatchObject({
      status: 200,
      body: { properties: { status: 'Completed', reviewResult: 'Approve', reviewedBy: { principalId: idOf('lead') } } },
    })
    expect(await send('manager', 'PATCH', stage, yes)).toMatchObject({ status: 409, body: { error: { code: 'RequestConflict' } } })
    const active = await send('engineer', 'GET', url(RG, 'roleAssignmentScheduleInstances', '', `${V}&$filter=asTarget()`))
    expect(active.body.value).toMatchObject([{ name, properties: { assignmentType: 'Activated' } }])
  })

  it('D14 resets the policy on DELETE', async () => {
    expect((await send('admin', 'DELETE', policy)).status).toBe(200)
    const read = await send('admin', 'GET', policy)
    expect(read.body.properties.isOrganizationDefault).toBe(true)
  })
})

describe('an authentication context, through ARM', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  await w.seed(idOf('engineer'), 'Eligibility', resourceRole(RG))
  await w.policy(resourceRole(RG), [
    {
      kind: 'AuthenticationContext',
      id: 'AuthenticationContext_EndUser_Assignment',
      caller: 'EndUser',
      level: 'Assignment',
      isEnabled: true,
      claimValue: 'c1',
    },
  ])
  const ask = (authorization: string) =>
    doors.send(null, 'PUT', url(RG, 'roleAssignmentScheduleRequests', `/${guid()}`), properties(idOf('engineer'), 'SelfActivate'), {
      authorization: `Bearer ${authorization}`,
    })

  it('is challenged for with the exact message, leaves no request behind, and passes with the claim', async () => {
    const refused = await ask(await doors.token('engineer'))
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'RoleAssignmentRequestAcrsValidationFailed' } } })
    expect(refused.body.error.message).toBe(
      '&claims=%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22c1%22%7D%7D%7D',
    )
    expect(await w.db.query('select id from requests')).toEqual([])
    expect((await ask(await doors.token('engineer', { acrs: ['c1'] }))).status).toBe(201)
  })
})

describe('role definitions, through ARM', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  const at = (query: string, rest = '', scope: string = SUBSCRIPTION) =>
    send('sam', 'GET', url(scope, 'roleDefinitions', rest, `api-version=2022-04-01${query}`))

  it('are found by name, by kind and by id', async () => {
    expect((await at(`&$filter=roleName eq 'owner'`)).body.value).toMatchObject([
      {
        name: OWNER,
        id: role(OWNER),
        properties: { roleName: 'Owner', type: 'BuiltInRole', permissions: [{ actions: ['*'], notActions: [] }] },
      },
    ])
    expect((await at(`&$filter=type eq 'CustomRole'`)).body.value).toEqual([])
    expect((await at(`&$filter=atScopeAndBelow() and type eq 'BuiltInRole'`)).body.value).toHaveLength(2)
    expect((await at('', `/${OWNER}`, '')).body).toMatchObject({ id: `${P}/roleDefinitions/${OWNER}` })
    expect(await at('', `/${guid()}`)).toMatchObject({ status: 404, body: { error: { code: 'RoleDefinitionDoesNotExist' } } })
  })
})
