// The real command as a process against a real server: what it prints, where, and its exit codes (docs/cli.md).

import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDb } from '../support/database.ts'
import { cli, type Ran, scratch, startCli, urlOf } from '../support/server.ts'

const data = await scratch()
const database = await freshDb()
const env = { STINT_HOME: join(data, 'home'), STINT_DATA: data, DATABASE_URL: urlOf(database.options) }
const stint = (...args: string[]): Promise<Ran> => cli(args, env)
const signIn = (as: string) => stint('token', '--as', `${as}@contoso.com`, '--amr', 'pwd,mfa', '--save')

/** Starts `stint serve` and waits for the one line that says it is ready. */
async function serve(args: readonly string[], more: Record<string, string> = {}) {
  const child = startCli(['serve', '--json', '--port', '0', ...args], { ...env, STINT_LOG_LEVEL: 'error', ...more })
  const closed = once(child, 'close').then(([code]) => code as number | null)
  let err = ''
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const [line] = (await Promise.race([once(child.stdout, 'data'), closed.then(() => [null])])) as [Buffer | null]
  if (line === null) throw new Error(`the server ended: ${err}`)
  return { child, closed, ready: JSON.parse(String(line)) as { ready: boolean; url: string; publicUrl: string } }
}

let server: Awaited<ReturnType<typeof serve>>
beforeAll(async () => {
  server = await serve(['--sample'])
})
afterAll(async () => {
  server.child.kill('SIGTERM')
  await server.closed
})

it('says in one line that it is ready', () => {
  expect(server.ready).toMatchObject({ ready: true, url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) })
})

it('without a token every command says how to get one', async () => {
  const ran = await stint('roles')
  expect(ran).toMatchObject({ code: 4, out: '' })
  expect(ran.err).toContain('stint login')
})

it('keeps tokens and the signing key where only their owner can read them', async () => {
  expect((await signIn('itmanager')).code).toBe(0)
  for (const file of [join(env.STINT_HOME, 'tokens.json'), join(data, 'keys', 'signing.pem')])
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readFile(join(env.STINT_HOME, 'tokens.json'), 'utf8')).toContain(server.ready.publicUrl)
})

it('lists what one can have, has and had', async () => {
  const { code, out } = await stint('roles')
  expect(code).toBe(0)
  expect(out).toMatch(
    /^Can have\n {2}ROLE +PLANE +HOW +UNTIL\n {2}User Administrator +directory +assigned +permanent\n\nHave: nothing\n\nHad: nothing\n$/,
  )
})

it('says why a role cannot be had: every finding, its rule, and what would satisfy it', async () => {
  const { code, out } = await stint('why', 'User Administrator', '--for', '9h')
  expect(code).toBe(1)
  expect(out).toMatch(/ExpirationRule +Expiration_EndUser_Assignment +longer than `PT8H` +ask for at most PT8H/)
  expect(out).toMatch(/JustificationRule +Enablement_EndUser_Assignment +a justification is required +say why you need it/)
  const fine = await stint('why', 'User Administrator', '--reason', 'x', '--json')
  expect([fine.code, JSON.parse(fine.out)]).toMatchObject([0, { findings: [], needsApproval: false }])
})

it('activates, and ends early', async () => {
  const on = await stint('activate', 'user administrator', '--for', '90m', '--reason', 'help desk', '--json')
  expect([on.code, JSON.parse(on.out)]).toMatchObject([0, { status: 'Provisioned', justification: 'help desk' }])
  expect((await stint('roles')).out).toMatch(/Have\n.*\n {2}User Administrator +directory +activated/)
  expect(await stint('deactivate', 'User Administrator')).toMatchObject({ code: 0, out: 'User Administrator has ended\n' })
})

it('a refusal is code 1, its findings on standard error, the problem document for programs', async () => {
  const ran = await stint('activate', 'User Administrator', '--json')
  expect(ran.code).toBe(1)
  expect(JSON.parse(ran.out)).toMatchObject({
    code: 'RoleAssignmentRequestPolicyValidationFailed',
    findings: [{ rule: 'JustificationRule' }],
  })
  expect(ran.err).toContain('JustificationRule: a justification is required — say why you need it')
})

describe('with approval', () => {
  let id = ''

  it('assigns by names', async () => {
    await signIn('admin')
    const given = await stint(
      'assign',
      'engineer@contoso.com',
      'member',
      '--scope',
      'pag-payments-operators',
      '--eligible',
      '--for',
      '180d',
    )
    expect(given).toMatchObject({ code: 0, out: expect.stringContaining('is eligible for Member of pag-payments-operators, until') })
  })

  it('waits, and has a code of its own when patience ends first', async () => {
    await signIn('engineer')
    const ran = await stint('activate', 'pag-payments-operators', '--reason', 'deploy', '--wait', '--timeout', '1s', '--json')
    expect(ran).toMatchObject({ code: 5, err: 'waiting for approval\n' })
    id = (JSON.parse(ran.out) as { id: string }).id
    expect((await stint('requests')).out).toContain(id)
  })

  it('shows the approver what waits, and takes the decision', async () => {
    await signIn('lead')
    expect((await stint('requests', '--to-approve')).out).toContain(id)
    const bare = await stint('approve', id)
    expect(bare).toMatchObject({ code: 1, err: 'stint: a justification is required with the decision\n' })
    expect(await stint('approve', id, '--reason', 'ok')).toMatchObject({ code: 0, out: expect.stringContaining('is Provisioned') })
    expect(await stint('deny', id, '--reason', 'no')).toMatchObject({ code: 1, err: expect.stringContaining('already decided') })
  })

  it('a denied wait ends with code 1', async () => {
    await signIn('engineer')
    await stint('deactivate', 'pag-payments-operators')
    const waiting = stint('activate', 'pag-payments-operators', '--reason', 'again', '--wait', '--json')
    const pending = () => database.db.query<{ id: string }>("select id from requests where status = 'PendingApproval'")
    await expect.poll(async () => (await pending()).length, { timeout: 10_000 }).toBe(1)
    const [asked] = await pending()
    // A home of its own, so that the waiting command keeps its token.
    const other = { ...env, STINT_HOME: join(data, 'lead') }
    await cli(['token', '--as', 'lead@contoso.com', '--save'], other)
    expect((await cli(['deny', asked?.id ?? '', '--reason', 'not now'], other)).code).toBe(0)
    expect([(await waiting).code, JSON.parse((await waiting).out)]).toMatchObject([1, { status: 'Denied' }])
  })
})

