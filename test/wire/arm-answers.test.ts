// What holds for every answer of the ARM door: its headers, and its dialect whatever is asked.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { guid, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, idOf, makeWorld, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const P = '/providers/Microsoft.Authorization'
const UNKNOWN = '99999999-9999-9999-9999-999999999999'
const LINKED = JSON.stringify({ properties: { principalId: UNKNOWN, linkedRoleEligibilityScheduleId: 'x' } })

describe('every answer of the ARM door', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  const get = (headers: Record<string, string>) =>
    send('admin', 'GET', `${SUBSCRIPTION}${P}/roleDefinitions?api-version=2022-04-01`, undefined, headers)

  it('carries ids and is not for keeping', async () => {
    const { headers } = await get({})
    expect(headers.get('cache-control')).toBe('no-cache')
    expect(headers.get('pragma')).toBe('no-cache')
    expect(headers.get('expires')).toBe('-1')
    expect(headers.get('x-ms-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    expect(headers.get('x-ms-routing-request-id')).toMatch(/^STINT:20310203T090000Z:[0-9a-f-]{36}$/)
  })

  it('echoes the ids that a caller gave, when asked to, and nothing that could not be one', async () => {
    const id = guid()
    const echoed = async (headers: Record<string, string>) => (await get(headers)).headers.get('x-ms-correlation-request-id')
    expect(await echoed({ 'x-ms-correlation-request-id': id })).toBe(id)
    expect(await echoed({ 'x-ms-client-request-id': id, 'x-ms-return-client-request-id': 'true' })).toBe(id)
    expect(await echoed({ 'x-ms-client-request-id': id })).not.toBe(id)
    expect(await echoed({ 'x-ms-correlation-request-id': '<script>' })).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('whatever is asked of the ARM door', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  await w.seed(idOf('engineer'), 'Eligibility', resourceRole(RG))
  const cursor = (value: unknown) => `$skiptoken=${Buffer.from(JSON.stringify(value)).toString('base64url')}`
  const scopes = fc.constantFrom('', SUBSCRIPTION, RG, `/providers/Microsoft.Subscription${SUBSCRIPTION}`, '/subscriptions/x', '/a b')
  const types = fc.constantFrom(
    ...['eligibleChildResources', 'roleAssignmentApprovals', 'roleAssignments', 'roleAssignmentScheduleRequests', 'roleDefinitions'],
    ...['roleEligibilitySchedules', 'roleAssignmentScheduleInstances', 'roleManagementPolicies', 'roleManagementPolicyAssignments'],
  )
  const tails = fc.constantFrom(
    '',
    '/x',
    `/${UNKNOWN}`,
    `/${UNKNOWN}_${CONTRIBUTOR}`,
    `/${CONTRIBUTOR}`,
    '/constructor',
    '/x/stages/y',
    '/x/cancel',
    "/'",
  )
  const queries = fc.constantFrom(
    ...['', '$top=0', '$top=999999999', '$filter=asTarget()', "$filter=principalId eq 'x'", '$filter=asApprover()', '$filter=atScope()'],
    ...[
      "$filter=assignedTo('x')",
      "$filter=createdOn gt 'x'",
      '$filter=status eq null',
      "$filter=roleDefinitionId eq 'x'",
      "$filter=name in ('x')",
    ],
    ...[cursor([0, 'x']), cursor(['x']), cursor([1e308, UNKNOWN]), cursor({}), '$skiptoken=%'],
  )
  const versions = fc.constantFrom('2020-10-01', '2022-04-01', '2021-01-01-preview', '2020-10-01-preview')
  const bodies = fc.constantFrom(undefined, '{}', '{"properties":{"rules":[{}]}}', LINKED, '"x"')

  it('is answered in its dialect and never breaks it', async () => {
    const methods = fc.constantFrom('GET', 'GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS')
    const who = fc.constantFrom('admin' as const, 'engineer' as const)
    await fc.assert(
      fc.asyncProperty(
        who,
        methods,
        scopes,
        types,
        tails,
        versions,
        queries,
        bodies,
        async (caller, method, at, type, tail, version, query, sent) => {
          const path = `${at.replaceAll(' ', '%20')}${P}/${type}${tail}?api-version=${version}&${query}`
          const answer = await send(caller, method, path, method === 'GET' ? undefined : sent)
          expect(answer.status, `${method} ${path}: ${JSON.stringify(answer.body)}`).toBeLessThan(500)
          if (answer.status >= 400) expect(answer.body).toEqual({ error: { code: expect.any(String), message: expect.any(String) } })
        },
      ),
      { numRuns: 400, seed: 7 },
    )
  })
})
