// People at the authority: the four ways a client of theirs gets a token, and what it says.

import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ARM, authorityServer, GRAPH, payloadOf, TENANT, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { cli, urlOf } from '../support/server.ts'

const server = await authorityServer()
const ENGINEER = '11111111-1111-1111-1111-111111111111'
await server.password('engineer@contoso.com', 'correct horse', { contexts: ['c1'] })
await server.password('lead@contoso.com', 'battery staple', { passwordGrant: false, methods: ['pwd'] })

const scope = `${ARM}//.default offline_access openid profile`
const password = { client_id: TOOL, grant_type: 'password', username: 'engineer@contoso.com', password: 'correct horse', scope }
const claims = JSON.stringify({ access_token: { xms_cc: { values: ['CP1'] } } })
const at = (token: string, path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })

// biome-ignore lint/suspicious/noExplicitAny: an answer as it came
function expectPerson(body: any, aud = `${ARM}/`) {
  expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3_600, ext_expires_in: 3_600, scope })
  expect(JSON.parse(Buffer.from(body.client_info, 'base64url').toString())).toEqual({ uid: ENGINEER, utid: TENANT })
  expect(payloadOf(body.access_token)).toMatchObject({
    ...{ aud, oid: ENGINEER, sub: ENGINEER, tid: TENANT, idtyp: 'user', appid: TOOL, app_displayname: 'Azure CLI' },
    ...{ upn: 'engineer@contoso.com', unique_name: 'engineer@contoso.com', name: 'Erin Engineer' },
    ...{ scp: 'openid profile user_impersonation', amr: ['pwd', 'mfa'], acrs: ['c1'], auth_time: expect.any(Number) },
  })
  expect(payloadOf(body.id_token)).toMatchObject({
    ...{ iss: `${server.publicUrl}/${TENANT}/v2.0`, aud: TOOL, tid: TENANT, oid: ENGINEER, sub: ENGINEER },
    preferred_username: 'engineer@contoso.com',
  })
  expect(body.refresh_token).toMatch(/^[\w-]{40,}$/)
}

describe('by password', () => {
  it('gets all that clients need', async () => {
    const { status, body } = await server.form('token', { ...password, claims })
    expect(body.error_description).toBeUndefined()
    expect(status).toBe(200)
    expectPerson(body)
    expect(payloadOf(body.access_token).xms_cc).toEqual(['CP1'])
    const mine = await at(
      body.access_token,
      '/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()',
    )
    expect(mine.status).toBe(200)
  })

  it.each([
    ['WrongPassword', { password: 'wrong' }, 50126],
    ['WrongPassword, for nobody', { username: 'nobody@contoso.com' }, 50126],
    ['WrongPassword, for whoever has none', { username: 'sam@contoso.com' }, 50126],
    ['PasswordGrantRefused', { username: 'lead@contoso.com', password: 'battery staple' }, 53003],
    ['MfaRequired', { claims: JSON.stringify({ access_token: { acrs: { essential: true, value: 'c2' } } }) }, 50076],
    ['UnknownResource', { scope: 'https://vault.azure.net/.default' }, 500011],
  ])('%s', async (_, change, code) => {
    const { status, body } = await server.form('token', { ...password, ...change })
    expect({ status, codes: body.error_codes }).toEqual({ status: 400, codes: [code] })
    expect(body.error_description).toContain(`AADSTS${code}: `)
  })
})

describe('by refresh', () => {
  it('works under every name, for every resource, again and again', async () => {
    const { body } = await server.form('/organizations/oauth2/v2.0/token', password)
    const again = { client_id: TOOL, grant_type: 'refresh_token', refresh_token: body.refresh_token }
    for (const [name, wanted] of [
      [TENANT, ARM],
      ['contoso.com', GRAPH],
      ['adfs', server.publicUrl],
    ] as const) {
      const path = name === 'adfs' ? '/adfs/oauth2/token' : `/${name}/oauth2/v2.0/token`
      const next = await server.form(path, { ...again, scope: `${wanted}/.default offline_access openid profile` })
      expect(next.body.error_description).toBeUndefined()
      expect(payloadOf(next.body.access_token)).toMatchObject({ aud: wanted, oid: ENGINEER, amr: ['pwd', 'mfa'] })
      expect(next.body.refresh_token).toBeDefined()
    }
    const same = await server.form('token', again)
    expect(payloadOf(same.body.access_token).aud).toBe(ARM)
  })
})

