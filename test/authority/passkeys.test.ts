// Passkeys as the server judges them: what a true authenticator answers is taken, once; anything else is not.

import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type Authenticator, authenticator, type Lies, optionsOf } from '../support/authenticator.ts'
import { authorityServer } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { linkFor, openLink, shownCodes } from '../support/own-pages.ts'

const server = await authorityServer()
const { publicUrl: origin } = server
const { db } = server.database
const UPN = 'engineer@contoso.com'
const REFUSED = 'the passkey was not accepted'

/** Enrols a passkey by a link; the last page. */
async function enrol(browser: Browser, upn: string, key: Authenticator, lies: Lies = {}): Promise<Page> {
  const choice = await openLink(browser, await linkFor(server, upn))
  return browser.submit(choice, { response: key.register(optionsOf(choice), origin, lies), name: 'key' }, '/enrol/passkey')
}

const signInPage = (browser: Browser): Promise<Page> => browser.go('/account/sign-in')
const send = (browser: Browser, page: Page, response: string): Promise<Page> =>
  browser.submit(page, { response, do: 'passkey' }, '/account/sign-in')

async function signIn(key: Authenticator, lies: Lies = {}): Promise<Page> {
  const browser = new Browser(origin)
  const page = await signInPage(browser)
  return send(browser, page, key.assert(optionsOf(page), origin, lies))
}

describe('a registration', () => {
  const LIES: readonly (readonly [string, Lies])[] = [
    ['of another origin', { origin: 'https://evil.test' }],
    ['of another party', { rpId: 'evil.test' }],
    ['without its user verified', { verified: false }],
    ['of another challenge', { challenge: Buffer.from('x'.repeat(32)).toString('base64url') }],
    ['that is an assertion', { type: 'webauthn.get' }],
  ]
  it.each(LIES)('%s is refused: PasskeyRefused', async (_, lies) => {
    const before = await db.query('select id from passkeys order by id')
    expect((await enrol(new Browser(origin), UPN, authenticator(), lies)).text).toContain(REFUSED)
    expect(await db.query('select id from passkeys order by id')).toEqual(before)
  })

  it('that is none is refused', async () => {
    const browser = new Browser(origin)
    let page = await openLink(browser, await linkFor(server, UPN))
    for (const response of [
      '',
      '{}',
      '[]',
      'null',
      '{"response":{}}',
      '{"id":"a","rawId":"a","type":"public-key","response":{}}',
      'x'.repeat(40_000),
    ]) {
      page = await browser.submit(page, { response }, '/enrol/passkey')
      expect(page.text).toContain(REFUSED)
    }
  })

  it('of a key that is somebody’s already is refused', async () => {
    const key = authenticator()
    expect((await enrol(new Browser(origin), UPN, key)).text).toContain('You are set up')
    expect((await enrol(new Browser(origin), 'sam@contoso.com', key)).text).toContain('it is enrolled already')
  })
})

