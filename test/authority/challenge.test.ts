// The claims challenge from end to end, through each door: asked without the proof, refused with what to hand on to the sign-in, signed in
// with it, and the very same request sent again (behaviour 2.9; contract reference 19).

import { beforeAll, describe, expect, it } from 'vitest'
import { ARM, type Authority, authorityServer, GRAPH, payloadOf, TENANT, TOOL } from '../support/authority.ts'

const READER = 'acdd72a7-3385-48ef-bd42-f606fba81ae7'
const REPORTS = '4a5d8f65-41da-4de4-8968-e035b65339cf'
const ENGINEER = '11111111-1111-1111-1111-111111111111'
const RG = '/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/rg-edge-prod'
const PASSWORD = 'correct horse battery'

let server: Authority
const call = async (token: string, method: string, path: string, body?: object) => {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

/** The engineer's own sign-in, for a resource. */
const formOf = (scope: string) => ({
  ...{ client_id: TOOL, grant_type: 'password', username: 'engineer@contoso.com', password: PASSWORD },
  scope: `${scope}/.default`,
})

/** Signs in as the engineer, with what a challenge said. */
async function signIn(scope: string, claims?: string): Promise<string> {
  const fields = formOf(scope)
  const { status, body } = await server.form('token', { ...fields, ...(claims ? { claims } : {}) })
  expect(status, JSON.stringify(body)).toBe(200)
  return body.access_token
}

/** As clients find it in the message (contract reference 19). */
const claimsIn = (message: string): string => decodeURIComponent(/claims=([^"]+)/.exec(message)?.[1] ?? '')

beforeAll(async () => {
  server = await authorityServer()
  await server.password('engineer@contoso.com', PASSWORD)
  const admin = await server.token('admin@contoso.com')
  const give = (role: string, scope: string, plane: string) =>
    call(admin, 'POST', '/api/v1/requests', {
      ...{ action: 'adminAssign', level: 'Eligibility', principal: 'engineer@contoso.com', role, scope, plane },
      ...{ duration: 'P30D', justification: 'for the challenge' },
    })
  const rules = (bound: boolean) => ({
    rules: [
      { id: 'Enablement_EndUser_Assignment', enabledRules: [] },
      {
        id: 'AuthenticationContext_EndUser_Assignment',
        ...{ isEnabled: true, claimValue: 'c1', proof: { maximumAge: 'PT5M', boundToRequest: bound } },
      },
    ],
  })
  expect((await give(REPORTS, '/', 'directory')).status).toBe(201)
  const owner = await server.token('admin@contoso.com', { audience: 'own' })
  const asked = await call(owner, 'PATCH', `/api/v1/policies/directory?role=${REPORTS}`, rules(true))
  expect(asked.status, JSON.stringify(asked.body)).toBe(200)
  // The administrator elevates for the resource plane, as in the reference.
  const arm = await server.token('admin@contoso.com', { audience: 'arm' })
  expect((await call(arm, 'POST', '/providers/Microsoft.Authorization/elevateAccess?api-version=2016-07-01')).status).toBe(200)
  const given = await give(READER, RG, 'resource')
  expect(given.status, JSON.stringify(given.body)).toBe(201)
  const set = await call(owner, 'PATCH', `/api/v1/policies/resource?role=${READER}&scope=${encodeURIComponent(RG)}`, rules(true))
  expect(set.status, JSON.stringify(set.body)).toBe(200)
})

const endingNative = (role: string, scope: string) => ({ action: 'selfDeactivate', role, scope })

describe.each([
  {
    door: 'native',
    resource: () => server.publicUrl,
    ask: (token: string, duration: string) =>
      call(token, 'POST', '/api/v1/requests', { action: 'selfActivate', role: REPORTS, scope: '/', duration, justification: 'to see' }),
    end: { role: REPORTS, scope: '/' },
    found: (body: { findings: { claims?: string }[] }) => body.findings[0]?.claims ?? '',
  },
  {
    door: 'Graph',
    resource: () => GRAPH,
    ask: (token: string, duration: string) =>
      call(token, 'POST', '/v1.0/roleManagement/directory/roleAssignmentScheduleRequests', {
        ...{ action: 'selfActivate', principalId: ENGINEER, roleDefinitionId: REPORTS, directoryScopeId: '/', justification: 'to see' },
        scheduleInfo: { startDateTime: new Date().toISOString(), expiration: { type: 'AfterDuration', duration } },
      }),
    end: { role: REPORTS, scope: '/' },
    found: (body: { error: { message: string } }) => claimsIn(body.error.message),
  },
  {
    door: 'ARM',
    resource: () => ARM,
    ask: (token: string, duration: string) =>
      call(
        token,
        'PUT',
        `${RG}/providers/Microsoft.Authorization/roleAssignmentScheduleRequests/${crypto.randomUUID()}?api-version=2020-10-01`,
        {
          properties: {
            ...{ requestType: 'SelfActivate', principalId: ENGINEER, justification: 'to see' },
            roleDefinitionId: `${RG}/providers/Microsoft.Authorization/roleDefinitions/${READER}`,
            scheduleInfo: { startDateTime: new Date().toISOString(), expiration: { type: 'AfterDuration', duration } },
          },
        },
      ),
    end: { role: READER, scope: RG },
    found: (body: { error: { message: string } }) => claimsIn(body.error.message),
  },
])('at the $door door', ({ resource, ask, end, found }) => {
  it('is refused without the proof, and answered with it: for this request, once', async () => {
    const requests = async () => (await server.database.db.query('select 1 from requests')).length
    const before = await requests()
    const bare = await signIn(resource())
    const refused = await ask(bare, 'PT1H')
    expect(refused).toMatchObject({ status: 400 })
    expect(JSON.stringify(refused.body)).toContain('RoleAssignmentRequestAcrsValidationFailed')
    // The first attempt leaves nothing behind.
    expect(await requests()).toBe(before)
    const claims = found(refused.body as never)
    expect(JSON.parse(claims)).toMatchObject({ access_token: { acrs: { essential: true, value: 'c1' } } })
    const proven = await signIn(resource(), claims)
    expect(payloadOf(proven)).toMatchObject({ acrs: ['c1'], stint_req: expect.stringContaining('PT1H') })
    // Another request with the same proof: refused, and the proof is still good for its own.
    expect(await ask(proven, 'PT2H')).toMatchObject({ status: 400 })
    expect(await ask(proven, 'PT1H')).toMatchObject({ status: 201 })
    // Used up: not even for the same again.
    const own = await signIn(server.publicUrl)
    const ended = await call(own, 'POST', '/api/v1/requests', endingNative(end.role, end.scope))
    expect(ended.status, JSON.stringify(ended.body)).toBe(201)
    expect(await ask(proven, 'PT1H')).toMatchObject({ status: 400 })
  })
})

it('a sign-in with claims that cannot be met is refused, and no token says what was not proven', async () => {
  const fields = formOf(GRAPH)
  const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: 'c42' } } })
  expect(await server.form('token', { ...fields, claims })).toMatchObject({ status: 400, body: { error_codes: [50076] } })
  // What a caller sends is a wish, never a statement: the proof of another request does not come by asking for it at a refresh.
  const first = await server.form('token', { ...fields })
  const forged = JSON.stringify({ access_token: { stint_req: { value: '["selfActivate"]' } } })
  const again = { client_id: TOOL, grant_type: 'refresh_token', refresh_token: first.body.refresh_token, claims: forged }
  expect(await server.form('token', again)).toMatchObject({ status: 400, body: { error_codes: [50076] } })
})

it('a token of a sign-in that was ended is worth nothing, at once, and buys no other: SignInEnded', async () => {
  const fields = formOf(GRAPH)
  const { body } = await server.form('token', fields)
  const token = body.access_token
  expect((await call(token, 'GET', '/v1.0/me')).status).toBe(200)
  const { sid } = payloadOf(token)
  await server.database.db.query('update sessions set ended_at = now() where id = $1', [sid])
  expect((await call(token, 'GET', '/v1.0/me')).status).toBe(401)
  const again = { client_id: TOOL, grant_type: 'refresh_token', refresh_token: body.refresh_token }
  expect(await server.form('token', again)).toMatchObject({ status: 400, body: { error: 'invalid_grant', error_codes: [50173] } })
  expect(TENANT).toBe(payloadOf(token).tid)
})
