// Enrolment links used twice, forwarded, late; recovery codes used again; passwords alone where there is privilege; people who are
// disabled (issue 4, must show 4).

import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authorityServer, GRAPH, TOOL } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, openLink, PASSWORD, shownSecret, signInToAccount } from '../support/own-pages.ts'
import { cli } from '../support/server.ts'

const server = await authorityServer()
const { db } = server.database
const OVER = 'this link does not work'
const idOf = async (upn: string): Promise<string> =>
  (await db.query<{ id: string }>('select id from principals where upn = $1', [upn]))[0]?.id ?? ''
const eventsOf = async (upn: string, action: string): Promise<number> =>
  (
    await db.query<{ n: number }>(
      `select count(*)::int as n from events e join principals p on p.id = e.principal_id where p.upn = $1 and e.action = $2`,
      [upn, action],
    )
  )[0]?.n ?? 0

describe('an enrolment link', () => {
  const UPN = 'engineer@contoso.com'

  it('that is looked at, by whoever previews links, is not used up and tells nothing', async () => {
    const path = await linkFor(server, UPN)
    const before = await db.query('select * from enrolments')
    const page = await new Browser(server.publicUrl).go(path)
    expect(page.text.replace(path.split('/').at(-1) ?? '', '')).toBe(
      (await new Browser(server.publicUrl).go('/enrol/nothing')).text.replace('nothing', ''),
    )
    expect(page.text).not.toMatch(/engineer|Erin/i)
    expect(await db.query('select * from enrolments')).toEqual(before)
  })

  it('that was opened opens in no other browser, before and after it was used: EnrolmentOver', async () => {
    const path = await linkFor(server, UPN)
    const mine = new Browser(server.publicUrl)
    const choice = await openLink(mine, path)
    expect(choice.text).toContain(UPN)
    expect(choice.url).toBe(`${server.publicUrl}/enrol`)
    expect((await openLink(new Browser(server.publicUrl), path)).text).toContain(OVER)
    // Its own browser goes on, and ends it.
    expect((await openLink(mine, path)).text).toContain(UPN)
    const app = await mine.submit(choice, { password: PASSWORD }, '/enrol/password')
    const done = await mine.submit(app, { code: codeOf(shownSecret(app)) }, '/enrol/code')
    expect(done.text).toContain('You are set up')
    for (const browser of [mine, new Browser(server.publicUrl)]) expect((await openLink(browser, path)).text).toContain(OVER)
    expect((await mine.submit(app, { code: codeOf(shownSecret(app)) }, '/enrol/code')).text).toContain(OVER)
    expect([await eventsOf(UPN, 'makeEnrolment'), await eventsOf(UPN, 'openEnrolment'), await eventsOf(UPN, 'enrol')]).toEqual([2, 1, 1])
  })

  it('opened by two at once is one’s', async () => {
    const path = await linkFor(server, UPN)
    const pages = await Promise.all(Array.from({ length: 6 }, () => openLink(new Browser(server.publicUrl), path)))
    expect(pages.filter((page) => page.text.includes(UPN))).toHaveLength(1)
  })

  it('is worth nothing once there is a later one, or its time is over, or its person is disabled', async () => {
    const first = await linkFor(server, UPN)
    const second = await linkFor(server, UPN)
    expect((await openLink(new Browser(server.publicUrl), first)).text).toContain(OVER)
    await db.query(`update enrolments set ends_at = ends_at - interval '25 hours'`)
    expect((await openLink(new Browser(server.publicUrl), second)).text).toContain(OVER)
    const third = await linkFor(server, UPN)
    const browser = new Browser(server.publicUrl)
    const choice = await openLink(browser, third)
    await db.query(`update principals set enabled = false where upn = $1`, [UPN])
    expect((await browser.submit(choice, { password: PASSWORD }, '/enrol/password')).text).toContain(OVER)
    await db.query(`update principals set enabled = true where upn = $1`, [UPN])
  })

  it('takes no weak password: WeakPassword', async () => {
    const browser = new Browser(server.publicUrl)
    const choice = await openLink(browser, await linkFor(server, UPN))
    for (const [password, words] of [
      ['short', '12 to 256 characters'],
      ['Password1234!', 'among the commonest'],
      ['engineer engineer', 'contains your name'],
    ] as const)
      expect((await browser.submit(choice, { password }, '/enrol/password')).text).toContain(words)
  })

  it('gives an account for emergencies no password, which it could not sign in with', async () => {
    await db.query(`update principals set is_emergency_access = true where upn = 'sam@contoso.com'`)
    const browser = new Browser(server.publicUrl)
    const choice = await openLink(browser, await linkFor(server, 'sam@contoso.com'))
    expect(choice.text).not.toContain('/enrol/password')
    const token = /name="form_token" value="([^"]+)"/.exec(choice.text)?.[1] ?? ''
    const answer = await browser.open('/enrol/password', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.publicUrl },
      body: new URLSearchParams({ form_token: token, password: PASSWORD }).toString(),
    })
    expect(answer.text).toContain('signs in with a passkey or its sealed secret')
    await db.query(`update principals set is_emergency_access = false where upn = 'sam@contoso.com'`)
  })

  it('is made by who may change the person, with two factors, and for nobody’s own account', async () => {
    const make = async (as: string, of: string, amr = ['pwd', 'mfa']) => {
      const client = await server.client(as, { amr })
      return client.makeEnrolment({ params: { id: await idOf(of) }, body: {} }).then(
        ({ path }) => path,
        (error) => error.problem.code,
      )
    }
    expect(await make('admin@contoso.com', UPN)).toMatch(/^\/enrol\/[\w-]{43}$/)
    expect(await make('admin@contoso.com', UPN, ['pwd'])).toBe('MfaRequired')
    expect(await make('admin@contoso.com', 'admin@contoso.com')).toBe('PrincipalNotAllowed')
    expect(await make(UPN, 'admin@contoso.com')).toBe('Forbidden')
    expect(await make(UPN, 'sam@contoso.com')).toBe('Forbidden')
    const shown = await db.query<{ data: string }>(`select data::text from events where action = 'makeEnrolment'`)
    expect(JSON.stringify(shown)).not.toMatch(/[\w-]{43}/)
  })
})

