// What an ordinary person had when they came to privilege: a link that a lesser administrator made, a session by a password alone, a
// password of which a sample's operator said that it counts for more.

import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { authorityServer, payloadOf, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'
import { codeOf, enrolByPassword, linkFor, openLink, PASSWORD, shownSecret } from '../support/own-pages.ts'

const server = await authorityServer()
const { db } = server.database
const { publicUrl: origin } = server
const GLOBAL = '62e90394-69f5-4237-9190-012177145e10'
const USERS = 'fe930be7-5e62-47db-91af-98c3a49a38b1'
const BACK = 'http://localhost:54321'
const OVER = 'this link does not work'

async function person(upn: string): Promise<string> {
  const id = randomUUID()
  await db.query(`insert into principals (id, kind, display_name, upn, created_at) values ($1, 'user', 'Somebody', $2, now())`, [id, upn])
  await db.query(`insert into principal_names (name, principal_id) values ($2, $1)`, [id, upn])
  return id
}
const give = (id: string, role: string, level = 'Assignment') =>
  db.query(
    `insert into schedules (id, name, plane, scope, role, principal_id, level, source, status, starts_at, created_at)
     values ($1::uuid, $1::text, 'directory', '/', $2, $3, $4, 'Assigned', 'Provisioned', now(), now())`,
    [randomUUID(), role, id, level],
  )
const helper = await person('helper@contoso.com')
await give(helper, USERS)

let count = 0
let upn = ''
let plain = ''
beforeEach(async () => {
  count += 1
  upn = `plain${count}@contoso.com`
  plain = await person(upn)
})

describe('a link to enrol by', () => {
  const linkBy = async (as: string) => (await (await server.client(as)).makeEnrolment({ params: { id: plain }, body: {} })).path

  it.each(['Assignment', 'Eligibility'])(
    'that a lesser administrator made opens nothing of who has come to privilege since: %s',
    async (level) => {
      const path = await linkBy('helper@contoso.com')
      await give(plain, GLOBAL, level)
      expect((await openLink(new Browser(origin), path)).text).toContain(OVER)
    },
  )

  it('that was opened before is not completed then either', async () => {
    const browser = new Browser(origin)
    const choice = await openLink(browser, await linkBy('helper@contoso.com'))
    const app = await browser.submit(choice, { password: PASSWORD }, '/enrol/password')
    await give(plain, GLOBAL)
    expect((await browser.submit(app, { code: codeOf(shownSecret(app)) }, '/enrol/code')).text).toContain(OVER)
    expect(await db.query('select 1 from code_generators where principal_id = $1', [plain])).toEqual([])
  })

  it('is good for who has come to privilege where its maker might have made it then', async () => {
    const path = await linkBy('admin@contoso.com')
    await give(plain, GLOBAL, 'Eligibility')
    expect((await openLink(new Browser(origin), path)).text).toContain(upn)
  })

  it('dies with its maker', async () => {
    const path = await linkBy('helper@contoso.com')
    await db.query('update principals set enabled = false where id = $1', [helper])
    expect((await openLink(new Browser(origin), path)).text).toContain(OVER)
    await db.query('update principals set enabled = true where id = $1', [helper])
    expect((await openLink(new Browser(origin), path)).text).toContain(upn)
  })
})

/** Signs in to the tool with a password and nothing else. */
async function tokens(): Promise<{ access_token: string; refresh_token: string }> {
  const verifier = randomBytes(32).toString('base64url')
  const scope = `${origin}/.default offline_access openid profile`
  const query = new URLSearchParams({
    ...{ client_id: TOOL, response_type: 'code', redirect_uri: BACK, state: 's', scope, code_challenge_method: 'S256' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
  })
  const browser = new Browser(origin)
  const page = await browser.go(`${origin}/organizations/oauth2/v2.0/authorize?${query}`)
  const done = await browser.submit(page, { username: upn, password: PASSWORD, do: 'sign-in' }, new URL(page.url).pathname)
  const code = new URL(done.location ?? 'x:y').searchParams.get('code') ?? ''
  const fields = { client_id: TOOL, grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: verifier, scope }
  return (await server.form('token', fields)).body
}

describe('a password alone', () => {
  it('that was enough for an ordinary person opens nothing once they have come to privilege', async () => {
    await enrolByPassword(new Browser(origin), await linkFor(server, upn))
    await db.query('delete from code_generators where principal_id = $1', [plain])
    const { access_token, refresh_token } = await tokens()
    expect(payloadOf(access_token)).toMatchObject({ upn, amr: ['pwd'] })
    const ask = () => fetch(`${server.url}/api/v1/me/sessions`, { headers: { authorization: `Bearer ${access_token}` } })
    expect((await ask()).status).toBe(200)
    await give(plain, GLOBAL)
    expect((await ask()).status).toBe(401)
    const again = await server.form('token', { client_id: TOOL, grant_type: 'refresh_token', refresh_token })
    const used = await fetch(`${server.url}/api/v1/people/${helper}/sessions`, {
      headers: { authorization: `Bearer ${again.body.access_token ?? access_token}` },
    })
    expect(used.status).toBe(401)
  })

  it('of which a sample’s operator said that it is more is a password where there is no sample', async () => {
    await server.password(upn, PASSWORD, { methods: ['pwd', 'mfa'], contexts: ['c1'] })
    expect(payloadOf((await tokens()).access_token)).toMatchObject({ amr: ['pwd', 'mfa'], acrs: ['c1'] })
    await db.query(`update tenant set settings = settings - 'sample'`)
    try {
      expect(payloadOf((await tokens()).access_token)).toMatchObject({ amr: ['pwd'], acrs: [] })
    } finally {
      await db.query(`update tenant set settings = settings || '{"sample": true}'`)
    }
  })
})
