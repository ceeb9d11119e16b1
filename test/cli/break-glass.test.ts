// The way in when everything else is down, as processes against a real server: the identity provider unreachable, the target too, mail
// nowhere (issue 4, must show 5).

import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { authorityServer } from '../support/authority.ts'
import { cli, type Ran, scratch } from '../support/server.ts'

const server = await authorityServer()
const home = await scratch()
const env = { STINT_HOME: join(home, 'home'), STINT_DATA: server.data, DATABASE_URL: server.databaseUrl }
const run = (input: string, ...args: string[]): Promise<Ran> => cli(args, env, input)
const json = (ran: Ran) => {
  if (ran.code !== 0) throw new Error(`${ran.code}: ${ran.err}${ran.out}`)
  return JSON.parse(ran.out)
}
const BG1 = 'breakglass1@contoso.com'
const BG2 = 'breakglass2@contoso.com'
const WRONG = `${'7'.repeat(56)}`
const secrets: Record<string, string> = {}

const inbox = async (like: string) =>
  (
    await server.database.db.query<{ who: string }>(
      `select p.upn as who from messages m join principals p on p.id = m.principal_id
       where m.kind = 'EmergencyAccess' and m.words like $1 order by p.upn`,
      [`%${like}%`],
    )
  ).map(({ who }) => who)
const settled = async (like: string, n: number) => {
  for (let i = 0; i < 100 && (await inbox(like)).length < n; i++) await new Promise((done) => setTimeout(done, 50))
  return inbox(like)
}

beforeAll(async () => {
  const admin = await server.client('admin@contoso.com')
  // Nobody answers there.
  await admin.addIdentityProvider({
    body: { name: 'entra', displayName: 'Entra', issuer: 'http://127.0.0.1:9', clientId: 'x', secret: 'y' },
  })
})

describe('stint break-glass', () => {
  it('lists those of the sample, which have no way in yet, and warns', async () => {
    const ran = await run('', 'break-glass', 'list')
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(new RegExp(`${BG1} +none +never +0 +it has no way in`))
    expect(ran.out).toContain('no drill yet')
    expect(ran.err).toContain('warning: no account for emergencies can be used')
  })

  it('makes and shows a secret once, in groups; the list never shows it', async () => {
    for (const upn of [BG1, BG2]) {
      const made = json(await run('', 'break-glass', 'rotate', upn, '--json'))
      expect(made.secret).toMatch(/^(?:[0-9A-Z]{4}-){13}[0-9A-Z]{4}$/)
      secrets[upn] = made.secret
    }
    const all = await run('', 'break-glass', 'list', '--json')
    expect(json(all)).toMatchObject({
      warnings: [],
      accounts: [
        { upn: BG1, problems: [] },
        { upn: BG2, problems: [] },
      ],
    })
    expect(all.out).not.toContain(secrets[BG1])
  })

  it('refuses who is no Global Administrator for good, says what would mend it, and mends it when told to', async () => {
    const refused = await run('', 'break-glass', 'add', 'sam@contoso.com')
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('`--assign` makes it one')])
    expect(json(await run('', 'break-glass', 'add', 'sam@contoso.com', '--assign', '--json'))).toMatchObject({ upn: 'sam@contoso.com' })
    expect(json(await run('', 'break-glass', 'remove', 'sam@contoso.com', '--json'))).toMatchObject({ upn: 'sam@contoso.com' })
    expect((await run('', 'break-glass', 'add', 'nobody@contoso.com')).code).toBe(1)
  })

  it('a wrong secret gets nobody in, and a mistyped one either', async () => {
    for (const typed of [WRONG, (secrets[BG1] ?? '').replace(/.$/, (c) => (c === '0' ? '1' : '0')), '']) {
      const ran = await run(`${typed}\n`, 'break-glass', 'sign-in', BG1)
      expect([ran.code, ran.out]).toEqual([1, ''])
      expect(ran.err).toContain('the sealed secret is wrong')
    }
  })

  it('signs in with the secret from standard input, and the commands work', async () => {
    const ran = await run(`${(secrets[BG1] ?? '').toLowerCase()}\n`, 'break-glass', 'sign-in', BG1)
    expect([ran.code, ran.err]).toEqual([0, expect.stringContaining('every administrator is told')])
    expect((await stat(join(env.STINT_HOME, 'tokens.json'))).mode & 0o777).toBe(0o600)
    const me = json(await run('', 'whoami', '--json'))
    expect(me).toMatchObject({ upn: BG1, amr: ['sealed', 'mfa'] })
    expect((await run('', 'settings')).code).toBe(0)
    expect(await settled('signed in with its sealed secret.', 3)).toEqual(expect.arrayContaining(['admin@contoso.com', BG1, BG2]))
  })

  it('guesses on the sign-in page shut the page, and not its owner’s way in on the machine', async () => {
    await server.database.db.query(`delete from sign_in_failures`)
    // As from everywhere: the page is shut for this account, whoever comes.
    const { signInByPassword } = await import('../../src/operations/sign-in.ts')
    const around = { appId: null, agent: null, correlationId: server.ctx.ids(), bound: null, wish: { contexts: [], methods: [] } }
    const guess = (i: number) =>
      signInByPassword(server.ctx, `x${i}`, { name: BG2, password: WRONG }, { ...around, address: `10.0.${i}.1`, browser: null })
    let last = ''
    for (let i = 0; i < 110 && last !== 'SignInLocked'; i++) {
      const done = await guess(i)
      last = done.ok ? 'ok' : done.fault.code
    }
    expect(last).toBe('SignInLocked')
    expect(await settled('Somebody tried to sign in as Break glass 2 from 10.0.0.1', 1)).toContain('admin@contoso.com')
    expect((await run(`${secrets[BG2]}\n`, 'break-glass', 'sign-in', BG2)).code).toBe(0)
  })

  it('signing out ends it at the server', async () => {
    const tokens = JSON.parse(await readFile(join(env.STINT_HOME, 'tokens.json'), 'utf8'))
    const { token } = Object.values(tokens.servers)[0] as { token: string }
    expect(json(await run('', 'logout', '--json'))).toMatchObject({ as: BG2, ended: true })
    expect((await fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401)
    expect((await run('', 'whoami')).code).toBe(4)
  })
})

