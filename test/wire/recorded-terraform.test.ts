// What Terraform's two providers were seen to send, in their order, and what they compare (clients, section 5; contract reference 17).

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { goQuery, openRecorded, P, SUB } from '../support/recorded.ts'

const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
const SCOPE = `${SUB}/resourceGroups/rg-edge-prod`
/** Not a version 4 GUID: what the provider makes up is not one. */
const name = () => randomUUID().replace(/^(.{14})4/, '$1a')

describe('azurerm', async () => {
  const { w, must, send } = await openRecorded()
  const api = 'api-version=2020-10-01'
  const sam = w.id('sam')
  const find = async (kind: 'Eligibility' | 'Assignment', filter: string) => {
    const page = await must(
      'admin',
      'GET',
      `${SCOPE}${P}/role${kind}Schedules?${goQuery({ $filter: filter, 'api-version': '2020-10-01' })}`,
    )
    return (page.body.value as { name: string; properties: Record<string, string> }[]).filter(
      ({ properties: p }) =>
        p.scope?.toLowerCase() === SCOPE.toLowerCase() && p.principalId?.toLowerCase() === sam && p.memberType === 'Direct',
    )
  }

  it.each([
    ['the full id', `${SUB}${P}/roleDefinitions/${CONTRIBUTOR}`],
    ['the bare id, as a published guide passes it', CONTRIBUTOR],
  ])(
    'pim_eligible_role_assignment with %s: made, found by what was sent, planned again without a difference, destroyed',
    async (_, role) => {
      const filter = `(principalId eq '${sam}') and atScope()`
      expect(await find('Eligibility', filter)).toEqual([])
      const body = {
        properties: {
          justification: 'team rota',
          principalId: sam,
          requestType: 'AdminAssign',
          roleDefinitionId: role,
          scope: SCOPE,
          scheduleInfo: { startDateTime: null, expiration: { type: 'AfterDuration', duration: 'P180D', endDateTime: null } },
          ticketInfo: { ticketNumber: '1', ticketSystem: 'rota' },
        },
      }
      const made = await must('admin', 'PUT', `${SCOPE}${P}/roleEligibilityScheduleRequests/${name()}?${api}`, body)
      expect(made.status).toBe(201)
      const [found, ...others] = await find('Eligibility', filter)
      expect(others).toEqual([])
      // The provider compares with its own string, and waits ten minutes for it.
      expect(found?.properties.roleDefinitionId?.toLowerCase()).toBe(role.toLowerCase())
      const request = (found?.properties.roleEligibilityScheduleRequestId ?? '').replace(/^\/?/, '/')
      const read = await must('admin', 'GET', `${request}?${api}`)
      expect(read.body.properties).toMatchObject({ justification: 'team rota', ticketInfo: { ticketNumber: '1', ticketSystem: 'rota' } })
      // The second plan: the same values, no difference.
      const again = await must('admin', 'GET', `${request}?${api}`)
      expect(again.body).toEqual(read.body)
      const destroy = {
        properties: {
          principalId: sam,
          requestType: 'AdminRemove',
          roleDefinitionId: role,
          scope: SCOPE,
          ticketInfo: { ticketNumber: '', ticketSystem: '' },
        },
      }
      w.pass(10 * 60_000)
      expect((await must('admin', 'PUT', `${SCOPE}${P}/roleEligibilityScheduleRequests/${name()}?${api}`, destroy)).status).toBe(201)
      expect(await find('Eligibility', filter)).toEqual([])
    },
  )

  it('pim_active_role_assignment: made, found, and a removal too early is told by the code that makes it wait', async () => {
    const role = `${SUB}${P}/roleDefinitions/${CONTRIBUTOR}`
    const filter = `(principalId eq '${sam}')`
    const body = {
      properties: {
        justification: 'move',
        principalId: sam,
        requestType: 'AdminAssign',
        roleDefinitionId: role,
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P1D' } },
      },
    }
    await must('admin', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${name()}?${api}`, body)
    expect(await find('Assignment', filter)).toMatchObject([{ properties: { roleDefinitionId: role, assignmentType: 'Assigned' } }])
    const remove = { properties: { principalId: sam, requestType: 'AdminRemove', roleDefinitionId: role } }
    const early = await send('admin', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${name()}?${api}`, remove)
    expect(early).toMatchObject({ status: 400, body: { error: { code: 'ActiveDurationTooShort' } } })
    w.pass(6 * 60_000)
    await must('admin', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${name()}?${api}`, remove)
    expect(await find('Assignment', filter)).toEqual([])
    const gone = await send('admin', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${name()}?${api}`, remove)
    expect(gone).toMatchObject({ status: 400, body: { error: { code: 'RoleAssignmentDoesNotExist' } } })
  })

  it('role_management_policy: exactly one policy by its role, changed by its rules alone, the same when read again', async () => {
    const role = `${SUB}${P}/roleDefinitions/${CONTRIBUTOR}`
    const query = goQuery({ $filter: `roleDefinitionId eq '${role}'`, 'api-version': '2020-10-01' })
    const page = await must('admin', 'GET', `${SCOPE}${P}/roleManagementPolicies?${query}`)
    expect(page.body.value).toHaveLength(1)
    const [{ id }] = page.body.value
    const rules = [
      {
        id: 'Expiration_EndUser_Assignment',
        ruleType: 'RoleManagementPolicyExpirationRule',
        isExpirationRequired: true,
        maximumDuration: 'PT2H',
        target: { caller: 'EndUser', operations: ['All'], level: 'Assignment' },
      },
    ]
    expect((await must('admin', 'PATCH', `${id}?${api}`, { properties: { rules } })).status).toBe(200)
    const read = await must('admin', 'GET', `${id}?${api}`)
    const rule = read.body.properties.rules.find((r: { id: string }) => r.id === 'Expiration_EndUser_Assignment')
    expect(rule).toMatchObject({ maximumDuration: 'PT2H' })
  })
})

