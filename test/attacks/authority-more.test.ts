// The authority attacked where sign-ins are under way and where attempts are counted: what an old password began, one name after
// another of the same person, one assertion in several spellings.

import { createHash, createPrivateKey, randomBytes, randomUUID, X509Certificate } from 'node:crypto'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { ARM, authorityServer, GRAPH, TENANT, TOOL } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { selfSigned } from '../support/tls.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const WEB = 'https://app.test/back'
const web = await admin.createApp({ body: { name: 'web', redirectUris: [WEB], delegated: ['user_impersonation'] } })
const { secret } = await admin.addSecret({ params: { id: web.appId }, body: {} })
const scope = `${server.publicUrl}/.default offline_access openid profile`
const NAME = 'engineer@contoso.com'
const OLD = 'correct horse'

/** The sign-in page of a new sign-in. */
const begin = (browser: Browser) =>
  browser.go(
    `${server.publicUrl}/common/oauth2/v2.0/authorize?${new URLSearchParams({ response_type: 'code', scope, client_id: web.appId, redirect_uri: WEB })}`,
  )

/** Sends the page's form and stops there: where it leads is not followed. */
function send(browser: Browser, page: Page, typed: Readonly<Record<string, string>>): Promise<Page> {
  const hidden = /name="form_token" value="([^"]*)"/.exec(page.text)?.[1] ?? ''
  const action = /<form[^>]*action="([^"]*)"/.exec(page.text)?.[1] ?? ''
  return browser.open(action, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.publicUrl },
    body: new URLSearchParams({ form_token: hidden, do: 'sign-in', ...typed }).toString(),
  })
}

describe('a sign-in that an old password began', () => {
  it('is not finished once there is a new one', async () => {
    await server.password(NAME, OLD)
    const thief = new Browser(server.publicUrl)
    const held = await send(thief, await begin(thief), { username: NAME, password: OLD })
    expect(held.status).toBe(303)
    await server.password(NAME, 'another horse')
    const landed = await thief.go(held.location ?? '')
    const code = landed.location?.startsWith(WEB) ? new URL(landed.location).searchParams.get('code') : null
    expect(code).toBeNull()
  })

  it('nor a code that it got, nor a device that it let in', async () => {
    await server.password(NAME, OLD)
    const browser = new Browser(server.publicUrl)
    const back = await browser.submit(await begin(browser), { username: NAME, password: OLD, do: 'sign-in' })
    const code = new URL(back.location ?? '').searchParams.get('code') ?? ''
    expect(code).not.toBe('')
    await server.password(NAME, 'another horse')
    const fields = { grant_type: 'authorization_code', code, redirect_uri: WEB, client_id: web.appId, client_secret: secret }
    expect((await server.form('token', fields)).status).toBe(400)
  })
})

describe('guessing a password', () => {
  it('by each of a person’s names in turn is guessing one person’s', async () => {
    await server.password(NAME, OLD)
    const names = [NAME, 'engineer@contoso.onmicrosoft.com', 'ENGINEER@contoso.com ']
    const guess = (username: string, password: string) =>
      server.form('token', { client_id: TOOL, grant_type: 'password', username, password, scope: `${ARM}/.default` })
    for (let n = 0; n < 10; n += 1) expect((await guess(names[n % 3] ?? '', `no ${n}`)).status).toBe(400)
    for (const name of names) expect((await guess(name, OLD)).body.error_codes, name).toEqual([50053])
  })
})

