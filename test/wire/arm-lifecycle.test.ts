// The main job through the ARM door: make eligible, find it, try, activate, approve, deactivate, cancel (contract reference, 12, 13).

import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { guid, ORIGIN, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, idOf, makeWorld, OWNER, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const P = '/providers/Microsoft.Authorization'
const V = 'api-version=2020-10-01'
const LEDGER = `${SUBSCRIPTION}/resourceGroups/rg-ledger-prod`
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
const DAYS = { scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P180D' } } }

describe('a role for a stint, through ARM', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const { send } = doors
  const me = idOf('engineer')
  const eligible = guid()

  it('makes eligible, and shows what was sent as it was sent (D23)', async () => {
    const made = await send(
      'admin',
      'PUT',
      url(`/providers/Microsoft.Subscription${SUBSCRIPTION}`, 'roleEligibilityScheduleRequests', `/${eligible}`),
      properties(me, 'AdminAssign', DAYS),
    )
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      name: eligible,
      type: 'Microsoft.Authorization/RoleEligibilityScheduleRequests',
      id: `${SUBSCRIPTION}${P}/RoleEligibilityScheduleRequests/${eligible}`,
      properties: {
        status: 'Provisioned',
        requestType: 'AdminAssign',
        targetRoleEligibilityScheduleId: eligible,
        roleDefinitionId: role(),
        principalType: 'User',
        requestorId: idOf('admin'),
        expandedProperties: {
          scope: { type: 'subscription' },
          roleDefinition: { displayName: 'Contributor', type: 'BuiltInRole' },
          principal: { displayName: 'engineer', email: 'engineer@contoso.com', type: 'User' },
        },
      },
    })
  })

  it('refuses the same name a second time, and the same assignment under another', async () => {
    const again = (name: string) =>
      send('admin', 'PUT', url(SUBSCRIPTION, 'roleEligibilityScheduleRequests', `/${name}`), properties(me, 'AdminAssign', DAYS))
    const same = await again(eligible.toUpperCase())
    expect(same).toMatchObject({ status: 400, body: { error: { code: 'RoleAssignmentRequestExists' } } })
    expect(same.body.error.message).toMatch(new RegExp(`with Id: ${eligible} already exists`, 'i'))
    expect(await again(guid())).toMatchObject({ status: 400, body: { error: { code: 'RoleAssignmentExists' } } })
  })

  it('lists mine at the root of the tenant, at the scope, and with the scope alone refused with a hint', async () => {
    for (const at of ['', SUBSCRIPTION, `${SUBSCRIPTION.toUpperCase()}//resourcegroups/RG-PAYMENTS-PROD`]) {
      const mine = await send('engineer', 'GET', url(at, 'roleEligibilityScheduleInstances', '', `${V}&$filter=asTarget()`))
      expect(mine.body.value).toMatchObject([
        { name: eligible, properties: { roleEligibilityScheduleId: expect.stringContaining(eligible) } },
      ])
    }
    const inherited = await send('engineer', 'GET', url(RG, 'roleEligibilitySchedules', '', `${V}&$filter=asTarget()`))
    expect(inherited.body.value[0].properties.memberType).toBe('Inherited')
    const refused = await send('engineer', 'GET', url(SUBSCRIPTION, 'roleEligibilitySchedules'))
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'InsufficientPermissions' } } })
    expect(refused.body.error.message).toContain(me)
    expect(refused.body.error.message).toContain('$filter=asTarget()')
  })

  it.each([
    ['atScope()', 1],
    [`principalId eq '${me}'`, 1],
    [`(principalId eq {${me}})`, 1],
    [`assignedto('${me}')`, 1],
    [`atScope() and principalId eq '${me}'`, 1],
    [`atScope() and principalId eq '${idOf('sam')}'`, 0],
    [`roleDefinitionId eq '${role(CONTRIBUTOR, RG)}'`, 1],
    [`roleDefinitionId eq '${role(OWNER)}'`, 0],
    [`status eq 'Provisioned'`, 1],
    ['createdOn ge 2031-01-01T00:00:00Z', 1],
  ])('filters: %s', async (filter, count) => {
    const found = await send(
      'admin',
      'GET',
      url(SUBSCRIPTION, 'roleEligibilitySchedules', '', `${V}&$filter=${encodeURIComponent(filter)}`),
    )
    expect(found.status).toBe(200)
    expect(found.body.value).toHaveLength(count)
  })

  it.each(['asApprover()', 'asRequestor()', "colour eq 'red'", 'asTarget() or atScope()', 'asTarget('])(
    'refuses a filter it does not have here: %s',
    async (filter) => {
      const found = await send(
        'admin',
        'GET',
        url(SUBSCRIPTION, 'roleEligibilitySchedules', '', `${V}&$filter=${encodeURIComponent(filter)}`),
      )
      expect(found).toMatchObject({ status: 400, body: { error: { code: 'InvalidFilter' } } })
    },
  )

  it('names the resource groups it covers, in lower-case types', async () => {
    const query = `${V}&$filter=resourceType+eq+'resourcegroup'`
    const found = await send('engineer', 'GET', url(SUBSCRIPTION, 'eligibleChildResources', '', query))
    expect(found.body.value.map((c: { name: string; type: string }) => [c.name, c.type])).toEqual([
      ['rg-ledger-prod', 'resourcegroup'],
      ['rg-payments-prod', 'resourcegroup'],
    ])
    const none = await send('sam', 'GET', url(SUBSCRIPTION, 'eligibleChildResources'))
    expect(none.body).toEqual({ value: [] })
    const first = await send('engineer', 'GET', url(SUBSCRIPTION, 'eligibleChildResources', '', `${V}&$top=1`))
    expect(first.body.nextLink).toMatch(`${ORIGIN}${SUBSCRIPTION}${P}/eligibleChildResources?`)
    const second = await send('engineer', 'GET', first.body.nextLink.slice(ORIGIN.length))
    expect(second.body).toMatchObject({ value: [{ name: 'rg-payments-prod' }] })
    expect(second.body.nextLink).toBeUndefined()
  })

  const body = properties(me, 'SelfActivate', { linkedRoleEligibilityScheduleId: eligible })

  it('has no role assignment before it activates', async () => {
    const found = await send('engineer', 'GET', url('', 'roleAssignments', '', `api-version=2022-04-01&$filter=assignedTo('${me}')`))
    expect(found.body).toEqual({ value: [] })
  })

  it('validates without storing anything: no request, no event', async () => {
    const before = await w.db.query('select (select count(*) from events) as events, (select count(*) from requests) as requests')
    const tried = await send('engineer', 'POST', url(LEDGER, 'roleAssignmentScheduleRequests', `/${guid()}/validate`), body)
    expect(tried).toMatchObject({ status: 200, body: { properties: { status: 'Granted', linkedRoleEligibilityScheduleId: eligible } } })
    const tooLong = properties(me, 'SelfActivate', { scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT9H' } } })
    const refused = await send('engineer', 'POST', url(LEDGER, 'roleAssignmentScheduleRequests', `/${guid()}/validate`), tooLong)
    expect(refused).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 'RoleAssignmentRequestPolicyValidationFailed',
          message: 'The following policy rules failed: ["ExpirationRule"]',
        },
      },
    })
    expect(await w.db.query('select (select count(*) from events) as events, (select count(*) from requests) as requests')).toEqual(before)
  })

  it('activates at a narrower scope, with the eligibility named by its full id and members in any case', async () => {
    const name = guid()
    const spelt = {
      Properties: {
        RoleDefinitionId: role(CONTRIBUTOR, LEDGER),
        PrincipalId: me,
        RequestType: 'selfactivate',
        Justification: 'because',
        LinkedRoleEligibilityScheduleId: `${SUBSCRIPTION}${P}/RoleEligibilitySchedules/${eligible}`,
        IsActivativation: true,
        IsValidationOnly: false,
        ScheduleInfo: { StartDateTime: null, Expiration: { Type: 'afterDuration', Duration: 'PT1H' }, EndDateTime: null },
      },
    }
    const made = await send('engineer', 'PUT', url(LEDGER, 'roleAssignmentScheduleRequests', `/${name}`), spelt)
    expect(made).toMatchObject({
      status: 201,
      body: {
        properties: {
          status: 'Provisioned',
          scope: LEDGER,
          roleDefinitionId: role(CONTRIBUTOR, LEDGER),
          targetRoleAssignmentScheduleId: name,
          linkedRoleEligibilityScheduleId: eligible,
        },
      },
    })
    const mine = await send('engineer', 'GET', url('', 'roleAssignmentScheduleInstances', '', `${V}&$filter=asTarget()`))
    expect(mine.body.value).toMatchObject([
      {
        name,
        properties: {
          assignmentType: 'Activated',
          memberType: 'Direct',
          linkedRoleEligibilityScheduleId: eligible,
          linkedRoleEligibilityScheduleInstanceId: eligible,
          roleAssignmentScheduleId: `${LEDGER.toLowerCase()}${P}/RoleAssignmentSchedules/${name}`,
        },
      },
    ])
    const one = await send('engineer', 'GET', `${mine.body.value[0].properties.originRoleAssignmentId}?api-version=2022-04-01`)
    expect(one.body).toMatchObject({ name, properties: { principalId: me, roleDefinitionId: role() } })
    const again = await send('engineer', 'PUT', url(LEDGER, 'roleAssignmentScheduleRequests', `/${guid()}`), spelt)
    expect(again).toMatchObject({
      status: 400,
      body: { error: { code: 'RoleAssignmentExists', message: 'The Role assignment already exists.' } },
    })
  })

  it('deactivates without a schedule, and is gone at once', async () => {
    w.pass(6 * MINUTE)
    const done = await send(
      'engineer',
      'PUT',
      url(LEDGER, 'roleAssignmentScheduleRequests', `/${guid()}`),
      properties(me, 'SelfDeactivate', { scheduleInfo: undefined }),
    )
    expect(done).toMatchObject({ status: 201, body: { properties: { status: 'Revoked', scheduleInfo: null } } })
    const mine = await send('engineer', 'GET', url('', 'roleAssignmentScheduleInstances', '', `${V}&$filter=asTarget()`))
    expect(mine.body).toEqual({ value: [] })
  })

  it('cancels what has not begun, once', async () => {
    const name = guid()
    const later = new Date(w.now() + HOUR).toISOString()
    const future = { scheduleInfo: { startDateTime: later, expiration: { type: 'AfterDuration', duration: 'PT1H' } } }
    const at = (rest: string) => url(SUBSCRIPTION, 'roleAssignmentScheduleRequests', `/${name}${rest}`)
    const asked = await send('engineer', 'PUT', at(''), properties(me, 'SelfActivate', future))
    expect(asked.body.properties).toMatchObject({ status: 'Granted', scheduleInfo: { startDateTime: later } })
    expect(await send('engineer', 'POST', at('/cancel'))).toMatchObject({ status: 200, body: null })
    expect(await send('engineer', 'GET', at(''))).toMatchObject({ body: { properties: { status: 'Canceled' } } })
    expect(await send('engineer', 'POST', at('/cancel'))).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRoleAssignmentRequest' } },
    })
  })

  it('takes AfterDuration without a duration as permanent for an eligibility, where that is allowed', async () => {
    const open = { scheduleInfo: { expiration: { type: 'AfterDuration', duration: null } } }
    const put = (type: string) => send('admin', 'PUT', url(RG, type, `/${guid()}`), properties(idOf('sam'), 'AdminAssign', open))
    expect(await put('roleEligibilityScheduleRequests')).toMatchObject({
      body: { error: { message: expect.stringContaining('ExpirationRule') } },
    })
    await w.policy(resourceRole(RG), [
      {
        kind: 'Expiration',
        id: 'Expiration_Admin_Eligibility',
        caller: 'Admin',
        level: 'Eligibility',
        isExpirationRequired: false,
        maximumDuration: 'P365D',
      },
    ])
    expect(await put('roleEligibilityScheduleRequests')).toMatchObject({
      status: 201,
      body: { properties: { scheduleInfo: { expiration: { type: 'NoExpiration', duration: null } } } },
    })
    expect(await put('roleAssignmentScheduleRequests')).toMatchObject({
      status: 400,
      body: { error: { code: 'InvalidRoleAssignmentRequest' } },
    })
  })

  it('pages lists by absolute links to the end', async () => {
    const seen: string[] = []
    let next: string | undefined =
      `${ORIGIN}${url(SUBSCRIPTION, 'roleAssignmentScheduleRequests', '', `${V}&$top=1&$filter=asRequestor()`)}`
    while (next) {
      const page = await send('engineer', 'GET', next.slice(ORIGIN.length))
      expect(page.body.value).toHaveLength(1)
      seen.push(page.body.value[0].name)
      next = page.body.nextLink
    }
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toHaveLength(3)
  })
})