describe('azuread', async () => {
  const { w, must, send } = await openRecorded()
  let group = ''

  it('group: made on beta with an owner bound, renamed twice, read back with owners and members', async () => {
    const body = {
      '@odata.type': '#microsoft.graph.group',
      displayName: 'pag-terraform',
      mailEnabled: false,
      mailNickname: 'pag-terraform',
      securityEnabled: true,
      isAssignableToRole: true,
      groupTypes: [],
      'owners@odata.bind': [`https://graph.microsoft.com/beta/directoryObjects/${w.id('admin')}`],
    }
    const made = await must('admin', 'POST', '/beta/groups', body)
    expect(made.status).toBe(201)
    group = made.body.id
    for (const displayName of ['TERRAFORM_UPDATE_1a2b', 'pag-terraform'])
      expect((await must('admin', 'PATCH', `/beta/groups/${group}`, { displayName })).status).toBe(204)
    expect((await must('admin', 'GET', `/beta/groups/${group}`)).body).toMatchObject({
      displayName: 'pag-terraform',
      isAssignableToRole: true,
    })
    expect((await must('admin', 'GET', `/beta/groups/${group}/owners`)).body.value).toMatchObject([{ id: w.id('admin') }])
    for (const list of ['members', 'memberOf']) expect((await must('admin', 'GET', `/beta/groups/${group}/${list}`)).body.value).toEqual([])
  })

  it('user: found by name, read by forty properties; a manager that is missing is 404', async () => {
    const filter = goQuery({ $filter: "userPrincipalName eq 'engineer@contoso.com'" })
    const { body } = await must('admin', 'GET', `/v1.0/users?${filter}`)
    const select = 'accountEnabled,ageGroup,businessPhones,city,companyName,consentProvidedForMinor,country,creationType,department'
    const read = await must(
      'admin',
      'GET',
      `/v1.0/users/${body.value[0].id}?$select=${select},displayName,employeeId,givenName,id,mail,userPrincipalName,userType`,
    )
    expect(read.body).toMatchObject({ displayName: 'Erin Engineer', accountEnabled: true })
    expect([200, 404]).toContain((await send('admin', 'GET', `/v1.0/users/${w.id('breakglass1')}/manager`)).status)
  })

  it.each([
    ['eligibility', 'eligibilityScheduleRequests', 'eligibilitySchedules'],
    ['assignment', 'assignmentScheduleRequests', 'assignmentSchedules'],
  ])(
    'privileged_access_group_%s_schedule: its target schedule parses, resolves, and leads back to the request',
    async (_, requests, schedules) => {
      const base = '/v1.0/identityGovernance/privilegedAccess/group'
      const body = {
        '@odata.type': '#microsoft.graph.privilegedAccessGroupEligibilityScheduleRequest',
        accessId: 'member',
        action: 'adminAssign',
        createdBy: null,
        groupId: group,
        justification: 'rota',
        principalId: w.id('sam'),
        scheduleInfo: { startDateTime: null, recurrence: null, expiration: { type: 'afterDuration', duration: 'P30D', endDateTime: null } },
      }
      const made = await must('admin', 'POST', `${base}/${requests}`, body)
      expect(made.status).toBe(201)
      const parts = made.body.targetScheduleId.split('_')
      expect(parts).toHaveLength(3)
      expect(parts.slice(0, 2)).toEqual([group, 'member'])
      const schedule = await must('admin', 'GET', `${base}/${schedules}/${made.body.targetScheduleId}`)
      expect(schedule.body).toMatchObject({ id: made.body.targetScheduleId, principalId: w.id('sam'), groupId: group })
      const query = goQuery({
        $filter: `groupId eq '${group}' and targetScheduleId eq '${made.body.targetScheduleId}'`,
        $orderby: 'createdDateTime desc',
      })
      expect((await must('admin', 'GET', `${base}/${requests}?${query}`)).body.value).toMatchObject([{ id: made.body.id }])
    },
  )

  it('group_role_management_policy: found by its assignment, read whole, changed whole, its id names the group', async () => {
    const filter = goQuery({ $filter: `scopeType eq 'Group' and scopeId eq '${group}' and roleDefinitionId eq 'member'` })
    const [assignment] = (await must('admin', 'GET', `/v1.0/policies/roleManagementPolicyAssignments?${filter}`)).body.value
    expect(assignment.policyId).toMatch(new RegExp(`^Group_${group}_[0-9a-f-]{36}$`))
    expect(assignment.id.split('_')).toHaveLength(4)
    const path = `/v1.0/policies/roleManagementPolicies/${assignment.policyId}`
    const whole = await must('admin', 'GET', `${path}?$expand=*`)
    expect(whole.body.rules).toHaveLength(17)
    const rule = whole.body.rules.find((r: { id: string }) => r.id === 'Expiration_EndUser_Assignment')
    const patched = await must('admin', 'PATCH', path, {
      '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicy',
      id: assignment.policyId,
      scopeId: group,
      scopeType: 'Group',
      rules: [{ ...rule, maximumDuration: 'PT3H' }],
    })
    expect(patched.status).toBe(200)
    const by = goQuery({ $filter: `scopeType eq 'Group' and scopeId eq '${group}' and policyId eq '${assignment.policyId}'` })
    expect((await must('admin', 'GET', `/v1.0/policies/roleManagementPolicyAssignments?${by}`)).body.value).toMatchObject([
      { id: assignment.id },
    ])
    const again = await must('admin', 'GET', `${path}?$expand=*`)
    const changed = again.body.rules.find((r: { id: string }) => r.id === 'Expiration_EndUser_Assignment')
    expect(changed).toMatchObject({ maximumDuration: 'PT3H' })
  })

  it('directory_role, its assignment and its eligibility', async () => {
    const templates = (await must('admin', 'GET', '/v1.0/directoryRoleTemplates')).body.value as { id: string; displayName: string }[]
    const template = templates.find((t) => t.displayName === 'Reports Reader')?.id ?? ''
    const filter = goQuery({ $filter: `roleTemplateId eq '${template}'` })
    const [role] = (await must('admin', 'GET', `/v1.0/directoryRoles?${filter}`)).body.value
    expect((await must('admin', 'GET', `/v1.0/directoryRoles/${role.id}`)).body).toMatchObject({ roleTemplateId: template })
    const body = { principalId: w.id('auditor'), roleDefinitionId: template, directoryScopeId: '/' }
    const made = await must('admin', 'POST', '/v1.0/roleManagement/directory/roleAssignments', body)
    expect((await must('admin', 'GET', `/v1.0/roleManagement/directory/roleAssignments/${made.body.id}`)).body).toMatchObject(body)
    expect((await must('admin', 'DELETE', `/v1.0/roleManagement/directory/roleAssignments/${made.body.id}`)).status).toBe(204)
    expect((await send('admin', 'GET', `/v1.0/roleManagement/directory/roleAssignments/${made.body.id}`)).status).toBe(404)
    const eligible = await must('admin', 'POST', '/v1.0/roleManagement/directory/roleEligibilityScheduleRequests', {
      ...body,
      action: 'adminAssign',
      justification: 'reports',
      scheduleInfo: { startDateTime: null, expiration: { type: 'noExpiration' } },
    })
    const read = await must('admin', 'GET', `/v1.0/roleManagement/directory/roleEligibilityScheduleRequests/${eligible.body.id}`)
    expect(read.body).toMatchObject({ status: 'Provisioned', targetScheduleId: eligible.body.id })
  })
})
