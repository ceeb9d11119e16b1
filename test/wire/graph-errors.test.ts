// What the Graph door says no to, and how: its dialect, nothing changed, and no event by whoever is not known (must show 9).

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateSigningKey } from '../../src/http/auth/keys.ts'
import { mintToken } from '../../src/http/auth/token.ts'
import { ORIGIN, openDoors } from '../support/doors.ts'
import { directoryRole, idOf, makeWorld, TENANT } from '../support/world.ts'

const D = '/v1.0/roleManagement/directory'
const G = '/v1.0/identityGovernance/privilegedAccess/group'
const UNKNOWN = '99999999-9999-9999-9999-999999999999'
const good = {
  action: 'adminAssign',
  principalId: idOf('sam'),
  roleDefinitionId: directoryRole().role,
  directoryScopeId: '/',
  justification: 'because',
  scheduleInfo: { expiration: { type: 'afterDuration', duration: 'P30D' } },
}

describe('the Graph door refuses', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const { send } = doors
  const url = `${D}/roleEligibilityScheduleRequests`

  const state = async () => {
    const [row] = await w.db.query(`select (select count(*) from requests) as requests, (select count(*) from schedules) as schedules,
      (select count(*) from policies) as policies, (select count(*) from events where kind <> 'refusal') as events`)
    return row
  }
  const refusals = async () => (await w.db.query<{ n: number }>(`select count(*) as n from events where kind = 'refusal'`))[0]?.n ?? 0
  let before: object | undefined
  beforeEach(async () => {
    before = await state()
  })
  afterEach(async () => {
    expect(await state()).toEqual(before)
  })

  describe('whoever has no valid token, and keeps no record of it', async () => {
    const claims = { iss: `${ORIGIN}/${TENANT}/v2.0`, aud: ORIGIN, tid: TENANT, oid: idOf('admin'), idtyp: 'user' as const }
    const minted = async (key = doors.key, more: object = {}, at = w.now()) => {
      const token = await mintToken(key, { ...claims, ...more }, at, 600)
      return token.ok ? `Bearer ${token.value}` : ''
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    it.each([
      ['none', null],
      ['another scheme', 'Basic YWRtaW46YWRtaW4='],
      ['garbage', 'Bearer garbage'],
      ['alg=none', `Bearer ${part({ alg: 'none', typ: 'JWT' })}.${part({ ...claims, exp: 4e9 })}.`],
      ['a foreign key', await minted(await generateSigningKey())],
      ['expired', await minted(doors.key, {}, w.now() - 3_600_000)],
      ['another audience', await minted(doors.key, { aud: 'https://vault.azure.net' })],
      ['another tenant', await minted(doors.key, { tid: UNKNOWN })],
    ])('%s', async (_, authorization) => {
      const recorded = await refusals()
      const headers: Record<string, string> = authorization === null ? {} : { authorization }
      for (const [method, path, body] of [
        ['POST', url, good],
        ['GET', '/v1.0/nothing', undefined],
        ['PATCH', '/beta/policies/x', {}],
      ] as const) {
        const answer = await send(null, method, path, body, headers)
        expect(answer).toMatchObject({
          status: 401,
          body: { error: { code: 'InvalidAuthenticationToken', innerError: { 'request-id': expect.any(String) } } },
        })
        expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer /)
        expect(JSON.stringify(answer.body)).not.toContain((authorization ?? 'Bearer ?').split(' ')[1]?.slice(0, 40) || '?')
      }
      expect(await refusals()).toBe(recorded)
    })
  })

  it.each([
    ['a body that is no JSON', '{"action":', 400, 'BadRequest'],
    ['a body that is a list', '[]', 400, 'BadRequest'],
    ['the same member twice', `{"action":"adminAssign","action":"adminRemove"}`, 400, 'BadRequest'],
    ['no action', { ...good, action: undefined }, 400, 'BadRequest'],
    ['an action that nobody knows', { ...good, action: 'fly' }, 400, 'BadRequest'],
    ['a principal that is no GUID', { ...good, principalId: 'sam' }, 400, 'BadRequest'],
    ['an unknown principal', { ...good, principalId: UNKNOWN }, 400, 'SubjectNotFound'],
    ['an unknown role', { ...good, roleDefinitionId: UNKNOWN }, 404, 'RoleNotFound'],
    ['an unknown scope', { ...good, directoryScopeId: `/administrativeUnits/${UNKNOWN}` }, 404, 'Request_ResourceNotFound'],
    ['a scope that is none', { ...good, directoryScopeId: '/nowhere' }, 400, 'InvalidRoleAssignmentRequest'],
    ['no schedule', { ...good, scheduleInfo: undefined }, 400, 'InvalidRoleAssignmentRequest'],
    ['a recurrence', { ...good, scheduleInfo: { ...good.scheduleInfo, recurrence: { pattern: {} } } }, 400, 'InvalidRoleAssignmentRequest'],
    [
      'a duration that is none',
      { ...good, scheduleInfo: { expiration: { type: 'afterDuration', duration: 'soon' } } },
      400,
      'InvalidRoleAssignmentRequest',
    ],
    [
      'an instant that is none',
      { ...good, scheduleInfo: { ...good.scheduleInfo, startDateTime: 'yesterday' } },
      400,
      'InvalidRoleAssignmentRequestSchedule',
    ],
    ['one megabyte', `{"justification":"${'x'.repeat(1_048_576)}"}`, 413, 'RequestEntityTooLarge'],
  ] as const)('%s', async (_, body, status, code) => {
    const answer = await send('admin', 'POST', url, body)
    expect(answer, JSON.stringify(answer.body)).toMatchObject({ status, body: { error: { code, message: expect.any(String) } } })
    expect(answer.headers.get('content-type')).toContain('application/json')
  })

  it.each([
    ['an unknown collection', 'GET', `${D}/roleDreams`, 404],
    ['an unknown id', 'GET', `${url}/${UNKNOWN}`, 404],
    ['an unknown schedule', 'GET', `${G}/eligibilitySchedules/${idOf('sam')}_member_${UNKNOWN}`, 404],
    ['an unknown approval', 'GET', `/beta/roleManagement/directory/roleAssignmentApprovals/${UNKNOWN}`, 404],
    ['an unknown policy', 'GET', `/v1.0/policies/roleManagementPolicies/DirectoryRole_${TENANT}_${UNKNOWN}`, 404],
    ['a policy list without its filter', 'GET', '/v1.0/policies/roleManagementPolicies', 400],
    ['a filter that does not parse', 'GET', `${url}?$filter=status eq`, 400],
    ['a filter on what is not there', 'GET', `${url}?$filter=colour eq 'red'`, 400],
    ['an option nobody knows', 'GET', `${url}?$shuffle=true`, 400],
    ['a cursor of somebody else', 'GET', `${url}?$skiptoken=abc`, 400],
    ['a group list without a group or person', 'GET', `${G}/eligibilitySchedules`, 400],
    ['path tricks', 'GET', `${D}/..%2froleDefinitions`, 400],
    ['a method that is not offered', 'DELETE', `${url}/${UNKNOWN}`, 405],
    ['deciding without a body', 'PATCH', `/beta/roleManagement/directory/roleAssignmentApprovals/${UNKNOWN}/steps/${UNKNOWN}`, 400],
  ] as const)('%s', async (_, method, path, status) => {
    const answer = await send('admin', method, path)
    expect(answer, JSON.stringify(answer.body)).toMatchObject({
      status,
      body: { error: { code: expect.any(String), message: expect.any(String) } },
    })
  })

  it('what the caller may not do, and says what is missing', async () => {
    const recorded = await refusals()
    const answer = await send('sam', 'POST', url, good)
    expect(answer).toMatchObject({
      status: 403,
      body: { error: { code: 'Authorization_RequestDenied', message: expect.stringContaining('Privileged Role Administrator') } },
    })
    expect(await refusals()).toBe(recorded + 1)
  })
})
