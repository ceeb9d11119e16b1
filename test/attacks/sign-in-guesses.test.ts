// Guesses at names, passwords and codes: nothing told about who is there, no code twice, and nobody locked out by somebody else (issue 4,
// must show 4).

import { describe, expect, it } from 'vitest'
import { authorityServer } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, PASSWORD, signInToAccount } from '../support/own-pages.ts'
import { startServing } from '../support/server.ts'

const server = await authorityServer()
const { db } = server.database
const ENGINEER = 'engineer@contoso.com'
const known = new Browser(server.publicUrl)
const { secret } = await enrolByPassword(known, await linkFor(server, ENGINEER))
const forget = () => db.query('delete from sign_in_failures')
const rest = () => db.query('update code_generators set last_step = last_step - 10')

const typing = async (browser: Browser, username: string, password: string): Promise<Page> =>
  browser.submit(await browser.go('/account/sign-in'), { username, password, do: 'sign-in' }, '/account/sign-in')

const WRONG = 'the name or the password is wrong'

describe('who is there', async () => {
  await server.password('auditor@contoso.com', 'a sample password')
  await db.query(`update principals set enabled = false where upn = 'auditor@contoso.com'`)
  const NAMES = {
    unknown: 'nobody@contoso.com',
    'without a password': 'sam@contoso.com',
    'with a code generator': ENGINEER,
    disabled: 'auditor@contoso.com',
    administrator: 'admin@contoso.com',
    'for emergencies': 'breakglass1@contoso.com',
  } as const

  it('is told by no text', async () => {
    const texts = new Set<string>()
    for (const name of Object.values(NAMES)) {
      const page = await typing(new Browser(server.publicUrl), name, 'not the password')
      expect(page).toMatchObject({ status: 400, location: null })
      expect(page.text).toContain(WRONG)
      texts.add(page.text.replaceAll(name, '').replace(/value="[\w-]{20,}"|challenge&quot;:&quot;[\w-]+/g, ''))
    }
    expect(texts.size).toBe(1)
    await forget()
  })

  it('is told by no text where a recovery code is tried', async () => {
    const texts = new Set<string>()
    for (const name of Object.values(NAMES)) {
      const browser = new Browser(server.publicUrl)
      const page = await browser.submit(await browser.go('/account/recover'), { username: name, recovery: 'aaaaa-aaaaa-aaaaa-aaaaa' })
      expect(page.status).toBe(400)
      texts.add(page.text.replaceAll(name, '').replace(/value="[\w-]{20,}"/g, ''))
    }
    expect([...texts]).toEqual([expect.stringContaining('the code is wrong, or was used already')])
    await forget()
  })

  it('is told by no amount of work', async () => {
    const tries = 9
    const times: Record<string, number[]> = {}
    for (let i = 0; i < tries; i++) {
      for (const [kind, name] of Object.entries(NAMES)) {
        const browser = new Browser(server.publicUrl)
        const form = await browser.go('/account/sign-in')
        const began = performance.now()
        await browser.submit(form, { username: name, password: 'not the password', do: 'sign-in' }, '/account/sign-in')
        times[kind] = [...(times[kind] ?? []), performance.now() - began]
      }
      await forget()
    }
    const medians = Object.values(times).map((list) => list.sort((a, b) => a - b)[Math.floor(tries / 2)] ?? 0)
    // The work of a password is some twenty milliseconds and more: without it an answer would take a fraction of the others' time.
    expect(Math.min(...medians)).toBeGreaterThan(Math.max(...medians) / 2)
  })

  it('with a password that is right, learns the rest: disabled, or a second step', async () => {
    expect((await typing(new Browser(server.publicUrl), NAMES.disabled, 'a sample password')).text).toContain('the account is disabled')
    expect((await typing(new Browser(server.publicUrl), ENGINEER, PASSWORD)).text).toContain('Enter the code')
    await forget()
  })
})

