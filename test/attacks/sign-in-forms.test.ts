// The account's own pages attacked: forms of others, sessions put there by others, cookies in the open (issue 4, must show 4).

import { describe, expect, it } from 'vitest'
import { CHANGES } from '../../src/http/account/changes.ts'
import { createApp } from '../../src/http/app.ts'
import type { Deps } from '../../src/http/deps.ts'
import { authorityServer } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, PASSWORD, signInToAccount } from '../support/own-pages.ts'

const server = await authorityServer()
const UPN = 'engineer@contoso.com'
const { db } = server.database
const mine = new Browser(server.publicUrl)
const { secret } = await enrolByPassword(mine, await linkFor(server, UPN))
const account = await signInToAccount(mine, UPN, PASSWORD, codeOf(secret))

const state = async () =>
  (
    await db.query(
      `select (select count(*)::int from events) as events, (select count(*)::int from sessions where ended_at is null) as sessions,
         (select string_agg(digest::text, ',' order by digest) from recovery_codes) as codes, (select count(*)::int from code_generators) as generators`,
    )
  )[0]

const tokenOf = (text: string) => /name="form_token" value="([^"]+)"/.exec(text)?.[1] ?? ''

describe('a change by a form', () => {
  expect(account.text).toContain('Your account')
  const own = { origin: server.publicUrl, 'sec-fetch-site': 'same-origin' }
  const FORGED: readonly (readonly [string, string | null, Record<string, string>])[] = [
    ['without a token', null, own],
    ['with an invented token', 'x'.repeat(43), own],
    ['with an empty token', '', own],
    ['from another site, with the right token', 'right', { origin: 'https://evil.test', 'sec-fetch-site': 'cross-site' }],
    ['from a neighbour of ours, with the right token', 'right', { origin: server.publicUrl, 'sec-fetch-site': 'same-site' }],
    ['from another origin, by a browser that says no more', 'right', { origin: 'https://evil.test' }],
    ['from nowhere, with the right token', 'right', {}],
  ]
  it.each(Object.keys(CHANGES))('%s is taken from our own page and this session only', async (name) => {
    const before = await state()
    for (const [_, token, headers] of FORGED) {
      const form_token = token === 'right' ? tokenOf(account.text) : token
      const answer = await fetch(`${server.publicUrl}/account/${name}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/x-www-form-urlencoded', cookie: mine.cookies('/account'), ...headers },
        body: new URLSearchParams({
          ...{ id: 'x', name: 'x', password: 'another fine password', code: '123456' },
          ...(form_token === null ? {} : { form_token }),
        }).toString(),
      })
      expect(answer.status).toBe(400)
      expect(await answer.text()).toContain('the form is not ours')
    }
    expect(await state()).toEqual(before)
  })

  it('is not taken with the token of another session', async () => {
    const other = new Browser(server.publicUrl)
    await enrolByPassword(other, await linkFor(server, 'sam@contoso.com'))
    const page = await other.go('/account/sign-in')
    const before = await state()
    const answer = await mine.submit(account, { form_token: tokenOf(page.text) }, '/account/end-others')
    expect(answer).toMatchObject({ status: 400 })
    expect(await state()).toEqual(before)
  })

  it('to begin an enrolment or a sign-in is not taken from elsewhere either', async () => {
    const path = await linkFor(server, 'lead@contoso.com')
    for (const to of ['/enrol', '/enrol/passkey', '/enrol/password', '/enrol/code', '/account/sign-in', '/account/recover']) {
      const answer = await fetch(`${server.publicUrl}${to}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.test', cookie: mine.cookies('/') },
        body: new URLSearchParams({ token: path.split('/').at(-1) ?? '' }).toString(),
        redirect: 'manual',
      })
      expect({ to, status: answer.status, cookies: answer.headers.getSetCookie() }).toEqual({ to, status: 400, cookies: [] })
    }
  })
})

