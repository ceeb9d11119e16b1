// What clients read before they sign in, under every name, and that none of it is built from what a caller sends (D28).

import { request } from 'node:http'
import { expect, it } from 'vitest'
import { authorityServer, TENANT } from '../support/authority.ts'

const server = await authorityServer()
const issuer = `${server.publicUrl}/${TENANT}/v2.0`
// biome-ignore lint/suspicious/noExplicitAny: judged by matchers
const get = async (path: string): Promise<{ status: number; body: any }> => {
  const response = await fetch(`${server.url}${path}`)
  return { status: response.status, body: await response.json() }
}

it.each([TENANT, 'contoso.com', 'contoso.onmicrosoft.com', 'common', 'organizations'])('discovery under %s', async (name) => {
  const { status, body } = await get(`/${name}/v2.0/.well-known/openid-configuration`)
  expect(status).toBe(200)
  expect(body).toMatchObject({
    issuer,
    authorization_endpoint: `${server.publicUrl}/${name}/oauth2/v2.0/authorize`,
    token_endpoint: `${server.publicUrl}/${name}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${server.publicUrl}/${name}/oauth2/v2.0/devicecode`,
    jwks_uri: `${server.publicUrl}/${name}/discovery/v2.0/keys`,
  })
  const older = await get(`/${name}/.well-known/openid-configuration`)
  expect(older.body).toMatchObject({ issuer, token_endpoint: `${server.publicUrl}/${name}/oauth2/token` })
})

it('discovery under adfs has no versions', async () => {
  const { body } = await get('/adfs/.well-known/openid-configuration')
  expect(body).toMatchObject({
    issuer,
    token_endpoint: `${server.publicUrl}/adfs/oauth2/token`,
    jwks_uri: `${server.publicUrl}/adfs/discovery/keys`,
  })
})

it('every address it names answers', async () => {
  const { body } = await get('/common/v2.0/.well-known/openid-configuration')
  const keys = await fetch(body.jwks_uri)
  expect(await keys.json()).toEqual({ keys: [expect.objectContaining({ kty: 'RSA', alg: 'RS256', use: 'sig', kid: expect.any(String) })] })
  for (const name of ['token_endpoint', 'device_authorization_endpoint'])
    expect((await fetch(body[name], { method: 'POST' })).status).toBe(400)
  expect((await fetch(body.authorization_endpoint)).status).toBe(400)
  const out = await fetch(`${body.end_session_endpoint}?post_logout_redirect_uri=https://evil.test`, { redirect: 'manual' })
  expect(out.status).toBe(200)
  expect(await out.text()).not.toContain('evil')
})

it('another tenant is not served', async () => {
  expect(await get('/fabrikam.com/v2.0/.well-known/openid-configuration')).toMatchObject({ status: 400, body: { error_codes: [90002] } })
})

it.each(['1.0', '1.1'])('instance discovery %s, asked without the port', async (version) => {
  const { hostname, host } = new URL(server.publicUrl)
  const asked = encodeURIComponent(`https://${hostname}/contoso.com/oauth2/v2.0/authorize`)
  const { body } = await get(`/common/discovery/instance?api-version=${version}&authorization_endpoint=${asked}`)
  expect(body).toEqual({
    tenant_discovery_endpoint: `${server.publicUrl}/contoso.com/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: host, preferred_cache: host, aliases: [host, hostname] }],
  })
})

it('instance discovery leads nobody elsewhere', async () => {
  const { body } = await get(`/common/discovery/instance?authorization_endpoint=${encodeURIComponent('https://evil.test/..%2f..%2f/x')}`)
  expect(JSON.stringify(body)).not.toContain('evil')
})

it('user realm is the same for whoever exists and whoever does not', async () => {
  for (const name of ['engineer', 'nobody'])
    expect(await get(`/common/userrealm/${name}@contoso.com?api-version=1.0`)).toMatchObject({
      status: 200,
      body: { ver: '1.0', account_type: 'Managed', domain_name: 'contoso.com', cloud_audience_urn: 'urn:federation:MicrosoftOnline' },
    })
})

it('cloud metadata in its three shapes', async () => {
  for (const path of ['/metadata/endpoints', '//metadata/endpoints']) {
    for (const version of ['1.0', '2015-01-01'])
      expect((await get(`${path}?api-version=${version}`)).body).toEqual({
        galleryEndpoint: `${server.publicUrl}/`,
        graphEndpoint: `${server.publicUrl}/`,
        portalEndpoint: `${server.publicUrl}/`,
        authentication: { loginEndpoint: server.publicUrl, audiences: expect.arrayContaining([`${server.publicUrl}/`]) },
      })
    const one = (await get(`${path}?api-version=2022-09-01`)).body
    expect(one).toMatchObject({
      name: 'StintCloud',
      resourceManager: `${server.publicUrl}/`,
      microsoftGraphResourceId: `${server.publicUrl}/`,
      authentication: { loginEndpoint: server.publicUrl, tenant: TENANT, identityProvider: 'AAD' },
      suffixes: { keyVaultDns: expect.any(String), storage: expect.any(String) },
    })
    for (const version of ['2019-05-01', '2020-06-01']) expect((await get(`${path}?api-version=${version}`)).body).toEqual([one])
  }
  expect(await get('/metadata/endpoints?api-version=1999-01-01')).toMatchObject({
    status: 400,
    body: { error: { code: 'InvalidApiVersionParameter' } },
  })
  expect(await get('/metadata/endpoints')).toMatchObject({ status: 400, body: { error: { code: 'MissingApiVersionParameter' } } })
})

/** A request whose `Host` is a lie; fetch would not send it. */
const lying = (path: string, method = 'GET', body = ''): Promise<string> =>
  new Promise((resolve, reject) => {
    const headers = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'https',
      'x-forwarded-for': '203.0.113.9',
      forwarded: 'host=evil.test;proto=https',
      'content-type': 'application/x-www-form-urlencoded',
    }
    const asked = request(`${server.url}${path}`, { method, headers }, (answer) => {
      let text = JSON.stringify(answer.headers)
      answer.on('data', (chunk) => {
        text += chunk
      })
      answer.on('end', () => resolve(text))
    })
    asked.on('error', reject)
    asked.end(body)
  })

it.each([
  ['GET', '/common/v2.0/.well-known/openid-configuration', ''],
  ['GET', '/metadata/endpoints?api-version=2022-09-01', ''],
  ['GET', '/common/discovery/instance?authorization_endpoint=https://evil.test/common', ''],
  ['GET', '/authority/device', ''],
  ['POST', '/common/oauth2/v2.0/devicecode', 'client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&scope=https://graph.microsoft.com/.default'],
  [
    'GET',
    '/common/oauth2/v2.0/authorize?client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46&response_type=code&redirect_uri=http://localhost&scope=https://graph.microsoft.com/.default&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256',
    '',
  ],
] as const)('a forged host changes nothing: %s %s', async (method, path, body) => {
  const answer = await lying(path, method, body)
  expect(answer).not.toContain('evil')
  // By our own address, or within it.
  expect(answer.includes(new URL(server.publicUrl).host) || answer.includes('"location":"/authority/')).toBe(true)
})
