// What the ARM door says no to, and how: its dialect, nothing changed, and no event by whoever is not known (must show 9).

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateSigningKey } from '../../src/http/auth/keys.ts'
import { mintToken } from '../../src/http/auth/token.ts'
import { guid, ORIGIN, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, idOf, makeWorld, RG, resourceRole, SUBSCRIPTION, TENANT } from '../support/world.ts'

const P = '/providers/Microsoft.Authorization'
const V = 'api-version=2020-10-01'
const ELIGIBLE = `${SUBSCRIPTION}${P}/roleEligibilityScheduleRequests/${guid()}?${V}`
const UNKNOWN = '99999999-9999-9999-9999-999999999999'

const good = {
  principalId: idOf('engineer'),
  roleDefinitionId: `${SUBSCRIPTION}${P}/roleDefinitions/${CONTRIBUTOR}`,
  requestType: 'AdminAssign',
  scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'P30D' } },
}
const body = (more: object = {}) => ({ properties: { ...good, ...more } })

describe('the ARM door refuses', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const { send } = doors
  await w.seed(idOf('engineer'), 'Eligibility', resourceRole(RG))

  const state = async () => {
    const [counts] = await w.db.query(`select (select count(*) from requests) as requests, (select count(*) from schedules) as schedules,
      (select count(*) from policies) as policies, (select count(*) from events) as events,
      (select count(*) from events where kind = 'refusal') as refusals`)
    return counts as Record<'requests' | 'schedules' | 'policies' | 'events' | 'refusals', number>
  }
  let before: Awaited<ReturnType<typeof state>>
  beforeEach(async () => {
    before = await state()
  })
  // Whatever was refused: nothing changed. Refusals of people we know may be recorded, and nothing else.
  afterEach(async () => {
    const after = await state()
    expect({ ...after, events: after.events - after.refusals, refusals: 0 }).toEqual({
      ...before,
      events: before.events - before.refusals,
      refusals: 0,
    })
  })

  describe('whoever has no valid token, in one way, and keeps no record of it', async () => {
    const foreign = await generateSigningKey()
    const claims = { iss: `${ORIGIN}/${TENANT}/v2.0`, aud: ORIGIN, tid: TENANT, oid: idOf('admin'), idtyp: 'user' as const }
    const minted = async (key = doors.key, more: object = {}, at = w.now()) => {
      const token = await mintToken(key, { ...claims, ...more }, at, 600)
      return token.ok ? token.value : ''
    }
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const unsigned = `${part({ alg: 'none', typ: 'JWT' })}.${part({ ...claims, exp: 4e9 })}.`
    const tokens: readonly (readonly [string, string | null, string])[] = [
      ['no token', null, 'AuthenticationFailed'],
      ['another scheme', 'Basic YWRtaW46YWRtaW4=', 'AuthenticationFailed'],
      ['garbage', 'Bearer garbage', 'InvalidAuthenticationToken'],
      ['alg=none', `Bearer ${unsigned}`, 'InvalidAuthenticationToken'],
      ['a foreign key', `Bearer ${await minted(foreign)}`, 'InvalidAuthenticationToken'],
      ['an expired token', `Bearer ${await minted(doors.key, {}, w.now() - 3_600_000)}`, 'ExpiredAuthenticationToken'],
      ['another audience', `Bearer ${await minted(doors.key, { aud: 'https://vault.azure.net' })}`, 'InvalidAuthenticationToken'],
      ['another tenant', `Bearer ${await minted(doors.key, { tid: UNKNOWN })}`, 'InvalidAuthenticationTokenTenant'],
    ]

    it.each(tokens)('%s', async (_, authorization, code) => {
      const headers: Record<string, string> = authorization === null ? {} : { authorization }
      // Right or wrong path, known or unknown type, with a body or without: the answer is the same.
      const tries = [
        await send(null, 'PUT', ELIGIBLE, body(), headers),
        await send(null, 'GET', `${P}/nothingOfTheKind`, undefined, headers),
        await send(null, 'DELETE', '/nowhere/at/all', undefined, headers),
      ]
      for (const answer of tries) {
        expect(answer.status).toBe(401)
        expect(answer.body).toEqual({ error: { code, message: expect.any(String) } })
        expect(answer.headers.get('www-authenticate')).toMatch(
          new RegExp(`^Bearer authorization_uri="${ORIGIN}/${TENANT}", error="invalid_token", error_description="[^"]+"$`),
        )
      }
      expect(await state()).toEqual(before)
    })
  })

  const scope = SUBSCRIPTION
  const list = `${scope}${P}/roleEligibilitySchedules`
  const cases: readonly (readonly [string, 'admin' | 'sam' | 'engineer', string, string, unknown, number, string])[] = [
    ['a list without an api-version', 'admin', 'GET', list, undefined, 400, 'MissingApiVersionParameter'],
    ['an unknown api-version', 'admin', 'GET', `${list}?api-version=2019-01-01`, undefined, 400, 'InvalidApiVersionParameter'],
    ['an unknown type (UnknownResourceType)', 'admin', 'GET', `${scope}${P}/roleWishes?${V}`, undefined, 404, 'InvalidResourceType'],
    ['another provider', 'admin', 'GET', `${scope}/providers/Microsoft.Compute/disks?${V}`, undefined, 404, 'ResourceNotFound'],
    ['what is deeper than the type goes', 'admin', 'GET', `${list}/a/b/c?${V}`, undefined, 404, 'ResourceNotFound'],
    ['a method it does not have', 'admin', 'DELETE', ELIGIBLE, undefined, 405, 'MethodNotAllowed'],
    ['a write to what is only read', 'admin', 'PUT', `${list}/${guid()}?${V}`, body(), 405, 'MethodNotAllowed'],
    ['an unknown request', 'admin', 'GET', ELIGIBLE, undefined, 404, 'ResourceNotFound'],
    ['cancelling an unknown request', 'admin', 'POST', ELIGIBLE.replace('?', '/cancel?'), undefined, 404, 'ResourceNotFound'],
    [
      'an unknown subscription',
      'admin',
      'GET',
      `/subscriptions/${UNKNOWN}${P}/roleManagementPolicies?${V}`,
      undefined,
      404,
      'SubscriptionNotFound',
    ],
    [
      'an unknown resource group',
      'admin',
      'GET',
      `${scope}/resourceGroups/x${P}/roleManagementPolicies?${V}`,
      undefined,
      404,
      'ResourceGroupNotFound',
    ],
    [
      'an unknown policy',
      'admin',
      'GET',
      `${scope}${P}/roleManagementPolicies/${UNKNOWN}?${V}`,
      undefined,
      404,
      'RoleDefinitionDoesNotExist',
    ],
    ['a filter it cannot read', 'admin', 'GET', `${list}?${V}&$filter=colour eq`, undefined, 400, 'InvalidFilter'],
    ['a page that is not ours', 'admin', 'GET', `${list}?${V}&$skiptoken=x`, undefined, 400, 'BadRequest'],
    ['a path step upwards', 'admin', 'GET', `${scope}/%2e%2e${P}/roleDefinitions?${V}`, undefined, 400, 'BadRequest'],
    ['a body that is not JSON', 'admin', 'PUT', ELIGIBLE, '{"properties":', 400, 'InvalidRequestContent'],
    ['a body that is a list', 'admin', 'PUT', ELIGIBLE, '[]', 400, 'InvalidRequestContent'],
    ['no body', 'admin', 'PUT', ELIGIBLE, undefined, 400, 'InvalidRequestContent'],
    ['a member twice', 'admin', 'PUT', ELIGIBLE, '{"properties":{},"Properties":{}}', 400, 'InvalidRequestContent'],
    ['no principal', 'admin', 'PUT', ELIGIBLE, body({ principalId: null }), 400, 'InvalidRequestContent'],
    ['an unknown action', 'admin', 'PUT', ELIGIBLE, body({ requestType: 'AdminWish' }), 400, 'InvalidRequestContent'],
    ['a role that is none', 'admin', 'PUT', ELIGIBLE, body({ roleDefinitionId: 'Contributor' }), 400, 'InvalidRoleAssignmentRequest'],
    [
      'a duration that is none',
      'admin',
      'PUT',
      ELIGIBLE,
      body({ scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'soon' } } }),
      400,
      'InvalidRoleAssignmentRequest',
    ],
    [
      'a start that is none (InvalidInstant)',
      'admin',
      'PUT',
      ELIGIBLE,
      body({ scheduleInfo: { startDateTime: 'soon' } }),
      400,
      'InvalidRoleAssignmentRequestSchedule',
    ],
    ['a name that is no GUID', 'admin', 'PUT', ELIGIBLE.replace(/[0-9a-f-]{36}\?/, 'mine?'), body(), 400, 'InvalidRoleAssignmentRequest'],
    ['an unknown principal', 'admin', 'PUT', ELIGIBLE, body({ principalId: UNKNOWN }), 400, 'SubjectNotFound'],
    ['an unknown role', 'admin', 'PUT', ELIGIBLE, body({ roleDefinitionId: UNKNOWN }), 404, 'RoleDefinitionDoesNotExist'],
    ['a body of one megabyte', 'admin', 'PUT', ELIGIBLE, `{"properties":"${'x'.repeat(1 << 20)}"}`, 413, 'RequestContentTooLarge'],
    ['a request by nobody of authority', 'sam', 'PUT', ELIGIBLE, body(), 403, 'AuthorizationFailed'],
    ['a list by nobody of authority', 'sam', 'GET', `${list}?${V}`, undefined, 403, 'InsufficientPermissions'],
    ['a policy to nobody of authority', 'sam', 'GET', `${scope}${P}/roleManagementPolicies?${V}`, undefined, 403, 'AuthorizationFailed'],
    [
      'role assignments to nobody of authority',
      'sam',
      'GET',
      `${scope}${P}/roleAssignments?api-version=2022-04-01`,
      undefined,
      403,
      'AuthorizationFailed',
    ],
    [
      'somebody acting for another',
      'sam',
      'PUT',
      ELIGIBLE.replace('Eligibility', 'Assignment'),
      body({ requestType: 'SelfActivate' }),
      403,
      'AuthorizationFailed',
    ],
    [
      'an unknown rule',
      'admin',
      'PATCH',
      `${scope}${P}/roleManagementPolicies/${CONTRIBUTOR}?${V}`,
      { properties: { rules: [{ id: 'x', ruleType: 'RoleManagementPolicyExpirationRule' }] } },
      404,
      'ResourceNotFound',
    ],
    [
      'a rule without a type',
      'admin',
      'PATCH',
      `${scope}${P}/roleManagementPolicies/${CONTRIBUTOR}?${V}`,
      { properties: { rules: [{ id: 'x' }] } },
      400,
      'InvalidPolicy',
    ],
  ]

  it.each(cases)('%s', async (_, who, method, path, sent, status, code) => {
    const answer = await send(who, method, path, sent)
    expect(answer.body).toEqual({ error: { code, message: expect.any(String) } })
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8')
  })

  it('names client, object id, action and scope where authority is missing', async () => {
    const answer = await send('sam', 'PUT', ELIGIBLE, body())
    for (const part of [idOf('sam'), "action 'Microsoft.Authorization/roleEligibilityScheduleRequests/write'", `scope '${SUBSCRIPTION}'`])
      expect(answer.body.error.message).toContain(part)
  })

  it('lists the versions it knows', async () => {
    const answer = await send('admin', 'GET', `${list}?api-version=1999-01-01`)
    expect(answer.body.error.message).toContain('2020-10-01-preview')
  })

  it('an activation by a program, which has no session to prove anything with', async () => {
    const authorization = `Bearer ${await doors.token('engineer', { idtyp: 'app' })}`
    const sent = body({
      requestType: 'SelfActivate',
      justification: 'because',
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
    })
    const answer = await send(null, 'PUT', `${RG}${P}/roleAssignmentScheduleRequests/${guid()}?${V}`, sent, { authorization })
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'AuthorizationFailed' } } })
  })
})
