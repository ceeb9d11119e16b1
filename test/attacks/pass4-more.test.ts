// Hostile input at the sign-in pages: whatever comes, an answer and no failure.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authorityServer, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, PASSWORD } from '../support/own-pages.ts'

const server = await authorityServer()
const { publicUrl: origin } = server
const UPN = 'engineer@contoso.com'
const mine = new Browser(origin)
const { secret } = await enrolByPassword(mine, await linkFor(server, UPN))
const challenge = createHash('sha256').update('x'.repeat(50)).digest('base64url')

const begin = (browser: Browser, more: Readonly<Record<string, string>>) =>
  browser.go(
    `${origin}/organizations/oauth2/v2.0/authorize?${new URLSearchParams({
      ...{ client_id: TOOL, response_type: 'code', redirect_uri: 'http://localhost:54321', state: 's', scope: `${origin}/.default` },
      ...{ code_challenge: challenge, code_challenge_method: 'S256', ...more },
    })}`,
  )
const wanting = (value: unknown) => ({ claims: JSON.stringify({ access_token: { stint_req: { value } } }) })

describe('what is asked', () => {
  it.each([
    ['a role by a name that is no text', wanting(JSON.stringify([1, {}, [], null]))],
    ['a role of NUL', wanting(JSON.stringify(['selfActivate', 'directory', '/', '\u0000', 'x', null, null]))],
    ['half a character', { claims: '{"access_token":{"stint_req":{"value":"\\ud800"}}}' }],
    ['NUL', { claims: '{"access_token":{"stint_req":{"value":"\\u0000"}}}' }],
    ['much', wanting('x'.repeat(3_000))],
    ['an id that is none', wanting(JSON.stringify(['adminAssign', 'group', 'x', 'member', 'not an id', -1, '\\u0000']))],
    [
      'contexts without number',
      { claims: JSON.stringify({ access_token: { acrs: { values: Array.from({ length: 200 }, (_, i) => `c${i}`) } } }) },
    ],
    ['a prototype', { claims: '{"access_token":{"__proto__":{"acrs":{"value":"c1"}},"constructor":{"value":"x"}}}' }],
    ['a hint of all kinds', { login_hint: '\u202e\ufffd"><script>' }],
  ])('for %s', async (_, more) => {
    const browser = new Browser(origin)
    const page = await begin(browser, more)
    // On our page, or back at the application with the reason.
    expect([200, 303, 400]).toContain(page.status)
    if (page.status !== 200) return
    const path = new URL(page.url).pathname
    const asked = await browser.submit(page, { username: UPN, password: PASSWORD, do: 'sign-in' }, path)
    expect(asked.status).toBe(200)
    const done = await browser.submit(asked, { code: codeOf(secret) }, path)
    expect([303, 400]).toContain(done.status)
    expect(done.text).not.toContain('went wrong on our side')
    await server.database.db.query('update code_generators set last_step = 0')
    await server.database.db.query('delete from sign_in_failures')
  })
})

describe('what is typed', () => {
  const LONG = 'x'.repeat(40_000)
  const ODD = ['', '\u0000', LONG, '\ufdfa'.repeat(256), '\u0130'.repeat(100), "' or 1=1 --", '%00', '\ud83d', '\u202e']
  it.each(ODD.map((one) => [one.slice(0, 12), one]))('as a name, a password, a recovery code or a code: %j', async (_, odd) => {
    for (const [to, fields] of [
      ['/account/sign-in', { username: odd, password: odd, do: 'sign-in' }],
      ['/account/sign-in', { username: UPN, password: odd, do: odd }],
      ['/account/sign-in', { do: 'code', code: odd }],
      ['/account/sign-in', { do: 'passkey', response: odd }],
      [
        '/account/sign-in',
        { do: 'passkey', response: JSON.stringify({ id: odd, rawId: odd, type: 'public-key', response: { userHandle: odd } }) },
      ],
      ['/account/recover', { username: odd, recovery: odd }],
    ] as const) {
      const browser = new Browser(origin)
      const form = await browser.go(to)
      const answer = await browser.submit(form, fields, to)
      expect({ to, fields: Object.keys(fields), status: answer.status }).toEqual({ to, fields: Object.keys(fields), status: 400 })
    }
    await server.database.db.query('delete from sign_in_failures')
  })
})