describe('an assertion', async () => {
  const key = authenticator()
  const done = await enrol(new Browser(origin), UPN, key)
  const other = authenticator()
  await enrol(new Browser(origin), 'sam@contoso.com', other)

  it('of an enrolled key signs in, without a name', async () => {
    expect(shownCodes(done)).toHaveLength(10)
    const page = await signIn(key)
    expect(page.text).toContain('Your account')
    expect(page.text).toContain(UPN)
  })

  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const LIES: readonly (readonly [string, () => Lies])[] = [
    ['of another origin', () => ({ origin: 'https://evil.test' })],
    ['of another party', () => ({ rpId: 'evil.test' })],
    ['without its user verified', () => ({ verified: false })],
    ['of another challenge', () => ({ challenge: Buffer.from('x'.repeat(32)).toString('base64url') })],
    ['that is a registration', () => ({ type: 'webauthn.create' })],
    ['signed by another key', () => ({ key: stranger })],
    ['with somebody else’s handle', () => ({ userHandle: Buffer.from('11111111-1111-1111-1111-111111111111x').toString('base64url') })],
    ['whose counter did not grow', () => ({ counter: 1 })],
    ['whose counter went back', () => ({ counter: 0 })],
  ]
  it.each(LIES)('%s is refused: PasskeyRefused', async (_, lies) => {
    expect((await signIn(key)).text).toContain('Your account')
    expect((await signIn(key, lies())).text).toContain(REFUSED)
  })

  it('of a key that nobody enrolled is refused', async () => {
    expect((await signIn(authenticator())).text).toContain('it is not enrolled here')
  })

  it('is taken once, in the browser that asked: CeremonyOver', async () => {
    const browser = new Browser(origin)
    const page = await signInPage(browser)
    const response = key.assert(optionsOf(page), origin)
    const thief = new Browser(origin)
    expect((await send(thief, await signInPage(thief), response)).text).toContain(REFUSED)
    // All at once: one of them.
    const pages = await Promise.all(Array.from({ length: 5 }, () => send(browser, page, response)))
    expect(pages.filter((one) => one.text.includes('Your account'))).toHaveLength(1)
    expect((await send(browser, page, response)).text).not.toContain('Your account')
  })

  it('later than five minutes is refused: CeremonyOver', async () => {
    const browser = new Browser(origin)
    const page = await signInPage(browser)
    await db.query(`update ceremonies set ends_at = ends_at - interval '6 minutes'`)
    expect((await send(browser, page, key.assert(optionsOf(page), origin))).text).toContain('this took too long')
  })

  it('of a disabled person is refused, and is never throttled for anybody else', async () => {
    await db.query(`update principals set enabled = false where upn = 'sam@contoso.com'`)
    expect((await signIn(other)).text).toContain('the account is disabled')
    await db.query('update sign_in_failures set failures = 500')
    expect((await signIn(key)).text).toContain('Your account')
  })
})

describe('on the account pages', () => {
  it('another passkey is added, and the last way in stays: LastWayIn', async () => {
    const browser = new Browser(origin)
    const first = authenticator()
    await enrol(browser, 'lead@contoso.com', first)
    const page = await signInPage(browser)
    let home = await send(browser, page, first.assert(optionsOf(page), origin))
    const remove = (id: string) =>
      browser.open('/account/remove-passkey', {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
        body: new URLSearchParams({ id, form_token: /name="form_token" value="([^"]+)"/.exec(home.text)?.[1] ?? '' }).toString(),
      })
    expect((await remove(first.id)).text).toContain('this is the last way into the account')
    const second = authenticator()
    const adding = await browser.go('/account/passkey')
    home = await browser.submit(adding, { response: second.register(optionsOf(adding), origin), name: 'second' }, '/account/add-passkey')
    expect(home.text).toContain('second')
    expect((await remove(first.id)).location).toBe(`${origin}/account`)
    expect((await remove(second.id)).text).toContain('this is the last way into the account')
    expect((await remove('AAAA')).status).toBe(400)
    expect((await signIn(first)).text).toContain('it is not enrolled here')
    expect((await signIn(second)).text).toContain('Your account')
    const told = await db.query<{ action: string }>(
      `select action from events e join principals p on p.id = e.principal_id where p.upn = 'lead@contoso.com' and e.subject = 'person' and e.kind = 'change'`,
    )
    expect(told.map(({ action }) => action).sort()).toEqual(
      ['addPasskey', 'enrol', 'makeEnrolment', 'openEnrolment', 'removePasskey', 'signIn', 'signIn'].sort(),
    )
  })

  it('nobody removes or renames another person’s', async () => {
    const mine = authenticator()
    const browser = new Browser(origin)
    await enrol(browser, 'itmanager@contoso.com', mine)
    const page = await signInPage(browser)
    const home = await send(browser, page, mine.assert(optionsOf(page), origin))
    const [theirs] = await db.query<{ id: string }>(
      `select rtrim(translate(encode(k.id, 'base64'), '+/', '-_'), '=') as id from passkeys k join principals p on p.id = k.principal_id where p.upn = 'lead@contoso.com'`,
    )
    const before = await db.query('select id, name from passkeys order by id')
    for (const name of ['remove-passkey', 'rename-passkey']) {
      const answer = await browser.open(`/account/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin },
        body: new URLSearchParams({
          ...{ id: theirs?.id ?? '', name: 'stolen' },
          form_token: /name="form_token" value="([^"]+)"/.exec(home.text)?.[1] ?? '',
        }).toString(),
      })
      expect(answer.status).toBe(400)
    }
    expect(await db.query('select id, name from passkeys order by id')).toEqual(before)
  })
})