describe('a recovery code', async () => {
  const UPN = 'sam@contoso.com'
  const mine = new Browser(server.publicUrl)
  const { codes } = await enrolByPassword(mine, await linkFor(server, UPN))
  const recover = async (browser: Browser, recovery: string, username = UPN): Promise<Page> =>
    browser.submit(await browser.go('/account/recover'), { username, recovery })

  it('opens the account’s pages once, for a new passkey and nothing else', async () => {
    const lost = new Browser(server.publicUrl)
    const page = await recover(lost, (codes[0] ?? '').toUpperCase().replaceAll('-', ' '))
    expect(page.text).toContain('You came with a recovery code')
    expect(page.text).not.toContain('Where you are signed in')
    for (const name of ['recovery-codes', 'remove-generator', 'password', 'end-others']) {
      const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
      const answer = await lost.open(`/account/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded', origin: server.publicUrl },
        body: new URLSearchParams({ form_token: token, password: 'another fine password' }).toString(),
      })
      expect({ name, location: answer.location }).toEqual({ name, location: `${server.publicUrl}/account/sign-in` })
    }
    expect((await lost.go('/account/passkey')).text).toContain('Add the passkey')
    expect((await recover(new Browser(server.publicUrl), codes[0] ?? '')).text).toContain('the code is wrong, or was used already')
    expect((await recover(new Browser(server.publicUrl), codes[1] ?? '', 'engineer@contoso.com')).text).toContain('the code is wrong')
    const told = await db.query<{ by: string }>(`select data ->> 'by' as by from events where principal_id = $1 and action = 'signIn'`, [
      await idOf(UPN),
    ])
    expect(told).toEqual([{ by: 'recovery' }])
    // Whoever did not do it themselves hears of it, by no setting kept from it.
    const messages = await db.query<{ words: string }>(
      `select words from messages where kind = 'OwnAccount' and principal_id = $1 order by at`,
      [await idOf(UPN)],
    )
    expect(messages.map(({ words }) => words.split(' at ')[0])).toEqual(
      expect.arrayContaining(['Your sign-in was set up by a link', 'A recovery code was used to open your account from 127.0.0.1']),
    )
  })

  it('sent twice at once opens one session', async () => {
    const pages = await Promise.all(Array.from({ length: 5 }, () => recover(new Browser(server.publicUrl), codes[2] ?? '')))
    expect(pages.filter((page) => page.text.includes('You came with a recovery code'))).toHaveLength(1)
  })

  it('dies when new ones are made', async () => {
    await db.query('delete from sign_in_failures')
    await db.query('update code_generators set last_step = 0')
    const secretPage = new Browser(server.publicUrl)
    const again = await enrolByPassword(secretPage, await linkFor(server, UPN))
    expect((await recover(new Browser(server.publicUrl), codes[3] ?? '')).text).toContain('the code is wrong')
    const home = await signInToAccount(secretPage, UPN, PASSWORD, codeOf(again.secret))
    const fresh = await secretPage.submit(home, {}, '/account/recovery-codes')
    expect(fresh.text).toContain('New recovery codes')
    expect((await recover(new Browser(server.publicUrl), again.codes[0] ?? '')).text).toContain('the code is wrong')
  })
})

describe('a password alone', () => {
  const alone = async (upn: string) => {
    const browser = new Browser(server.publicUrl)
    await enrolByPassword(browser, await linkFor(server, upn))
    await db.query('delete from code_generators where principal_id = $1', [await idOf(upn)])
    await db.query('delete from sign_in_failures')
    const form = await new Browser(server.publicUrl).go('/account/sign-in')
    expect(form.status).toBe(200)
    const fresh = new Browser(server.publicUrl)
    return fresh.submit(await fresh.go('/account/sign-in'), { username: upn, password: PASSWORD, do: 'sign-in' }, '/account/sign-in')
  }
  const give = async (upn: string, plane: string, scope: string, role: string, level: string, from = 'now()') =>
    db.query(
      `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
       values ($1::uuid, $1::text, $2, $3, $4, $5, $6, 'Assigned', case when $7 then 'Granted' else 'Provisioned' end, ${from}, now())`,
      [randomUUID(), plane, scope, role, await idOf(upn), level, from !== 'now()'],
    )

  it('signs in who has nothing privileged', async () => {
    const made = await server.client('admin@contoso.com').then(async () => randomUUID())
    await db.query(
      `insert into principals (id, kind, display_name, upn, created_at) values ($1, 'user', 'Plain Person', 'plain@contoso.com', now())`,
      [made],
    )
    await db.query(`insert into principal_names (name, principal_id) values ('plain@contoso.com', $1)`, [made])
    expect((await alone('plain@contoso.com')).text).toContain('Your account')
  })

  it.each([
    ['who is eligible for a privileged role', 'directory', '/', '62e90394-69f5-4237-9190-012177145e10', 'Eligibility', 'now()'],
    ['who will hold one', 'directory', '/', '62e90394-69f5-4237-9190-012177145e10', 'Assignment', `now() + interval '1 day'`],
  ])('does not sign in %s: SecondFactorRequired', async (_, plane, scope, role, level, from) => {
    await db.query(`delete from schedules where principal_id = (select id from principals where upn = 'plain@contoso.com')`)
    await give('plain@contoso.com', plane, scope, role, level, from)
    expect((await alone('plain@contoso.com')).text).toContain('a password alone does not sign in')
  })

  it('does not sign in who may become a member of a group that holds one: SecondFactorRequired', async () => {
    await db.query(`delete from schedules where principal_id = (select id from principals where upn = 'plain@contoso.com')`)
    const [group] = await db.query<{ id: string }>(`select id from principals where kind = 'group' and not assignable_to_role limit 1`)
    const id = group?.id ?? ''
    await give('plain@contoso.com', 'group', id, 'member', 'Eligibility')
    const before = (await alone('plain@contoso.com')).text
    await db.query(
      `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
       values ($1::uuid, $1::text, 'directory', '/', '62e90394-69f5-4237-9190-012177145e10', $2, 'Eligibility', 'Assigned', 'Provisioned', now(), now())`,
      [randomUUID(), id],
    )
    expect([
      before.includes('Your account') || before.includes('a password alone'),
      (await alone('plain@contoso.com')).text.includes('a password alone'),
    ]).toEqual([true, true])
  })

  it('that one set oneself is never sent by an application', async () => {
    const fields = {
      client_id: TOOL,
      grant_type: 'password',
      username: 'plain@contoso.com',
      password: PASSWORD,
      scope: `${GRAPH}/.default`,
    }
    expect(await server.form('token', fields)).toMatchObject({ status: 400, body: { error_codes: [53003] } })
  })
})

describe('whoever is disabled', () => {
  it('is signed in to nothing from that moment: pages, tokens, codes', async () => {
    const UPN = 'lead@contoso.com'
    const mine = new Browser(server.publicUrl)
    const { secret, codes } = await enrolByPassword(mine, await linkFor(server, UPN))
    await db.query('delete from sign_in_failures')
    expect((await signInToAccount(mine, UPN, PASSWORD, codeOf(secret))).text).toContain('Your account')
    await db.query(`update principals set enabled = false where upn = $1`, [UPN])
    expect((await mine.go('/account')).url).toMatch(/\/account\/sign-in$/)
    const fresh = new Browser(server.publicUrl)
    const page = await fresh.submit(
      await fresh.go('/account/sign-in'),
      { username: UPN, password: PASSWORD, do: 'sign-in' },
      '/account/sign-in',
    )
    expect(page.text).toContain('the account is disabled')
    const lost = new Browser(server.publicUrl)
    const recovered = await lost.submit(await lost.go('/account/recover'), { username: UPN, recovery: codes[0] ?? '' })
    expect(recovered.text).toContain('the code is wrong')
    const made = await cli(['user', 'enrol', UPN], { STINT_DATA: server.data, DATABASE_URL: server.databaseUrl })
    expect(made).toMatchObject({ code: 1, err: expect.stringContaining('disabled') })
    await db.query(`update principals set enabled = true where upn = $1`, [UPN])
    // Nothing was used up by trying.
    const back = new Browser(server.publicUrl)
    expect((await back.submit(await back.go('/account/recover'), { username: UPN, recovery: codes[0] ?? '' })).text).toContain(
      'You came with',
    )
  })
})