describe('exit codes', () => {
  it.each([
    ['2 for an unknown command', ['fly'], 2],
    ['2 for a duration that is none', ['activate', 'x', '--for', 'banana'], 2],
    ['2 for settings that contradict each other', ['serve', '--host', '0.0.0.0'], 2],
    ['2 for settings that are wrong', ['serve', '--port', '99999'], 2],
    ['2 for a token that would hold too long', ['token', '--as', 'x', '--minutes', '16'], 2],
    ['1 for a certificate that is not there', ['serve', '--port', '0', '--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem'], 1],
    ['1 for a token for nobody', ['token', '--as', 'nobody@contoso.com'], 1],
    ['0 for help', ['--help'], 0],
  ])('are %s', async (_, args, code) => {
    expect((await stint(...args)).code).toBe(code)
  })
  it('is 3 where no server answers, 4 for a token that is not accepted', async () => {
    expect((await cli(['roles'], { ...env, STINT_URL: 'http://127.0.0.1:9', STINT_TOKEN: 'x' })).code).toBe(3)
    expect((await cli(['roles'], { ...env, STINT_URL: server.ready.url, STINT_TOKEN: 'x' })).code).toBe(4)
  })
})

describe('tokens', () => {
  it('carry what clients read', async () => {
    const { out } = await stint('token', '--as', 'engineer@contoso.com', '--acrs', 'c1', '--audience', 'arm')
    const claims = JSON.parse(Buffer.from(out.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({
      aud: 'https://management.azure.com',
      oid: '11111111-1111-1111-1111-111111111111',
      tid: '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10',
      upn: 'engineer@contoso.com',
      unique_name: 'engineer@contoso.com',
      idtyp: 'user',
      amr: [],
      acrs: ['c1'],
      appid: expect.any(String),
      scp: expect.stringContaining('user_impersonation'),
    })
    expect(claims.exp - claims.iat).toBe(900)
  })
  it('are not handed out while the server listens beyond this machine', async () => {
    const elsewhere = { ...env, STINT_DATA: await scratch(), STINT_TRUSTED_PROXIES: '10.0.0.1' }
    const open = await serve(['--host', '0.0.0.0'], elsewhere)
    const ran = await cli(['token', '--as', 'engineer@contoso.com'], elsewhere)
    open.child.kill('SIGTERM')
    await open.closed
    expect(ran).toMatchObject({ code: 1, out: '', err: expect.stringContaining('beyond this machine') })
  })
})

it('stops gracefully: ends waits, exits 0, takes its note back', async () => {
  const folder = await scratch()
  const one = await serve([], { ...env, STINT_DATA: folder })
  expect(await stat(join(folder, 'server.json'))).toBeTruthy()
  one.child.kill('SIGTERM')
  expect(await one.closed).toBe(0)
  await expect(stat(join(folder, 'server.json'))).rejects.toThrow('ENOENT')
})

it('an empty installation is made by init, once', async () => {
  const empty = await freshDb()
  const own = { ...env, STINT_DATA: await scratch(), DATABASE_URL: urlOf(empty.options) }
  const early = await cli(['serve', '--port', '0'], own)
  expect(early).toMatchObject({ code: 1, err: expect.stringContaining('stint init --tenant') })
  const made = await cli(['init', '--tenant', 'fabrikam.com', '--admin', 'root@fabrikam.com', '--json'], own)
  expect([made.code, JSON.parse(made.out)]).toMatchObject([0, { tenantId: expect.any(String), adminId: expect.any(String) }])
  expect(await cli(['init', '--tenant', 'fabrikam.com', '--admin', 'root@fabrikam.com'], own)).toMatchObject({
    code: 1,
    err: expect.stringContaining('already'),
  })
  const started = await serve([], own)
  // Nobody's token is signed on the spot here: people sign in (D33, TokenNeedsSample).
  const token = await cli(['token', '--as', 'root@fabrikam.com', '--amr', 'mfa', '--save'], { ...own, STINT_HOME: join(data, 'root') })
  expect(token).toMatchObject({ code: 1, err: expect.stringContaining('stint login') })
  started.child.kill('SIGTERM')
  await started.closed
  const held = await empty.db.query(
    `select r.name, s.ends_at from schedules s join roles r on r.plane = s.plane and r.id = s.role join principals p on p.id = s.principal_id
     where p.upn = 'root@fabrikam.com'`,
  )
  expect(held).toEqual([{ name: 'Global Administrator', ends_at: null }])
})