describe('an assertion that somebody found', async () => {
  const { pem, key } = await selfSigned('mine')
  const thumbprint = createHash('sha256').update(new X509Certificate(pem).raw).digest('base64url')
  const app = await admin.createApp({ body: { name: 'certified' } })
  await admin.addCertificate({ params: { id: app.appId }, body: { pem } })
  const seconds = Math.floor(Date.now() / 1_000)
  const claims = { iss: app.appId, sub: app.appId, jti: randomUUID(), exp: seconds + 600 }
  const assertion = await new SignJWT({ ...claims, aud: `${server.publicUrl}/${TENANT}/oauth2/v2.0/token` })
    .setProtectedHeader({ alg: 'PS256', typ: 'JWT', 'x5t#S256': thumbprint })
    .sign(createPrivateKey(key))
  const show = (asked: string) =>
    server.form('token', {
      ...{ grant_type: 'client_credentials', client_id: app.appId, scope: asked, client_assertion: assertion },
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })

  it('is used up for a resource, however that is spelt', async () => {
    expect((await show(`${ARM}/.default`)).status).toBe(200)
    await server.database.db.query(`update spent_assertions set used_at = used_at - interval '1 minute'`)
    for (const one of [`${ARM}//.default`, 'https://management.core.windows.net/.default', 'https://management.core.windows.net//.default'])
      expect((await show(one)).body.error_codes, one).toEqual([54005])
    expect((await show(`${GRAPH}/.default`)).status).toBe(200)
  })
})

describe('an address to go back to', () => {
  const host = new URL(WEB).host
  it.each([
    `https://${host}@evil.test/back`,
    `https://${host}%40evil.test/back`,
    `https://evil.test\\@${host}/back`,
    `https://${host}\\.evil.test/back`,
    `https://${host}.evil.test/back`,
    `${WEB}#@evil.test`,
    `${WEB}?next=//evil.test`,
    `${WEB}/../../evil`,
    `${WEB}%2f..`,
    `http://${host}/back`,
    `HTTPS://${host.toUpperCase()}/BACK`,
    `https://[::1]/back`,
    'http://localhost.evil.test/',
    'http://localhost@evil.test/',
    'javascript:alert(1)',
    '//evil.test/back',
  ])('%s is nobody’s', async (redirect_uri) => {
    const challenge = { code_challenge: randomBytes(32).toString('base64url'), code_challenge_method: 'S256' }
    for (const client_id of [web.appId, TOOL]) {
      const query = new URLSearchParams({ response_type: 'code', scope, client_id, redirect_uri, ...challenge })
      const page = await new Browser(server.publicUrl).go(`${server.publicUrl}/common/oauth2/v2.0/authorize?${query}`)
      expect(page).toMatchObject({ status: 400, location: null })
    }
  })

  it('of a tool is the machine itself, by the method that cannot be read along', async () => {
    const query = (more: Record<string, string>) =>
      `${server.publicUrl}/common/oauth2/v2.0/authorize?${new URLSearchParams({ response_type: 'code', scope, client_id: TOOL, redirect_uri: 'http://localhost:54321', ...more })}`
    const verifier = randomBytes(32).toString('base64url')
    for (const more of [{}, { code_challenge: verifier, code_challenge_method: 'plain' }, { code_challenge: verifier }]) {
      const page = await new Browser(server.publicUrl).go(query(more))
      expect(page.text).not.toContain('name="password"')
    }
  })
})

describe('whoever is not what they say', () => {
  it('a program’s secret signs in no person, and its token is nobody’s `me` once it is removed', async () => {
    const app = await admin.createApp({ body: { name: 'short-lived', application: ['RoleManagement.Read.Directory'] } })
    const made = await admin.addSecret({ params: { id: app.appId }, body: {} })
    const proof = { client_id: app.appId, client_secret: made.secret, scope: `${GRAPH}/.default` }
    const bought = await server.form('token', { grant_type: 'client_credentials', ...proof })
    const roles = () =>
      fetch(`${server.url}/v1.0/roleManagement/directory/roleAssignments`, {
        headers: { authorization: `Bearer ${bought.body.access_token}` },
      }).then(({ status }) => status)
    expect(await roles()).toBe(200)
    await admin.changePermissions({ params: { id: app.appId }, body: { kind: 'application', remove: ['RoleManagement.Read.Directory'] } })
    expect(await roles()).toBe(403)
    await admin.changePermissions({ params: { id: app.appId }, body: { kind: 'application', add: ['RoleManagement.Read.Directory'] } })
    expect(await roles()).toBe(200)
    await admin.removeApp({ params: { id: app.appId } })
    expect(await roles()).toBe(401)
    expect((await server.form('token', { grant_type: 'client_credentials', ...proof })).status).toBeGreaterThanOrEqual(400)
  })
})