describe('a code', () => {
  it('is taken once, and none before it is: WrongCode', async () => {
    const used = codeOf(secret)
    expect((await signInToAccount(new Browser(server.publicUrl), ENGINEER, PASSWORD, used)).text).toContain('Your account')
    for (const code of [used, codeOf(secret, -1), codeOf(secret, 7), '000000', 'abc'])
      expect((await signInToAccount(new Browser(server.publicUrl), ENGINEER, PASSWORD, code)).text).toContain(
        'the code is wrong, or was used already',
      )
    await rest()
  })

  it('sent twice at once, to two processes, opens one session', async () => {
    const env = { STINT_DATA: server.data, DATABASE_URL: server.databaseUrl, STINT_LOG_LEVEL: 'error' }
    const other = await startServing(['--sample'], env)
    for (let round = 0; round < 3; round++) {
      const browsers = [server.publicUrl, other.publicUrl, server.publicUrl, other.publicUrl].map((url) => new Browser(url))
      const asked = await Promise.all(browsers.map((browser) => typing(browser, ENGINEER, PASSWORD)))
      const code = codeOf(secret)
      const pages = await Promise.all(browsers.map((browser, i) => browser.submit(asked[i]!, { code }, '/account/sign-in')))
      expect(pages.filter((page) => page.text.includes('Your account'))).toHaveLength(1)
      await forget()
      await rest()
    }
  })

  it('comes after the password, in the same browser, within five minutes: CeremonyOver', async () => {
    const browser = new Browser(server.publicUrl)
    const asked = await typing(browser, ENGINEER, PASSWORD)
    const stranger = new Browser(server.publicUrl)
    const form = await stranger.go('/account/sign-in')
    const told = await stranger.submit(form, { do: 'code', code: codeOf(secret) }, '/account/sign-in')
    expect(told.text).toContain('this took too long, or was done already')
    await db.query(`update ceremonies set ends_at = ends_at - interval '6 minutes'`)
    expect((await browser.submit(asked, { code: codeOf(secret) }, '/account/sign-in')).text).toContain('this took too long')
    await forget()
  })

  it('does not make up for a password that was changed meanwhile', async () => {
    const browser = new Browser(server.publicUrl)
    const asked = await typing(browser, ENGINEER, PASSWORD)
    await db.query(`update sign_ins set generation = generation + 1`)
    expect((await browser.submit(asked, { code: codeOf(secret) }, '/account/sign-in')).text).toContain('this took too long')
    await forget()
  })

  it('is guessed ten times and no more: SignInLocked', async () => {
    const thief = new Browser(server.publicUrl)
    let page = await typing(thief, ENGINEER, PASSWORD)
    for (let i = 0; i < 10; i++) page = await thief.submit(page, { code: '000000' }, '/account/sign-in')
    expect(page.text).toContain('the code is wrong')
    page = await thief.submit(page, { code: codeOf(secret) }, '/account/sign-in')
    expect(page.text).toContain('too many failed sign-ins')
    // Its owner, in a browser that signed in before, has a budget of their own.
    expect((await signInToAccount(known, ENGINEER, PASSWORD, codeOf(secret))).text).toContain('Your account')
    await forget()
    await rest()
  })
})

describe('whoever guesses at somebody else’s password', () => {
  it('is stopped, and the owner is not, in the browser that they use', async () => {
    const thief = new Browser(server.publicUrl)
    for (let i = 0; i < 10; i++) expect((await typing(thief, ENGINEER, `guess ${i}`)).text).toContain(WRONG)
    expect((await typing(thief, ENGINEER, PASSWORD)).text).toContain('too many failed sign-ins')
    expect((await typing(new Browser(server.publicUrl), ENGINEER, PASSWORD)).text).toContain('too many failed sign-ins')
    // Even from the same address, and with the address and the account used up as a whole.
    await db.query('update sign_in_failures set failures = 1000')
    expect((await signInToAccount(known, ENGINEER, PASSWORD, codeOf(secret))).text).toContain('Your account')
    await forget()
    await rest()
  })

  it('from many addresses is stopped by the account, and the owner is not', async () => {
    const ctx = server.ctx
    const { signInByPassword } = await import('../../src/operations/sign-in.ts')
    const around = { appId: null, agent: null, bound: null, correlationId: ctx.ids(), wish: { contexts: [], methods: [] }, browser: null }
    const guess = (i: number, password: string) =>
      signInByPassword(ctx, `at ${i}`, { name: ENGINEER, password }, { ...around, address: `203.0.113.${i}` })
    await db.query('delete from sign_in_failures')
    for (let i = 0; i < 100; i += 10) await Promise.all(Array.from({ length: 10 }, (_, j) => guess(i + j, 'wrong')))
    expect(await guess(200, PASSWORD)).toMatchObject({ ok: false })
    expect((await signInToAccount(known, ENGINEER, PASSWORD, codeOf(secret))).text).toContain('Your account')
    await forget()
    await rest()
  })

  it('has no use for the cookie of another person’s browser, nor for one of their own making', async () => {
    const mine = new Browser(server.publicUrl)
    await enrolByPassword(mine, await linkFor(server, 'sam@contoso.com'))
    for (let i = 0; i < 11; i++) await typing(mine, ENGINEER, `guess ${i}`)
    expect((await typing(mine, ENGINEER, PASSWORD)).text).toContain('too many failed sign-ins')
    const forged = new Browser(server.publicUrl)
    forged.plant(
      'stint_known',
      Buffer.from(JSON.stringify([['11111111-1111-1111-1111-111111111111', 'x', Date.now()]])).toString('base64url'),
    )
    expect((await typing(forged, ENGINEER, PASSWORD)).text).toContain('too many failed sign-ins')
    await forget()
  })
})