describe('a session', () => {
  it('that was put there before a sign-in is none after it', async () => {
    const theirs = 'attackers-own-value-attackers-own-value-123'
    const victim = new Browser(server.publicUrl)
    victim.plant('stint_account', theirs)
    const form = await victim.go('/account/sign-in')
    const planted = victim.cookies('/account')
    const asked = await victim.submit(form, { username: UPN, password: PASSWORD, do: 'sign-in' }, '/account/sign-in')
    const home = await victim.submit(asked, { code: codeOf(secret, 1) }, '/account/sign-in')
    expect(home.text).toContain('Your account')
    expect(victim.cookies('/account')).not.toContain(theirs)
    // Neither with what was planted, nor with what the browser had for its forms.
    for (const cookie of [`stint_account=${theirs}`, planted, planted.replace('stint_account_form', 'stint_account')]) {
      const answer = await fetch(`${server.publicUrl}/account`, { headers: { cookie }, redirect: 'manual' })
      expect(answer.headers.get('location')).toBe('/account/sign-in')
    }
  })

  it('is not taken where two cookies say different things', async () => {
    const cookie = `${mine.cookies('/account')}; stint_account=somethingelse`
    const answer = await fetch(`${server.publicUrl}/account`, { headers: { cookie }, redirect: 'manual' })
    expect(answer.headers.get('location')).toBe('/account/sign-in')
  })

  it('left alone for half an hour is over, and after ten hours in any case', async () => {
    const open = async () => (await mine.open('/account')).status
    expect(await open()).toBe(200)
    await db.query(`update sessions set seen_at = seen_at - interval '31 minutes' where cookie is not null`)
    expect(await open()).toBe(303)
    await db.query(
      `update sessions set seen_at = seen_at + interval '31 minutes', ends_at = ends_at - interval '10 hours' where cookie is not null`,
    )
    expect(await open()).toBe(303)
    await db.query(`update sessions set ends_at = ends_at + interval '10 hours' where cookie is not null`)
    expect(await open()).toBe(200)
  })

  it('whose proof is older than five minutes changes nothing: FreshProofRequired sends it to sign in again', async () => {
    await db.query(`update sessions set proven_at = proven_at - interval '6 minutes' where cookie is not null`)
    const page = await mine.go('/account')
    const { events: _, ...before } = (await state()) ?? {}
    const form = { form_token: tokenOf(page.text), id: 'x', name: 'x', password: 'another fine password', code: '123456' }
    const judged = ['remove-passkey', 'rename-passkey', 'generator', 'confirm-generator', 'remove-generator', 'recovery-codes', 'password']
    for (const name of judged) {
      const answer = await mine.open(`/account/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.publicUrl },
        body: new URLSearchParams(form).toString(),
      })
      expect({ name, location: answer.location }).toEqual({ name, location: `${server.publicUrl}/account/sign-in` })
    }
    expect((await mine.go('/account/passkey')).url).toMatch(/\/account\/sign-in$/)
    expect(await state()).toMatchObject(before)
    const [told] = await db.query<{ n: number }>(`select count(*)::int as n from events where data ->> 'code' = 'FreshProofRequired'`)
    expect(told?.n).toBe(judged.length)
    await db.query(`update sessions set proven_at = proven_at + interval '6 minutes' where cookie is not null`)
  })
})

describe('a cookie over plain http: InsecureConnection', () => {
  const deps = (publicUrl: string, more: Partial<Deps> = {}): Deps => ({
    ctx: server.ctx,
    verify: { keys: [], issuer: 'x', tenantId: 'x', origin: publicUrl },
    publicUrl,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    ticks: () => 0,
    ready: async () => true,
    ...more,
  })
  const from = (remoteAddress: string, encrypted = false) => ({ incoming: { socket: { remoteAddress, encrypted } } })
  const cookie = mine.cookies('/account')
  const secure = cookie.replaceAll('stint_', '__Host-stint_')
  const ASKED: readonly (readonly [string, Deps, object, Record<string, string>, boolean])[] = [
    ['within the machine', deps('http://localhost:1'), from('127.0.0.1'), { cookie }, true],
    ['from elsewhere', deps('http://localhost:1'), from('203.0.113.9'), { cookie }, false],
    ['at an address beyond the machine', deps('http://pim.contoso.com'), from('127.0.0.1'), { cookie }, false],
    ['over https', deps('https://pim.contoso.com'), from('203.0.113.9', true), { cookie: secure }, true],
    ['over https, under the name without its promise', deps('https://pim.contoso.com'), from('203.0.113.9', true), { cookie }, false],
    ['to a server that is known by https', deps('https://pim.contoso.com'), from('203.0.113.9'), { cookie: secure }, false],
    [
      'through a proxy that says so',
      deps('https://pim.contoso.com', { isTrustedProxy: (one) => one === '10.0.0.7' }),
      from('10.0.0.7'),
      { cookie: secure, 'x-forwarded-proto': 'http' },
      false,
    ],
    [
      'through a proxy over https',
      deps('https://pim.contoso.com', { isTrustedProxy: (one) => one === '10.0.0.7' }),
      from('10.0.0.7'),
      { cookie: secure, 'x-forwarded-proto': 'https' },
      true,
    ],
  ]
  it.each(ASKED)('%s', async (_, given, env, headers, taken) => {
    const app = createApp(given)
    expect((await app.request('/account', { headers }, env)).status === 200).toBe(taken)
    const form = await app.request('/account/sign-in', { headers }, env)
    const set = form.headers.getSetCookie()
    const safe = given.publicUrl.startsWith('https:')
    if (!taken && headers.cookie === (safe ? secure : cookie)) expect([form.status, set]).toEqual([400, []])
    for (const line of set) {
      expect(line).toMatch(/; HttpOnly/)
      if (safe) expect(line).toMatch(/^__Host-stint_\w+=.*; Path=\/;.*; Secure$/)
    }
  })
})
