// Both Graph families, from eligibility to deactivation, as a client walks them (contract reference 3, 5; behaviour 1.5, 2).

import { describe, expect, it } from 'vitest'
import { USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { openDoors, sevenDigits } from '../support/doors.ts'
import { idOf, makeWorld, OPERATORS } from '../support/world.ts'

const FAMILIES = [
  {
    name: 'directory',
    base: '/v1.0/roleManagement/directory',
    eligibility: 'roleEligibilitySchedule',
    assignment: 'roleAssignmentSchedule',
    privilege: { roleDefinitionId: USER_ADMINISTRATOR, directoryScopeId: '/' },
    find: `roleDefinitionId eq '${USER_ADMINISTRATOR}'`,
    approvals: '/beta/roleManagement/directory/roleAssignmentApprovals',
    scope: '/',
    type: 'DirectoryRole',
    role: USER_ADMINISTRATOR,
  },
  {
    name: 'group',
    base: '/v1.0/identityGovernance/privilegedAccess/group',
    eligibility: 'eligibilitySchedule',
    assignment: 'assignmentSchedule',
    privilege: { groupId: OPERATORS, accessId: 'member' },
    find: `groupId eq '${OPERATORS}'`,
    approvals: '/v1.0/identityGovernance/privilegedAccess/group/assignmentApprovals',
    scope: OPERATORS,
    type: 'Group',
    role: 'member',
  },
] as const

describe.each(FAMILIES)('the $name family', async (f) => {
  const w = await makeWorld()
  const d = await openDoors(w)
  const me = idOf('engineer')
  const hour = { startDateTime: sevenDigits(w.now()), expiration: { type: 'afterDuration', duration: 'PT1H' } }
  const body = (action: string, scheduleInfo: unknown = hour, more = {}) => ({
    action,
    principalId: me,
    ...f.privilege,
    scheduleInfo,
    justification: 'INC-4892',
    ...more,
  })
  const activate = (more = {}) => d.send('engineer', 'POST', `${f.base}/${f.assignment}Requests`, { ...body('selfActivate'), ...more })

  it('makes eligible', async () => {
    const made = await d.send(
      'admin',
      'POST',
      `${f.base}/${f.eligibility}Requests`,
      body('AdminAssign', { expiration: { type: 'AfterDuration', duration: 'P180D' } }),
    )
    expect(made).toMatchObject({
      status: 201,
      body: { status: 'Provisioned', action: 'adminAssign', principalId: me, ...f.privilege, approvalId: null },
    })
    const schedule = await d.send('engineer', 'GET', `${f.base}/${f.eligibility}s/filterByCurrentUser(on='principal')`)
    expect(schedule.body.value).toMatchObject([
      { principalId: me, memberType: 'Direct', status: 'Provisioned', createdUsing: made.body.id },
    ])
    expect(schedule.body.value[0].id).toBe(made.body.targetScheduleId)
  })

  it('validates without storing anything', async () => {
    const before = await w.db.query('select 1 from requests')
    const dry = await activate({ isValidationOnly: true })
    expect(dry).toMatchObject({ status: 201, body: { status: 'Granted', isValidationOnly: true } })
    expect(await w.db.query('select 1 from requests')).toHaveLength(before.length)
  })

  it('activates, shows the instance with what it rests on, and refuses twice', async () => {
    const done = await activate()
    expect(done).toMatchObject({
      status: 201,
      body: { status: 'Provisioned', scheduleInfo: { expiration: { type: 'afterDuration', duration: 'PT1H' } } },
    })
    const mine = await d.send(
      'engineer',
      'GET',
      `${f.base}/${f.assignment}Instances/filterByCurrentUser(on='principal')?$expand=principal,activatedUsing`,
    )
    expect(mine.body.value).toMatchObject([
      {
        assignmentType: 'Activated',
        principal: { '@odata.type': '#microsoft.graph.user', id: me },
        activatedUsing: { memberType: 'Direct' },
      },
    ])
    const again = await d.send('engineer', 'GET', `${f.base}/${f.assignment}Instances/${mine.body.value[0].id}`)
    expect(again).toMatchObject({ status: 200, body: { id: mine.body.value[0].id } })
    expect(await activate()).toMatchObject({
      status: 400,
      body: { error: { code: 'RoleAssignmentExists', message: 'The Role assignment already exists.' } },
    })
  })

  it('deactivates', async () => {
    w.pass(60_000)
    const off = await d.send('engineer', 'POST', `${f.base}/${f.assignment}Requests`, body('selfDeactivate', undefined))
    expect(off).toMatchObject({ status: 201, body: { status: 'Revoked', completedDateTime: null, scheduleInfo: null } })
    const none = await d.send('engineer', 'GET', `${f.base}/${f.assignment}Instances/filterByCurrentUser(on='principal')`)
    expect(none.body.value).toEqual([])
  })

  it('plans for later and withdraws', async () => {
    const later = { ...hour, startDateTime: sevenDigits(w.now() + 3_600_000) }
    const planned = await activate({ scheduleInfo: later })
    expect(planned).toMatchObject({ status: 201, body: { status: 'Granted' } })
    const path = `${f.base}/${f.assignment}Requests/${planned.body.id}`
    expect(await d.send('engineer', 'POST', `${path}/cancel`)).toMatchObject({ status: 204, body: null })
    expect(await d.send('engineer', 'GET', path)).toMatchObject({ status: 200, body: { status: 'Canceled' } })
    expect(await d.send('engineer', 'POST', `${path}/microsoft.graph.cancel`)).toMatchObject({ status: 400 })
  })

  it('changes a rule, holds for approval, and lets an approver in', async () => {
    const found = await d.send(
      'admin',
      'GET',
      `/v1.0/policies/roleManagementPolicyAssignments?$filter=scopeId eq '${f.scope}' and scopeType eq '${f.type}' and roleDefinitionId eq '${f.role}'&$expand=policy($expand=rules)`,
    )
    expect(found.status).toBe(200)
    expect(found.body.value[0].policy.rules).toHaveLength(17)
    const rule = found.body.value[0].policy.rules.find((r: { id: string }) => r.id === 'Approval_EndUser_Assignment')
    rule.setting.isApprovalRequired = true
    rule.setting.approvalStages[0].primaryApprovers = [{ '@odata.type': '#microsoft.graph.singleUser', userId: idOf('lead') }]
    const path = `/v1.0/policies/roleManagementPolicies/${found.body.value[0].policyId}/rules/Approval_EndUser_Assignment`
    expect(await d.send('engineer', 'PATCH', path, rule)).toMatchObject({ status: 403 })
    expect(await d.send('admin', 'PATCH', path, rule)).toMatchObject({ status: 204 })

    const asked = await activate()
    expect(asked).toMatchObject({ status: 201, body: { status: 'PendingApproval' } })
    expect(asked.body.approvalId).toBe(asked.body.id)
    const waiting = await d.send(
      'lead',
      'GET',
      `${f.base}/${f.assignment}Requests/filterByCurrentUser(on='approver')?$filter=status eq 'PendingApproval'`,
    )
    expect(waiting.body.value).toHaveLength(1)
    const approval = `${f.approvals}/${asked.body.approvalId}`
    const shown = await d.send('lead', 'GET', `${approval}?$expand=${f.approvals.startsWith('/beta') ? 'steps' : 'stages'}`)
    expect((shown.body.steps ?? shown.body.stages)[0]).toMatchObject({
      status: 'InProgress',
      assignedToMe: true,
      reviewResult: 'NotReviewed',
    })
    const step = `${approval}/${f.approvals.startsWith('/beta') ? 'steps' : 'stages'}/${asked.body.approvalId}`
    expect(await d.send('engineer', 'PATCH', step, { reviewResult: 'Approve', justification: 'mine' })).toMatchObject({ status: 403 })
    expect(await d.send('sam', 'PATCH', step, { reviewResult: 'Approve', justification: 'no right' })).toMatchObject({ status: 403 })
    expect(await d.send('lead', 'PATCH', step, { reviewResult: 'Approve', justification: 'fine' })).toMatchObject({ status: 204 })
    expect(await d.send('lead', 'PATCH', step, { reviewResult: 'Deny', justification: 'late' })).toMatchObject({ status: 409 })
    expect(await d.send('engineer', 'GET', `${f.base}/${f.assignment}Requests/${asked.body.id}`)).toMatchObject({
      status: 200,
      body: { status: 'Provisioned' },
    })
  })

  it('refuses bad input in its own dialect and changes nothing', async () => {
    const url = `${f.base}/${f.assignment}Requests`
    expect(await d.send(null, 'POST', url, body('selfActivate'))).toMatchObject({
      status: 401,
      body: { error: { code: 'InvalidAuthenticationToken' } },
    })
    expect(await d.send('engineer', 'POST', url, '{"action":')).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } })
    expect(await d.send('engineer', 'POST', url, body('fly'))).toMatchObject({ status: 400 })
    expect(await d.send('engineer', 'GET', `${url}?$filter=colour eq 'red'`)).toMatchObject({ status: f.name === 'group' ? 400 : 403 })
    expect(await d.send('admin', 'GET', `${url}/${idOf('sam')}`)).toMatchObject({
      status: 404,
      body: { error: { code: 'Request_ResourceNotFound' } },
    })
    expect(await d.send('admin', 'DELETE', `${url}/${idOf('sam')}`)).toMatchObject({ status: 405 })
  })
})
