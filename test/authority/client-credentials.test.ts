// Programs that sign in by themselves: the whole way from `stint app` to a call that succeeds, and what is refused on it.

import { expect, it } from 'vitest'
import { ARM, authorityServer, GRAPH, payloadOf, TENANT } from '../support/authority.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const app = await admin.createApp({ body: { name: 'pipeline', application: ['RoleManagement.ReadWrite.Directory'] } })
const { secret } = await admin.addSecret({ params: { id: app.appId }, body: {} })
const ask = { client_id: app.appId, client_secret: secret, grant_type: 'client_credentials', scope: `${GRAPH}/.default` }

const at = (token: string, path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })

it('a secret buys a token that opens the door it was asked for', async () => {
  const { status, body } = await server.form('token', ask)
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3_600, ext_expires_in: 3_600, scope: `${GRAPH}/.default` })
  expect(status).toBe(200)
  expect(payloadOf(body.access_token)).toMatchObject({
    iss: `${server.publicUrl}/${TENANT}/v2.0`,
    aud: GRAPH,
    oid: app.principalId,
    sub: app.principalId,
    tid: TENANT,
    appid: app.appId,
    azp: app.appId,
    idtyp: 'app',
    app_displayname: 'pipeline',
    roles: ['RoleManagement.ReadWrite.Directory'],
  })
  expect(payloadOf(body.access_token).scp).toBeUndefined()
  const answer = await at(body.access_token, '/v1.0/roleManagement/directory/roleEligibilitySchedules')
  expect(answer.status).toBe(200)
  expect((await at(body.access_token, '/api/v1/me')).status).toBe(401)
})

it.each([
  [`${ARM}/.default`, ARM],
  [`${ARM}//.default`, `${ARM}/`],
  ['https://management.core.windows.net//.default', 'https://management.core.windows.net/'],
  ['00000003-0000-0000-c000-000000000000/.default', '00000003-0000-0000-c000-000000000000'],
])('asked for %s the audience is %s', async (scope, aud) => {
  const { body } = await server.form('token', { ...ask, scope })
  expect(payloadOf(body.access_token).aud).toBe(aud)
  expect(body.scope).toBe(scope)
})

it.each(['contoso.com', 'CONTOSO.COM', 'common', 'organizations', 'adfs', TENANT.toUpperCase()])('under the name %s', async (name) => {
  for (const version of ['/v2.0', '']) {
    const { status } = await server.form(`/${name}/oauth2${version}/token`, ask)
    expect(status).toBe(200)
  }
})

it('the secret may come in the header', async () => {
  const { client_id, client_secret, ...rest } = ask
  const authorization = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
  expect((await server.form('token', rest, { authorization })).status).toBe(200)
})

it('an error is told as clients expect it: WrongSecret', async () => {
  const { status, body } = await server.form('token', { ...ask, client_secret: 'wrong' })
  expect(status).toBe(401)
  expect(body).toEqual({
    error: 'invalid_client',
    error_description: expect.stringMatching(/^AADSTS7000215: .*Trace ID: [\w-]+ Correlation ID: [\w-]+ Timestamp: /),
    error_codes: [7000215],
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ$/),
    trace_id: expect.any(String),
    correlation_id: expect.any(String),
  })
})

it.each([
  ['UnknownApplication', { client_id: '11111111-2222-3333-4444-555555555555' }, 400, 700016],
  ['UnknownApplication, no id', { client_id: 'x' }, 400, 700016],
  ['UnknownResource', { scope: 'https://vault.azure.net/.default' }, 400, 500011],
  ['InvalidScope', { scope: 'openid' }, 400, 70011],
  ['InvalidScope, two resources', { scope: `${GRAPH}/.default ${ARM}/.default` }, 400, 70011],
  ['UnsupportedGrantType', { grant_type: 'implicit' }, 400, 70003],
  ['InvalidSignIn', { client_id: '' }, 400, 700016],
])('%s', async (_, change, status, code) => {
  const answer = await server.form('token', { ...ask, ...change })
  expect(answer).toMatchObject({ status, body: { error_codes: [code] } })
})

it('MissingClientCredential, UnknownTenant', async () => {
  const { client_secret: _, ...open } = ask
  expect(await server.form('token', open)).toMatchObject({ status: 401, body: { error_codes: [7000218] } })
  expect(await server.form('/fabrikam.com/oauth2/v2.0/token', ask)).toMatchObject({ status: 400, body: { error_codes: [90002] } })
})
