// People's own sign-in for applications: password and code, passkey, stepping up, and which of them will do. In an installation that is no
// sample, where nothing is stated.

import { createHash, randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authenticator, optionsOf } from '../support/authenticator.ts'
import { authorityServer, GRAPH, payloadOf, TOOL } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, openLink, PASSWORD } from '../support/own-pages.ts'
import { cli } from '../support/server.ts'

const server = await authorityServer()
const { publicUrl: origin } = server
const { db } = server.database
const UPN = 'engineer@contoso.com'
const admin = await server.client('admin@contoso.com')
await admin.setAuthenticationContext({ params: { id: 'c1' }, body: { enabled: true, strength: 'passkey' } })
await db.query(`update tenant set settings = settings - 'sample'`)

const mine = new Browser(origin)
const { secret, codes } = await enrolByPassword(mine, await linkFor(server, UPN))
const key = authenticator()
{
  const choice = await openLink(mine, await linkFor(server, UPN))
  await mine.submit(choice, { response: key.register(optionsOf(choice), origin), name: 'key' }, '/enrol/passkey')
}
const rest = () => db.query('update code_generators set last_step = last_step - 10')

const scope = `${origin}/.default offline_access openid profile`
const BACK = 'http://localhost:54321'

/** Opens the sign-in page of a tool. */
async function begin(browser: Browser, claims?: object) {
  const verifier = randomBytes(32).toString('base64url')
  const query = new URLSearchParams({
    ...{ client_id: TOOL, response_type: 'code', redirect_uri: BACK, state: 's', scope, code_challenge_method: 'S256' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    ...(claims ? { claims: JSON.stringify({ access_token: claims }) } : {}),
  })
  const page = await browser.go(`${origin}/organizations/oauth2/v2.0/authorize?${query}`)
  const path = new URL(page.url).pathname
  return {
    page,
    send: (from: Page, typed: Record<string, string>) => browser.submit(from, typed, path),
    async tokens(done: Page) {
      const code = new URL(done.location ?? 'x:y').searchParams.get('code') ?? ''
      const { body } = await server.form('token', {
        client_id: TOOL,
        grant_type: 'authorization_code',
        code,
        redirect_uri: BACK,
        code_verifier: verifier,
        scope,
      })
      return body
    },
  }
}
const C1 = { acrs: { essential: true, value: 'c1' } }

describe('for an application', () => {
  it('password and code give two factors, and no context that asks for more', async () => {
    const browser = new Browser(origin)
    const { page, send, tokens } = await begin(browser)
    const asked = await send(page, { username: UPN, password: PASSWORD, do: 'sign-in' })
    expect(asked.text).toContain('Enter the code')
    expect(asked.text).toContain('to continue to Azure CLI')
    const { access_token: token } = await tokens(await send(asked, { code: codeOf(secret) }))
    expect(payloadOf(token)).toMatchObject({ upn: UPN, amr: ['pwd', 'otp', 'mfa'], acrs: [] })
    await rest()
  })

  it('the password alone goes no further, whatever is sent after it', async () => {
    const { page, send } = await begin(new Browser(origin))
    const asked = await send(page, { username: UPN, password: PASSWORD, do: 'sign-in' })
    for (const code of ['', '123', '999999']) expect((await send(asked, { code })).location).toBeNull()
    const again = await send(asked, { do: 'restart' })
    expect(again.text).toContain('<label for="password">')
    expect((await send(again, { do: 'code', code: codeOf(secret) })).text).toContain('this took too long')
  })

  it('a passkey gives all', async () => {
    const { page, send, tokens } = await begin(new Browser(origin))
    const done = await send(page, { response: key.assert(optionsOf(page), origin), do: 'passkey' })
    expect(payloadOf((await tokens(done)).access_token)).toMatchObject({ upn: UPN, amr: ['fido', 'passkey', 'mfa'], acrs: ['c1'] })
  })

  it('a challenge is met by what will do; anything else is refused in words and does not end the sign-in: ProofTooWeak', async () => {
    const browser = new Browser(origin)
    const { page, send, tokens } = await begin(browser, C1)
    expect(page.text).toContain('This asks for a passkey')
    expect(page.text).not.toContain('<label for="password">')
    // Sent all the same.
    const asked = await send(page, { username: UPN, password: PASSWORD, do: 'sign-in' })
    const code = codeOf(secret)
    const refused = await send(asked, { code })
    expect(refused).toMatchObject({ status: 400, location: null })
    expect(refused.text).toContain('this needs a stronger method')
    const back = await send(refused, { do: 'restart' })
    const done = await send(back, { response: key.assert(optionsOf(back), origin), do: 'passkey' })
    expect(payloadOf((await tokens(done)).access_token)).toMatchObject({ acrs: ['c1'] })
    await rest()
  })

  it('a challenge that nothing meets is said to be so', async () => {
    const { page } = await begin(new Browser(origin), { acrs: { essential: true, value: 'c98' } })
    expect(page.text).toContain('an administrator must define and enable it')
    expect(page.text).not.toContain('<label for="password">')
  })

  it('what is about to be confirmed is said in words, names and all, and nothing of it is trusted', async () => {
    const bound = (parts: unknown) =>
      begin(new Browser(origin), { stint_req: { essential: true, value: typeof parts === 'string' ? parts : JSON.stringify(parts) } })
    const [role] = await db.query<{ id: string }>(`select id from roles where plane = 'directory' and name = 'User Administrator'`)
    const whole = await bound(['selfActivate', 'directory', '/', role?.id, 'x', 'PT1H', 'INC-1'])
    expect(whole.page.text).toContain('activate User Administrator at Contoso for PT1H, ticket INC-1.')
    const hostile = await bound(['selfActivate', 'directory', '<script>alert(1)</script>', '"><img src=x>', 'x', null, null])
    expect(hostile.page.text).toContain('&lt;script&gt;')
    for (const nonsense of ['', 'x', '[]', '{}', '[1,2,3]', '[null]', '["a","b","\\u0000","d"]'])
      expect((await bound(nonsense)).page.text).not.toContain('You are about to confirm')
  })

  it('a recovery code is no way in', async () => {
    const { page, send } = await begin(new Browser(origin))
    for (const typed of [
      { do: 'recovery', username: UPN, recovery: codes[0] ?? '', password: codes[0] ?? '' },
      { username: UPN, password: codes[0] ?? '' },
    ])
      expect((await send(page, typed)).location).toBeNull()
    await db.query('delete from sign_in_failures')
  })

  it('no sample: passwords are not sent by applications, nor set by the operator: NotASample', async () => {
    const fields = { client_id: TOOL, grant_type: 'password', username: UPN, password: PASSWORD, scope: `${GRAPH}/.default` }
    expect(await server.form('token', fields)).toMatchObject({ status: 400, body: { error_codes: [53003] } })
    const set = await cli(
      ['user', 'set-password', UPN],
      { STINT_DATA: server.data, DATABASE_URL: server.databaseUrl },
      'another password\n',
    )
    expect(set).toMatchObject({ code: 1, err: expect.stringContaining('only in a sample installation') })
  })
})

describe('a code generator on the account pages', () => {
  it('is set up, counts from its first code on, and is removed where a passkey stays', async () => {
    const browser = new Browser(origin)
    const other = authenticator()
    const choice = await openLink(browser, await linkFor(server, 'sam@contoso.com'))
    await browser.submit(choice, { response: other.register(optionsOf(choice), origin), name: 'key' }, '/enrol/passkey')
    const form = await browser.go('/account/sign-in')
    const home = await browser.submit(form, { response: other.assert(optionsOf(form), origin), do: 'passkey' }, '/account/sign-in')
    const shown = await browser.submit(home, {}, '/account/generator')
    expect(shown.text).toContain('<svg class="qr" role="img"')
    expect(shown.text).toMatch(/otpauth:\/\/totp\/Contoso:sam%40contoso\.com\?/)
    const wrong = await browser.submit(shown, { code: '000000' }, '/account/confirm-generator')
    expect(wrong.text).toContain('the code is wrong')
    const made = /secret=([A-Z2-7]+)/.exec(shown.text)?.[1] ?? ''
    const confirmed = await browser.submit(shown, { code: codeOf(made) }, '/account/confirm-generator')
    expect(confirmed.text).toContain('A code generator is asked for after the password')
    const twice = await browser.submit(shown, { code: codeOf(made, 1) }, '/account/confirm-generator')
    expect(twice.text).toContain('the code is wrong, or was used already')
    const sealed = await db.query<{ text: string }>(`select encode(sealed, 'escape') as text from code_generators`)
    expect(JSON.stringify(sealed)).not.toContain(made)
    expect(JSON.stringify(await db.query('select * from events'))).not.toContain(made)
    const gone = await browser.submit(confirmed, {}, '/account/remove-generator')
    expect(gone.text).toContain('You have no code generator')
  })
})