describe('by device code', () => {
  it.each(['urn:ietf:params:oauth:grant-type:device_code', 'device_code'])('with the grant named %s', async (grant_type) => {
    const asked = await server.form('/organizations/oauth2/v2.0/devicecode', { client_id: TOOL, scope })
    expect(asked).toMatchObject({
      status: 200,
      body: {
        verification_uri: `${server.publicUrl}/authority/device`,
        interval: 5,
        expires_in: 900,
        message: expect.stringContaining(asked.body.user_code),
      },
    })
    const poll = () =>
      server.form('token', { client_id: TOOL, grant_type, device_code: asked.body.device_code, code: asked.body.device_code })
    expect(await poll()).toMatchObject({ status: 400, body: { error: 'authorization_pending', error_codes: [70016] } })

    const browser = new Browser(server.publicUrl)
    const input = await browser.go(asked.body.verification_uri)
    const wrong = await browser.submit(input, { user_code: 'WRONG-ONE' })
    expect(wrong.text).toContain('No application waits with this code')
    const confirm = await browser.submit(wrong, { user_code: asked.body.user_code.toLowerCase() })
    expect(confirm.text).toContain('Azure CLI')
    expect(confirm.text).toContain(asked.body.user_code)
    const signIn = await browser.submit(confirm, {})
    expect(signIn.text).toContain('to continue to Azure CLI')
    const refused = await browser.submit(signIn, { username: 'engineer@contoso.com', password: 'nope', do: 'sign-in' })
    expect(refused.text).toContain('the name or the password is wrong')
    const done = await browser.submit(refused, { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' })
    expect(done.text).toContain('You are signed in on the device')

    const bought = await poll()
    expect(bought.body.error_description).toBeUndefined()
    expectPerson(bought.body)
    expect(await poll()).toMatchObject({ status: 400, body: { error: 'invalid_grant', error_codes: [54005] } })
  })

  it('declined, says so', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const browser = new Browser(server.publicUrl)
    const confirm = await browser.submit(await browser.go(asked.body.verification_uri), { user_code: asked.body.user_code })
    const declined = await browser.submit(confirm, { abort: 'yes' })
    expect(declined.text).toContain('declined')
    const poll = { client_id: TOOL, grant_type: 'device_code', device_code: asked.body.device_code }
    expect(await server.form('token', poll)).toMatchObject({ status: 400, body: { error: 'access_denied', error_codes: [65004] } })
  })
})

describe('by code', () => {
  const begin = (more: Readonly<Record<string, string>> = {}) => {
    const verifier = randomBytes(32).toString('base64url')
    const query = {
      client_id: TOOL,
      response_type: 'code',
      redirect_uri: 'http://localhost:54321',
      scope,
      state: 'abc',
      nonce: 'n-1',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      prompt: 'select_account',
      client_info: '1',
      claims,
      ...more,
    }
    return { verifier, query, url: `${server.publicUrl}/organizations/oauth2/v2.0/authorize?${new URLSearchParams(query)}` }
  }

  it('with PKCE and any port of the loopback', async () => {
    const { verifier, url } = begin()
    const browser = new Browser(server.publicUrl)
    const signIn = await browser.go(url)
    expect(signIn.text).toContain('Azure CLI')
    expect(signIn.headers.get('content-security-policy')).toContain("form-action 'self' http://localhost:54321")
    const back = await browser.submit(signIn, { username: 'engineer@contoso.onmicrosoft.com', password: 'correct horse', do: 'sign-in' })
    const landed = new URL(back.location ?? '')
    expect(landed.origin).toBe('http://localhost:54321')
    expect(landed.searchParams.get('state')).toBe('abc')
    expect(landed.searchParams.get('iss')).toBe(`${server.publicUrl}/${TENANT}/v2.0`)
    const redeem = {
      client_id: TOOL,
      grant_type: 'authorization_code',
      code: landed.searchParams.get('code') ?? '',
      redirect_uri: 'http://localhost:54321',
      code_verifier: verifier,
      scope,
      claims,
    }
    const { body } = await server.form('token', redeem)
    expect(body.error_description).toBeUndefined()
    expectPerson(body)
    expect(payloadOf(body.id_token).nonce).toBe('n-1')
  })

  it('declined, the application is told', async () => {
    const { url } = begin()
    const browser = new Browser(server.publicUrl)
    const back = await browser.submit(await browser.go(url), { do: 'cancel' })
    const landed = new URL(back.location ?? '')
    expect(landed.searchParams.get('error')).toBe('access_denied')
    expect(landed.searchParams.get('error_description')).toContain('AADSTS65004')
  })

  it.each([
    ['an unknown resource', { scope: 'https://vault.azure.net/.default' }, 'AADSTS500011'],
    ['nothing to be asked', { prompt: 'none' }, 'AADSTS50058'],
    ['no challenge', { code_challenge: '', code_challenge_method: '' }, 'AADSTS9002325'],
    ['a plain challenge', { code_challenge_method: 'plain' }, 'AADSTS9002325'],
  ])('%s is told to the application', async (_, more, words) => {
    const page = await new Browser(server.publicUrl).go(begin(more).url)
    const landed = new URL(page.location ?? '')
    expect(landed.origin).toBe('http://localhost:54321')
    expect(landed.searchParams.get('error_description')).toContain(words)
    expect(landed.searchParams.get('state')).toBe('abc')
  })

  it.each([
    ['another address', { redirect_uri: 'https://evil.test/' }, 'AADSTS50011'],
    ['another scheme', { redirect_uri: 'https://localhost' }, 'AADSTS50011'],
    ['another path', { redirect_uri: 'http://localhost/other' }, 'AADSTS50011'],
    ['an unknown application', { client_id: ENGINEER }, 'register it'],
  ])('%s is told on a page, and nowhere else', async (_, more, words) => {
    const page = await new Browser(server.publicUrl).go(begin(more).url)
    expect(page).toMatchObject({ status: 400, location: null, text: expect.stringContaining(words) })
  })
})

describe('what is ended is ended at once', () => {
  it('by `stint user sign-out`: access token, refresh token and whatever comes of it', async () => {
    await server.password('sam@contoso.com', 'long enough')
    const { body } = await server.form('token', {
      ...password,
      username: 'sam@contoso.com',
      password: 'long enough',
      scope: `${server.publicUrl}/.default`,
    })
    expect((await at(body.access_token, '/api/v1/me')).status).toBe(200)
    const ran = await cli(['user', 'sign-out', 'sam@contoso.com', '--data', server.data], { DATABASE_URL: urlOf(server.database.options) })
    expect(ran, ran.err).toMatchObject({ code: 0 })
    expect((await at(body.access_token, '/api/v1/me')).status).toBe(401)
    const again = await server.form('token', { client_id: TOOL, grant_type: 'refresh_token', refresh_token: body.refresh_token })
    expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await server.token('sam@contoso.com')).split('.')).toHaveLength(3)
    expect((await at(await server.token('sam@contoso.com'), '/api/v1/me')).status).toBe(200)
  })

  it('by `revokeSignInSessions`, of oneself or by whoever may change the person, and by nobody else', async () => {
    await server.password('contractor@contoso.com', 'long enough')
    const signIn = async () => {
      const asked = { ...password, username: 'contractor@contoso.com', password: 'long enough', scope: `${server.publicUrl}/.default` }
      return (await server.form('token', asked)).body.access_token as string
    }
    const revoke = async (token: string, who: string) =>
      (await fetch(`${server.url}/v1.0/${who}/revokeSignInSessions`, { method: 'POST', headers: { authorization: `Bearer ${token}` } }))
        .status
    const first = await signIn()
    expect(await revoke(await server.token('lead@contoso.com'), 'users/contractor@contoso.com')).toBe(403)
    expect((await at(first, '/api/v1/me')).status).toBe(200)
    expect(await revoke(await server.token('admin@contoso.com'), 'users/contractor@contoso.com')).toBe(200)
    expect((await at(first, '/api/v1/me')).status).toBe(401)
    const second = await signIn()
    expect(await revoke(second, 'me')).toBe(200)
    expect((await at(second, '/api/v1/me')).status).toBe(401)
  })

  it('by disablement: AccountDisabled, and no refresh', async () => {
    await server.password('itmanager@contoso.com', 'long enough')
    const mine = { ...password, username: 'itmanager@contoso.com', password: 'long enough', scope: `${server.publicUrl}/.default` }
    const { body } = await server.form('token', mine)
    await server.database.db.query(`update principals set enabled = false where upn = 'itmanager@contoso.com'`)
    expect((await at(body.access_token, '/api/v1/me')).status).toBe(403)
    expect(await server.form('token', mine)).toMatchObject({ status: 400, body: { error_codes: [50057] } })
    const again = await server.form('token', { client_id: TOOL, grant_type: 'refresh_token', refresh_token: body.refresh_token })
    expect(again).toMatchObject({ status: 400, body: { error_codes: [50057] } })
  })
})

