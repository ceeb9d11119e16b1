// The token service attacked over HTTP: what was stolen, replayed, swapped or forged buys nothing (issue 3, must show 3).

import { createHash, randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterAll, describe, expect, it } from 'vitest'
import { startServer } from '../../src/server.ts'
import { authorityServer, TENANT, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const WEB = 'https://app.test/back'
const DELEGATED = ['user_impersonation', 'User.Read']
const web = await admin.createApp({ body: { name: 'web', redirectUris: [WEB], delegated: DELEGATED } })
const thief = await admin.createApp({
  body: { name: 'thief', publicClient: true, redirectUris: [WEB, 'http://localhost'], delegated: DELEGATED },
})
const { secret } = await admin.addSecret({ params: { id: web.appId }, body: {} })
await server.password('engineer@contoso.com', 'correct horse')
const proof = { client_id: web.appId, client_secret: secret }
const scope = `${server.publicUrl}/.default offline_access openid profile`
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')
const me = async (token: string, at = server.url) =>
  (await fetch(`${at}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status

const authorizeUrl = (query: Readonly<Record<string, string>>) =>
  `${server.publicUrl}/common/oauth2/v2.0/authorize?${new URLSearchParams({ response_type: 'code', scope, ...query })}`

/** A code, as it arrives at an application. */
async function codeFor(client: string, redirect_uri: string, verifier = randomBytes(32).toString('base64url')) {
  const browser = new Browser(server.publicUrl)
  const challenge = { code_challenge: challengeOf(verifier), code_challenge_method: 'S256' }
  const page = await browser.go(authorizeUrl({ client_id: client, redirect_uri, state: 's', ...challenge }))
  const back = await browser.submit(page, { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' })
  const landed = new URL(back.location ?? '')
  const code = landed.searchParams.get('code') ?? ''
  expect(code).not.toBe('')
  return { landed, fields: { grant_type: 'authorization_code', code, redirect_uri, code_verifier: verifier, scope } }
}

const refused = (code: number, error = 'invalid_grant') => ({ status: 400, body: { error, error_codes: [code] } })

describe('a code', () => {
  it('replayed buys nothing, and ends what it bought', async () => {
    const { fields } = await codeFor(web.appId, WEB)
    const first = await server.form('token', { ...fields, ...proof })
    expect(first.body.error_description).toBeUndefined()
    expect(await server.form('token', { ...fields, ...proof })).toMatchObject(refused(54005))
    const refresh = { ...proof, grant_type: 'refresh_token', refresh_token: first.body.refresh_token }
    expect(await server.form('token', refresh)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('stolen by another application buys nothing, and is not used up by it', async () => {
    const { fields } = await codeFor(web.appId, WEB)
    expect(await server.form('token', { ...fields, client_id: thief.appId })).toMatchObject(refused(700005))
    expect((await server.form('token', { ...fields, ...proof })).status).toBe(200)
  })

  it.each([
    ['another verifier', { code_verifier: randomBytes(32).toString('base64url') }, 501481],
    ['the challenge itself as verifier', null, 501481],
    ['no verifier', { code_verifier: '' }, 501481],
    ['another redirect address', { redirect_uri: 'https://app.test/other' }, 50011],
  ])('with %s buys nothing', async (_, change, code) => {
    const { fields } = await codeFor(web.appId, WEB)
    const swapped = change ?? { code_verifier: challengeOf(fields.code_verifier) }
    expect(await server.form('token', { ...fields, ...proof, ...swapped })).toMatchObject(refused(code))
  })

  it('with a verifier where none was promised buys nothing: a challenge cannot be stripped', async () => {
    const browser = new Browser(server.publicUrl)
    const page = await browser.go(authorizeUrl({ client_id: web.appId, redirect_uri: WEB }))
    const back = await browser.submit(page, { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' })
    const code = new URL(back.location ?? '').searchParams.get('code') ?? ''
    const fields = { grant_type: 'authorization_code', code, redirect_uri: WEB, ...proof }
    expect(await server.form('token', { ...fields, code_verifier: randomBytes(32).toString('base64url') })).toMatchObject(refused(501481))
  })

  it('says whose it is, against a mix-up', async () => {
    const { landed } = await codeFor(web.appId, WEB)
    expect(landed.searchParams.get('iss')).toBe(`${server.publicUrl}/${TENANT}/v2.0`)
    const other = await fetch(`${server.url}/common/v2.0/.well-known/openid-configuration`)
    expect(((await other.json()) as { issuer: string }).issuer).toBe(landed.searchParams.get('iss'))
  })
})

describe('two processes on one database', async () => {
  const second = await startServer({ ...server.config, port: 0, publicUrl: server.publicUrl }, pino({ level: 'silent' }))
  afterAll(() => second.stop())
  const both = (fields: Readonly<Record<string, string>>) =>
    Promise.all(
      [server.url, second.url].flatMap((url) =>
        [1, 2, 3].map(
          async () => (await fetch(`${url}/common/oauth2/v2.0/token`, { method: 'POST', body: new URLSearchParams(fields) })).status,
        ),
      ),
    )
  const won = (statuses: readonly number[]) => statuses.filter((status) => status === 200).length

  it('redeem one code once', async () => {
    for (let round = 0; round < 4; round++) {
      const { fields } = await codeFor(web.appId, WEB)
      expect(won(await both({ ...fields, ...proof }))).toBe(1)
    }
  })

  it('redeem one refresh token of a confidential application once, and a second try ends the whole grant', async () => {
    const { fields } = await codeFor(web.appId, WEB)
    const { body } = await server.form('token', { ...fields, ...proof })
    const refresh = { ...proof, grant_type: 'refresh_token', refresh_token: body.refresh_token }
    expect(won(await both(refresh))).toBeLessThanOrEqual(1)
    expect((await server.form('token', refresh)).status).toBe(400)
  })

  it('redeem one device code once', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const browser = new Browser(server.publicUrl)
    const confirm = await browser.submit(await browser.go(asked.body.verification_uri), { user_code: asked.body.user_code })
    await browser.submit(await browser.submit(confirm, {}), { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' })
    expect(won(await both({ client_id: TOOL, grant_type: 'device_code', device_code: asked.body.device_code }))).toBe(1)
  })

  it('know each other’s tokens', async () => {
    const { body } = await server.form('token', { ...(await codeFor(web.appId, WEB)).fields, ...proof })
    expect(await me(body.access_token, second.url)).toBe(200)
  })
})

describe('a refresh token', () => {
  const bought = async () => (await server.form('token', { ...(await codeFor(web.appId, WEB)).fields, ...proof })).body
  const refresh = (token: string, who: Readonly<Record<string, string>> = proof) =>
    server.form('token', { ...who, grant_type: 'refresh_token', refresh_token: token })

  it('replayed ends with all that came of it', async () => {
    const first = await bought()
    const next = await refresh(first.refresh_token)
    expect(next.status).toBe(200)
    expect(next.body.refresh_token).not.toBe(first.refresh_token)
    expect(await refresh(first.refresh_token)).toMatchObject(refused(54005))
    expect(await refresh(next.body.refresh_token)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  })

  it('of one application is worth nothing to another, or without its secret', async () => {
    const { refresh_token: token } = await bought()
    expect(await refresh(token, { client_id: thief.appId })).toMatchObject(refused(700005))
    expect(await refresh(token, { client_id: web.appId })).toMatchObject({ status: 401, body: { error_codes: [7000218] } })
    expect((await refresh(token)).status).toBe(200)
  })

  it('is no access token, nor is an id token', async () => {
    const { refresh_token, id_token, access_token } = await bought()
    expect(await me(access_token)).toBe(200)
    expect(await me(refresh_token)).toBe(401)
    expect(await me(id_token)).toBe(401)
  })
})

describe('a device code', () => {
  it('of one application is worth nothing to another', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const poll = { client_id: thief.appId, grant_type: 'device_code', device_code: asked.body.device_code }
    expect(await server.form('token', poll)).toMatchObject(refused(700005))
  })

  it('is approved by one person only, the first', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const [one, two] = [new Browser(server.publicUrl), new Browser(server.publicUrl)]
    const code = { user_code: asked.body.user_code }
    const confirms = [
      await one.submit(await one.go(asked.body.verification_uri), code),
      await two.submit(await two.go(asked.body.verification_uri), code),
    ]
    await one.submit(confirms[0]!, {})
    expect((await two.submit(confirms[1]!, {})).text).toContain('used already')
  })

  it('cannot be asked for by what the store holds of it', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const hash = createHash('sha256').update(asked.body.device_code).digest('hex')
    for (const device_code of [`sha256:${hash}`, hash, Buffer.from(hash, 'hex').toString('base64url')]) {
      const poll = await server.form('token', { client_id: TOOL, grant_type: 'device_code', device_code })
      expect(poll).toMatchObject({ status: 400, body: { error: expect.stringMatching(/invalid_(grant|request)/) } })
    }
  })
})

it('nothing that opens a door lies in the database', async () => {
  const { fields } = await codeFor(web.appId, WEB)
  const bought = (await server.form('token', { ...(await codeFor(web.appId, WEB)).fields, ...proof })).body
  const device = (await server.form('devicecode', { client_id: TOOL, scope })).body
  const browser = new Browser(server.publicUrl)
  await browser.submit(await browser.submit(await browser.go(device.verification_uri), { user_code: device.user_code }), {})
  const rows = await server.database.db.query<{ text: string }>('select s::text as text from authority_state s')
  const all = rows.map(({ text }) => text).join('\n')
  expect(rows.length).toBeGreaterThan(3)
  for (const [name, value] of Object.entries({
    code: fields.code,
    ...bought,
    device_code: device.device_code,
    user_code: device.user_code.replace('-', ''),
  }))
    if (typeof value === 'string' && !['token_type', 'scope'].includes(name)) expect(all.includes(value), name).toBe(false)
})