describe('stint drill', () => {
  it('passes while the identity provider is unreachable: the way in works, the messages are there', async () => {
    await mkdir(env.STINT_HOME, { recursive: true })
    const ran = await run(`${secrets[BG1]}\n`, 'drill', BG1)
    expect([ran.code, ran.err]).toEqual([0, ''])
    const steps = [...ran.out.matchAll(/^(ok|FAIL) +(\S+) +(\d+) ms {2}(.*)$/gm)].map(([, state, name]) => `${state} ${name}`)
    expect(steps).toEqual(['ok accounts', 'ok surroundings', 'ok sign-in', 'ok door', 'ok end', 'ok page', 'ok messages'])
    expect(ran.out).toContain('identity provider entra is unreachable')
    expect(ran.out).toMatch(/the drill passed in \d+ ms/)
    expect(await inbox('signed in with its sealed secret, for a drill')).toEqual(expect.arrayContaining(['admin@contoso.com', BG1, BG2]))
    const [event] = await server.database.db.query<{ data: Record<string, unknown> }>(`select data from events where subject = 'drill'`)
    expect(event?.data).toMatchObject({ outcome: 'passed', account: BG1, failed: '' })
    expect((await run('', 'break-glass', 'list')).out).toMatch(/last drill .*: passed/)
    // What it signed in to is over.
    const [left] = await server.database.db.query<{ n: number }>(
      `select count(*)::int as n from sessions s join principals p on p.id = s.principal_id where p.upn = $1 and s.ended_at is null and s.agent = 'stint break-glass' and s.began_at > now() - interval '5 seconds'`,
      [BG1],
    )
    expect(left?.n).toBe(0)
  })

  it('fails with code 1 by a wrong secret, and where an account cannot be used; and records that', async () => {
    const wrong = await run(`${WRONG}\n`, 'drill', BG1, '--json')
    expect(wrong.code).toBe(1)
    expect(JSON.parse(wrong.out)).toMatchObject({ passed: false, steps: [{}, {}, { name: 'sign-in', ok: false }] })
    await server.database.db.query('update principals set enabled = false where upn = $1', [BG2])
    const ran = await run(`${secrets[BG1]}\n`, 'drill', BG1)
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining('the drill failed: accounts')])
    expect(ran.out).toMatch(/FAIL +accounts .*it is disabled/)
    await server.database.db.query('update principals set enabled = true where upn = $1', [BG2])
    expect((await run('', 'break-glass', 'list')).out).toMatch(/last drill .*: failed/)
  })
})

describe('the sealed secret', () => {
  it('stands in no event, no message, no log and no file but the paper', async () => {
    const rows = await server.database.db.query<{ text: string }>(
      'select to_jsonb(e)::text as text from events e union all select words from messages',
    )
    const text = rows.map((row) => row.text).join('\n')
    for (const secret of Object.values(secrets))
      for (const form of [secret, secret.replaceAll('-', ''), secret.slice(0, 19)]) expect(text).not.toContain(form)
    for (const entry of await readdir(env.STINT_HOME, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const file = await readFile(join(entry.parentPath, entry.name), 'utf8')
      for (const secret of Object.values(secrets)) expect(file).not.toContain(secret)
    }
  })

  it('is taken by no argument', async () => {
    const ran = await run('', 'break-glass', 'sign-in', BG1, secrets[BG1] ?? '')
    expect(ran.code).toBe(2)
    expect(ran.err).not.toContain(secrets[BG1])
  })
})
