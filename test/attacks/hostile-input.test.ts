// Input that was made to break something: every answer is a refusal in words, never a fault of ours.

import { describe, expect, it } from 'vitest'
import { guid, ORIGIN, openDoors } from '../support/doors.ts'
import { APPROVERS, CONTRIBUTOR, directoryRole, idOf, makeWorld, OPERATORS, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const ARM = '/providers/Microsoft.Authorization'
const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'
const token = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url')
const BEYOND = 8.65e15
const FAR = 8.64e15
const dashes = '-'.repeat(36)
const filter = (text: string) => `$filter=${encodeURIComponent(text)}`

describe('asked by an administrator', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  await w.seed(idOf('sam'), 'Eligibility', resourceRole())
  await w.seed(idOf('sam'), 'Eligibility', directoryRole())

  it.each([
    `/v1.0/users/sam@contoso.com/transitiveMemberOf`,
    '/v1.0/users/nobody/transitiveMemberOf',
    '/v1.0/groups/nobody/members',
    `/v1.0/groups/${APPROVERS}/owners`,
    `/v1.0/users?$skiptoken=${token(0, dashes)}`,
    `/v1.0/users?$skiptoken=${token(0, guid())}`,
    `/v1.0/users?${filter("appId eq 'x'")}`,
    `${D}/roleAssignmentScheduleRequests?$skiptoken=${token(BEYOND, guid())}`,
    `${D}/roleAssignmentScheduleRequests?$skiptoken=${token(FAR, guid())}`,
    `${D}/roleAssignmentScheduleRequests?$skiptoken=${token(-FAR, guid())}`,
    `${D}/roleAssignmentScheduleRequests?$skiptoken=${token(0, dashes)}`,
    `${D}/roleAssignmentScheduleRequests?$orderby=createdDateTime&$skiptoken=${token(-6.3e13, guid())}`,
    ...[
      '0000-01-01',
      '0000-01-01T00:00:00Z',
      '0001-01-01T00:00:00+14:00',
      '9999-12-31T23:59:59-14:00',
      '9999-12-31',
      '2031-02-31',
      '2031-13-01',
    ].map((at) => `${D}/roleAssignmentScheduleRequests?${filter(`createdDateTime gt ${at}`)}`),
    ...['id', 'status', 'createdDateTime', 'principalId', 'appScopeId', 'roleDefinitionId'].flatMap((name) =>
      ['null', 'true', '1', '1e308', "'x'", "''", `'${'x'.repeat(9_000)}'`, "'%_\\'", '2031-01-01', `${guid()}`].flatMap((value) => [
        `${D}/roleEligibilityScheduleRequests?${filter(`${name} eq ${value}`)}`,
        `${D}/roleEligibilityScheduleRequests?${filter(`${name} lt ${value}`)}`,
      ]),
    ),
    ...['memberType', 'assignmentType', 'startDateTime', 'endDateTime', 'modifiedDateTime'].flatMap((name) =>
      ['null', 'true', "'Direct'", '2031-01-01'].map(
        (value) => `${D}/roleAssignmentSchedules?$count=true&${filter(`not (${name} ne ${value})`)}`,
      ),
    ),
    `${D}/roleEligibilitySchedules?${filter("contains(principalId,'%')")}`,
    `${D}/roleEligibilitySchedules?${filter("startswith(createdDateTime,'2031')")}`,
    `${D}/roleEligibilitySchedules?${filter(Array.from({ length: 10_000 }, () => 'a eq 1').join(' or '))}`,
    `${D}/roleEligibilitySchedules?${filter(Array.from({ length: 250 }, () => "status eq 'x'").join(' or '))}`,
    `${D}/roleEligibilitySchedules?${filter(`${'('.repeat(5_000)}a eq 1${')'.repeat(5_000)}`)}`,
    `${D}/roleEligibilitySchedules?${filter(`${'not '.repeat(3_000)}a eq 1`)}`,
    `${D}/roleEligibilitySchedules?${filter('x/any(a:a/any(b:b/any(c:c eq 1)))')}`,
    `${D}/roleEligibilitySchedules?$expand=${'policy($expand='.repeat(200)}x${')'.repeat(200)}`,
    `${D}/roleEligibilitySchedules?$top=999999999&$skip=999999999`,
    `${D}/roleEligibilitySchedules/x${guid()}`,
    `${D}/roleEligibilityScheduleInstances/${'A'.repeat(43)}-1`,
    `${D}/roleEligibilityScheduleInstances/${'_'.repeat(43)}-1-e`,
    `${G}/eligibilitySchedules?${filter(`groupId eq '${OPERATORS}' and id eq '_____'`)}`,
    `${G}/eligibilitySchedules?${filter("groupId eq 'x'")}`,
    `/v1.0/policies/roleManagementPolicies?${filter("scopeId eq '/' and scopeType eq 'constructor'")}`,
    `/v1.0/policies/roleManagementPolicies?${filter("scopeId eq '/' and scopeType eq '__proto__'")}`,
    `/v1.0/policies/roleManagementPolicies?${filter("scopeId eq 'x' and scopeType eq 'Group'")}`,
    '/v1.0/policies/roleManagementPolicies/constructor_x_y',
    `/v1.0/directoryObjects/${'%F0%9F%92%A9'}`,
    ...['', SUBSCRIPTION, RG].flatMap((at) => [
      `${at}${ARM}/roleAssignmentSchedules?api-version=2020-10-01&${filter("assignedTo('x')")}`,
      `${at}${ARM}/roleAssignmentSchedules?api-version=2020-10-01&${filter('assignedTo(null)')}`,
      `${at}${ARM}/roleAssignments?api-version=2022-04-01&${filter("assignedTo('')")}`,
      `${at}${ARM}/roleAssignmentScheduleRequests?api-version=2020-10-01&${filter("assignedTo('{}')")}`,
      `${at}${ARM}/roleManagementPolicies?api-version=2020-10-01&$skiptoken=${token('\u0000')}`,
      `${at}${ARM}/eligibleChildResources?api-version=2020-10-01&$skiptoken=${token('\u0000')}`,
      `${at}${ARM}/roleAssignmentSchedules?api-version=2020-10-01&$skiptoken=${token(1, dashes)}`,
      `${at}${ARM}/roleAssignmentSchedules/${'x'.repeat(4_000)}?api-version=2020-10-01`,
      `${at}${ARM}/roleAssignmentApprovals/x?api-version=2021-01-01-preview`,
      `${at}${ARM}/roleDefinitions/x?api-version=2022-04-01`,
      `${at}${ARM}/roleManagementPolicies/x_y?api-version=2020-10-01`,
      `${at}${ARM}/constructor?api-version=2020-10-01`,
    ]),
    ...['/api/v1/roles?name=%00', '/api/v1/principals?name=a%00b', '/api/v1/assignments?principal=%00', '/api/v1/assignments?scope=%00'],
    ...[
      '/api/v1/policies/directory?role=%00',
      '/api/v1/grants?principal=%00',
      '/api/v1/principals?name=%25_%5C',
      '/api/v1/roles?name=%ED%A0%80',
    ],
    `/api/v1/grants?cursor=${token('grant', 'x')}`,
    `/api/v1/roles?cursor=${token('directory', '\u0000')}`,
    `/api/v1/requests?cursor=${token(FAR - 1, guid())}`,
    `/api/v1/requests?cursor=${token(-FAR + 1, guid())}`,
    `/api/v1/me/messages?cursor=${token(-8e15, guid())}`,
    `/api/v1/requests?cursor=${'x'.repeat(500)}`,
    '/api/v1/policies/constructor?role=x',
    '/api/v1/requests/x',
    `/api/v1/requests/${guid()}/events?wait=true`,
  ])('GET %s', async (path) => {
    const answer = await send('admin', 'GET', path)
    expect(answer.status, `${path.slice(0, 120)} ${JSON.stringify(answer.body).slice(0, 300)}`).toBeLessThan(500)
  })

  const info = (start: unknown, duration: unknown = 'PT1H') => ({ startDateTime: start, expiration: { type: 'afterDuration', duration } })
  const body = {
    action: 'adminAssign',
    principalId: idOf('sam'),
    roleDefinitionId: directoryRole().role,
    directoryScopeId: '/',
    justification: 'x',
  }
  it.each<[string, object]>([
    ['a start in the year 0', { ...body, scheduleInfo: info('0000-01-01T00:00:00Z') }],
    ['a start in the last year', { ...body, scheduleInfo: info('9999-12-31T23:59:59.9999999Z', 'P1Y') }],
    ['a scope of eight thousand characters', { ...body, directoryScopeId: `/${'x'.repeat(8_000)}`, scheduleInfo: info(null) }],
    ['a role that names a prototype', { ...body, roleDefinitionId: '__proto__', scheduleInfo: info(null) }],
    ['a member called __proto__', { ...body, __proto__x: 1, scheduleInfo: info(null) }],
    ['right-to-left words', { ...body, justification: '\u202eevil \u0007', scheduleInfo: info(null) }],
    ['custom data of eight thousand characters', { ...body, customData: '💩'.repeat(4_000), scheduleInfo: info(null) }],
    ['an object for a text', { ...body, justification: {}, scheduleInfo: info(null) }],
    ['a list for a schedule', { ...body, scheduleInfo: [] }],
    ['a number for an action', { ...body, action: 1 }],
  ])('POST %s', async (_, sent) => {
    const answer = await send('admin', 'POST', `${D}/roleEligibilityScheduleRequests`, sent)
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
  })

  it('an ARM path of resources that nobody has, as deep and as long as can be', async () => {
    const deep = `${RG}/providers/a.b${'/t/n'.repeat(25)}`
    const long = `${SUBSCRIPTION}/resourcegroups/${'x'.repeat(260)}`
    for (const at of [deep, long, `${RG}/providers/a.b/${'t'.repeat(250)}/${'n'.repeat(250)}`]) {
      const scheduleInfo = { expiration: { type: 'AfterDuration', duration: 'PT1H' } }
      const properties = { requestType: 'AdminAssign', principalId: idOf('sam'), roleDefinitionId: CONTRIBUTOR, scheduleInfo }
      for (const [method, rest, sent] of [
        ['PUT', `roleAssignmentScheduleRequests/${guid()}?api-version=2020-10-01`, { properties }],
        ['PATCH', `roleManagementPolicies/${CONTRIBUTOR}?api-version=2020-10-01`, { properties: { rules: [] } }],
        ['GET', 'roleAssignments?api-version=2022-04-01', undefined],
      ] as const) {
        const answer = await send('admin', method, `${at}${ARM}/${rest}`, sent)
        expect(answer.status, JSON.stringify(answer.body).slice(0, 300)).toBe(404)
      }
    }
  })

  it('no address of ours is made of what the request says', async () => {
    const evil = {
      host: 'evil.example',
      'x-forwarded-host': 'evil.example',
      'x-forwarded-proto': 'http',
      forwarded: 'host=evil.example',
      'x-original-url': '/healthz',
    }
    for (const path of [
      `/v1.0/users?$top=1`,
      `/${D}/roleDefinitions`,
      `${RG}${ARM}/roleManagementPolicies?api-version=2020-10-01&$top=1`,
      `/api/v1/roles?limit=1`,
      '/v1.0/nothing',
    ]) {
      const answer = await send('admin', 'GET', path, undefined, evil)
      expect(`${JSON.stringify(answer.body)}${JSON.stringify([...answer.headers])}`).not.toContain('evil.example')
      for (const link of [answer.body['@odata.nextLink'], answer.body.nextLink]) if (link) expect(link).toMatch(new RegExp(`^${ORIGIN}/`))
    }
  })
})
