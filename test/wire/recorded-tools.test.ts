// What azpim, PIM-Me and az-pim-cli were seen to send (clients, section 6): list, validate, activate, deactivate on resource roles.

import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { openRecorded, P, SUB, SUB_ID } from '../support/recorded.ts'

const API = 'api-version=2020-10-01'
const CONTRIBUTOR = 'b24988ac-6180-42a0-ab88-20f7382dd24c'
const SCOPE = `${SUB}/resourceGroups/rg-edge-prod`
const ROLE = `${SUB}${P}/roleDefinitions/${CONTRIBUTOR}`

const { w, must, send } = await openRecorded()
const me = w.id('engineer')
let eligibility: { id: string; name: string; properties: Record<string, string> }

beforeAll(async () => {
  await must('admin', 'PUT', `${SCOPE}${P}/roleEligibilityScheduleRequests/${randomUUID()}?${API}`, {
    properties: {
      principalId: me,
      roleDefinitionId: ROLE,
      requestType: 'AdminAssign',
      justification: 'rota',
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P30D' } },
    },
  })
})

describe('azpim', () => {
  it('knows who I am, my subscriptions and my eligibilities in each', async () => {
    const who = await must('engineer', 'GET', '/v1.0/me?$select=id,userPrincipalName,displayName')
    expect(who.body).toMatchObject({ id: me, userPrincipalName: 'engineer@contoso.com', displayName: 'Erin Engineer' })
    const subscriptions = await must('engineer', 'GET', '/subscriptions?api-version=2022-12-01')
    expect(subscriptions.body.value).toContainEqual(expect.objectContaining({ subscriptionId: SUB_ID, state: 'Enabled' }))
    const page = await must('engineer', 'GET', `${SUB}${P}/roleEligibilitySchedules?${API}&$filter=asTarget()`)
    expect(page.body.value).toHaveLength(1)
    eligibility = page.body.value[0]
    expect(eligibility.properties).toMatchObject({ principalId: me, roleDefinitionId: ROLE })
  })

  it('activates by the full id of the eligibility, and deactivates within seconds', async () => {
    const body = {
      properties: {
        principalId: me,
        roleDefinitionId: ROLE,
        requestType: 'SelfActivate',
        linkedRoleEligibilityScheduleId: eligibility.id,
        justification: 'deploy',
        scheduleInfo: { startDateTime: new Date(w.now()).toISOString(), expiration: { type: 'AfterDuration', duration: 'PT1H' } },
      },
    }
    const made = await must('engineer', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${randomUUID()}?${API}`, body)
    expect(made.body.properties.status).toBe('Provisioned')
    const active = await must('engineer', 'GET', `${SCOPE}${P}/roleAssignmentSchedules?${API}&$filter=asTarget()`)
    expect(active.body.value).toMatchObject([{ properties: { assignmentType: 'Activated' } }])
    const end = {
      properties: { principalId: me, roleDefinitionId: ROLE, requestType: 'SelfDeactivate', linkedRoleEligibilityScheduleId: '' },
    }
    const done = await must('engineer', 'PUT', `${SCOPE}${P}/roleAssignmentScheduleRequests/${randomUUID()}?${API}`, end)
    expect(done.body.properties.status).toBe('Revoked')
  })
})

describe('PIM-Me', () => {
  it('lists my instances at every scope from the root, and takes a second activation as done by its code', async () => {
    const page = await must('engineer', 'GET', `${P}/roleEligibilityScheduleInstances?${API}&$filter=asTarget()`)
    const scopes = page.body.value.map((one: { properties: { scope: string } }) => one.properties.scope)
    expect(scopes).toContain(SCOPE)
    const body = {
      properties: {
        principalId: me,
        roleDefinitionId: ROLE,
        requestType: 'SelfActivate',
        justification: 'again',
        scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
      },
    }
    const path = () => `${SCOPE}${P}/roleAssignmentScheduleRequests/${randomUUID()}?${API}`
    expect((await must('engineer', 'PUT', path(), body)).status).toBe(201)
    expect(await send('engineer', 'PUT', path(), body)).toMatchObject({ status: 400, body: { error: { code: 'RoleAssignmentExists' } } })
    const active = await must('engineer', 'GET', `${P}/roleAssignmentScheduleInstances?${API}&$filter=asTarget()`)
    expect(active.body.value).toContainEqual(
      expect.objectContaining({ properties: expect.objectContaining({ assignmentType: 'Activated', scope: SCOPE }) }),
    )
    await must('engineer', 'PUT', path(), { properties: { principalId: me, roleDefinitionId: ROLE, requestType: 'SelfDeactivate' } })
  })
})

describe('az-pim-cli', () => {
  const pascal = (type: string) => ({
    Properties: {
      PrincipalId: me,
      RoleDefinitionId: ROLE,
      RequestType: type,
      LinkedRoleEligibilityScheduleId: eligibility.name,
      Justification: 'queue',
      ScheduleInfo: {
        startDateTime: null,
        Expiration: { Type: 'AfterDuration', EndDateTime: null, Duration: 'PT60M' },
      },
      TicketInfo: { TicketNumber: '', TicketSystem: '' },
      IsValidationOnly: type === 'validate',
      IsActivativation: true,
    },
  })

  it('validates and then activates, in its own spelling, with names nobody else knows', async () => {
    const path = `${SCOPE}${P}/roleAssignmentScheduleRequests/${randomUUID()}`
    const would = await must('engineer', 'POST', `${path}/validate?${API}`, pascal('SelfActivate'))
    expect(would.body.properties.status).toBe('Granted')
    expect((await send('engineer', 'GET', `${path}?${API}`)).status).toBe(404)
    const made = await must('engineer', 'PUT', `${path}?${API}`, pascal('SelfActivate'))
    expect(made.body.properties).toMatchObject({ status: 'Provisioned', justification: 'queue' })
    expect(made.body.properties.scheduleInfo.expiration.duration).toBe('PT60M')
  })
})