describe('an application of one’s own', async () => {
  const admin = await server.client('admin@contoso.com')
  const app = await admin.createApp({ body: { name: 'm365', publicClient: true, passwordGrant: true } })
  const ask = { ...password, client_id: app.appId, scope: `${GRAPH}/.default` }

  it('may do nothing for people until it is told: ConsentRequired', async () => {
    expect(await server.form('token', ask)).toMatchObject({ status: 400, body: { error: 'invalid_grant', error_codes: [65001] } })
    expect(await server.form('devicecode', { client_id: app.appId, scope: ask.scope })).toMatchObject({ body: { error_codes: [65001] } })
  })

  it('then what it was told, as long as it is', async () => {
    const change = (words: object) => admin.changePermissions({ params: { id: app.appId }, body: { kind: 'delegated', ...words } })
    await change({ add: ['RoleManagement.Read.Directory', 'User.Read'] })
    const { body } = await server.form('token', ask)
    expect(payloadOf(body.access_token)).toMatchObject({ appid: app.appId, scp: 'openid profile RoleManagement.Read.Directory User.Read' })
    const list = '/v1.0/roleManagement/directory/roleEligibilitySchedules/filterByCurrentUser(on=%27principal%27)'
    expect((await at(body.access_token, list)).status).toBe(200)
    await change({ remove: ['RoleManagement.Read.Directory'] })
    expect((await at(body.access_token, list)).status).toBe(403)
    await admin.removeApp({ params: { id: app.appId } })
    expect((await at(body.access_token, '/v1.0/me')).status).toBe(401)
  })
})

describe('the password of a sample account', () => {
  it('comes by standard input, and is refused where there is no sample: NotASample', async () => {
    const env = { DATABASE_URL: urlOf(server.database.options) }
    const typed = (words: string) =>
      cli(['user', 'set-password', 'sam@contoso.com', '--data', server.data, '--allow-password-grant'], env, words)
    expect(await typed('from a pipe\n')).toMatchObject({ code: 0 })
    const mine = { ...password, username: 'sam@contoso.com', password: 'from a pipe' }
    expect((await server.form('token', mine)).status).toBe(200)
    expect(await typed('short\n')).toMatchObject({ code: 1, err: expect.stringContaining('8 to 256') })
    await server.database.db.query(`update tenant set settings = '{}'`)
    expect(await typed('from a pipe\n')).toMatchObject({ code: 1, err: expect.stringContaining('only in a sample installation') })
    expect(await server.form('token', mine)).toMatchObject({ status: 400, body: { error_codes: [53003] } })
    await server.database.db.query(`update tenant set settings = '{"sample":true}'`)
    const kept = await server.database.db.query<{ password: string }>('select password from sign_ins')
    for (const { password: stored } of kept) expect(stored).toMatch(/^\$argon2id\$/)
  })
})
