// The authority's pages and forms attacked: led elsewhere, fed with scripts, sent by somebody else (issue 3, must show 3).

import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ARM, authorityServer, GRAPH, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const WEB = 'https://app.test/back'
const web = await admin.createApp({ body: { name: 'web', redirectUris: [WEB], delegated: ['user_impersonation', 'User.Read'] } })
const { secret } = await admin.addSecret({ params: { id: web.appId }, body: {} })
await server.password('engineer@contoso.com', 'correct horse')
const proof = { client_id: web.appId, client_secret: secret }
const scope = `${server.publicUrl}/.default offline_access openid profile`
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

const authorizeUrl = (query: Readonly<Record<string, string>>) =>
  `${server.publicUrl}/common/oauth2/v2.0/authorize?${new URLSearchParams({ response_type: 'code', scope, ...query })}`

describe('no open redirect', () => {
  const challenge = { code_challenge: challengeOf('x'.repeat(50)), code_challenge_method: 'S256' }
  it.each([
    'https://evil.test/',
    '//evil.test',
    'https://app.test/back/../evil',
    'https://app.test/back?next=evil',
    'https://app.test/back#x',
    'https://app.test.evil.test/back',
    'https://app.test@evil.test/back',
    'https://APP.test/back/',
    'https://app.test\\@evil.test/back',
    'https://app.test/back%00',
    'http://app.test/back',
    'javascript:alert(1)//https://app.test/back',
  ])('to %s', async (redirect_uri) => {
    for (const more of [
      {},
      { scope: 'https://unknown.test/.default' },
      { prompt: 'none' },
      { response_type: 'token' },
      { response_mode: 'form_post' },
    ]) {
      const page = await new Browser(server.publicUrl).open(authorizeUrl({ client_id: web.appId, redirect_uri, ...challenge, ...more }))
      expect(page.location).toBeNull()
      expect(page.status).toBe(400)
    }
  })

  it.each([
    'http://localhost@evil.test',
    'http://localhost.evil.test',
    'http://localhost:80@evil.test/',
    'http://127.0.0.1.evil.test',
    'http://localhost/x',
    'http://localhost:1/x',
  ])('to %s, by the loopback rule', async (redirect_uri) => {
    const page = await new Browser(server.publicUrl).open(authorizeUrl({ client_id: TOOL, redirect_uri, ...challenge }))
    expect(page).toMatchObject({ status: 400, location: null })
  })

  it('and no answer that is not a code', async () => {
    for (const response_type of ['token', 'id_token', 'code id_token', 'none']) {
      const page = await new Browser(server.publicUrl).open(
        authorizeUrl({ client_id: web.appId, redirect_uri: WEB, ...challenge, response_type, nonce: 'n' }),
      )
      expect(page.location ?? '').not.toMatch(/[?&#](access_token|id_token|code)=/)
    }
  })
})

describe('the sign-in page', () => {
  const begin = async (browser: Browser) =>
    browser.go(
      authorizeUrl({
        client_id: web.appId,
        redirect_uri: WEB,
        state: '"><script>alert(1)</script>',
        login_hint: '"><img src=x onerror=alert(1)>',
      }),
    )
  const typed = { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' }

  it('escapes what it is sent', async () => {
    const page = await begin(new Browser(server.publicUrl))
    expect(page.text).toContain('&quot;&gt;&lt;img')
    const again = await new Browser(server.publicUrl).go(page.url)
    expect(again).toMatchObject({ status: 400 })
  })

  it('takes no form that it did not make, and none from another browser', async () => {
    const mine = new Browser(server.publicUrl)
    const page = await begin(mine)
    for (const form_token of ['', 'x', randomBytes(32).toString('base64url')])
      expect(await mine.submit(page, { ...typed, form_token })).toMatchObject({ status: 400, location: null })
    expect(await new Browser(server.publicUrl).submit(page, typed)).toMatchObject({ status: 400, location: null })
    const theirs = await begin(new Browser(server.publicUrl))
    expect(await mine.submit(theirs, typed)).toMatchObject({ status: 400, location: null })
    expect((await mine.submit(page, typed)).location).toContain(`${WEB}?`)
  })

  it('signs nobody in twice: no sign-in is left for the next', async () => {
    const browser = new Browser(server.publicUrl)
    await browser.submit(await begin(browser), typed)
    expect((await begin(browser)).text).toContain('<label for="password">')
    const silent = await browser.go(authorizeUrl({ client_id: web.appId, redirect_uri: WEB, prompt: 'none' }))
    expect(new URL(silent.location ?? '').searchParams.get('error')).toBe('login_required')
  })

  it('the device page takes no form from elsewhere', async () => {
    const asked = await server.form('devicecode', { client_id: TOOL, scope })
    const post = (headers: Record<string, string> = {}) =>
      fetch(`${server.url}/authority/device`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: new URLSearchParams({ user_code: asked.body.user_code, confirm: 'yes', xsrf: 'x' }).toString(),
        redirect: 'manual',
      })
    expect((await post()).status).toBe(400)
    expect((await post({ cookie: 'stint_form=x; stint_form.sig=y' })).headers.get('location')).toBeNull()
    const poll = await server.form('token', { client_id: TOOL, grant_type: 'device_code', device_code: asked.body.device_code })
    expect(poll.body.error).toBe('authorization_pending')
  })
})

describe('a form', () => {
  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${server.url}/common/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    })
  const whole = new URLSearchParams({ ...proof, grant_type: 'client_credentials', scope: `${GRAPH}/.default` }).toString()

  it.each([
    ['with a name twice', `${whole}&scope=${encodeURIComponent(`${ARM}/.default`)}`, {}],
    ['with two clients', `${whole}&client_id=${TOOL}`, {}],
    ['of another type', JSON.stringify(proof), { 'content-type': 'application/json' }],
    ['with NUL', `${whole}&x=%00`, {}],
    [
      'with another client in the header',
      whole.replace(/client_secret=[^&]*&/, ''),
      { authorization: `Basic ${Buffer.from(`${TOOL}:x`).toString('base64')}` },
    ],
    ['that is empty', '', {}],
  ])('%s is refused', async (_, body, headers) => {
    const answer = await post(body, headers)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.status).toBeLessThan(402)
    expect(((await answer.json()) as { error_codes: number[] }).error_codes).toHaveLength(1)
  })

  it('that is too large is refused', async () => {
    expect((await post(`x=${'y'.repeat(60_000)}`)).status).toBe(413)
    expect((await post(`x=${'y'.repeat(300_000)}`)).status).toBe(413)
  })
})

it('whoever only begins sign-ins is stopped: TooManySignIns', async () => {
  const url = authorizeUrl({ client_id: web.appId, redirect_uri: WEB })
  await new Browser(server.publicUrl).open(url)
  const { db } = server.database
  await db.query('update sign_in_failures set failures = 1000')
  expect(await new Browser(server.publicUrl).open(url)).toMatchObject({ status: 400, location: null })
  const answer = await server.form('devicecode', { client_id: TOOL, scope })
  expect(answer).toMatchObject({ status: 429, body: { error: 'temporarily_unavailable', error_codes: [90055] } })
  await db.query('delete from sign_in_failures')
  expect((await new Browser(server.publicUrl).open(url)).location).toContain('/authority/sign-in/')
})
