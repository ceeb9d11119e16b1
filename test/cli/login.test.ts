// `stint login` by the browser of this machine, its refresh and its end; and what comes to its port that is not the answer.

import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, authorityServer, payloadOf } from '../support/authority.ts'
import { signInOnPages } from '../support/pages.ts'
import { cli, scratch, startCli } from '../support/server.ts'

const PASSWORD = 'correct horse battery'
const WHO = 'engineer@contoso.com'
const CLI = '5b1f7a1e-57d4-4c0b-9a57-0c11d57117c1'

let server: Authority
let env: Record<string, string>
beforeAll(async () => {
  server = await authorityServer()
  await server.password(WHO, PASSWORD)
  env = { STINT_HOME: join(await scratch(), 'home'), STINT_URL: server.publicUrl }
})

const file = () => join(env.STINT_HOME ?? '', 'tokens.json')
const kept = async () => JSON.parse(await readFile(file(), 'utf8')).servers[server.publicUrl]

/** Starts the command; what it says and the address it prints are there as they come. */
function starting(args: readonly string[]) {
  const child = startCli(args, env)
  child.stdin.end()
  const said = { out: '', err: '' }
  const ended = new Promise<number | null>((done) => child.once('close', done))
  const address = new Promise<URL>((done, fail) => {
    child.stdout.on('data', (chunk) => {
      said.out += chunk
    })
    child.stderr.on('data', (chunk) => {
      said.err += chunk
      const found = /sign in at\n\s+(\S+)\n/.exec(said.err)
      if (found) done(new URL(found[1]!))
    })
    void ended.then((code) => fail(new Error(`it ended with ${code}: ${said.err}`)))
  })
  address.catch(() => {})
  return { said, ended, address, kill: () => child.kill('SIGKILL') }
}

const signedIn = async () => {
  const started = starting(['login', '--no-open', '--json'])
  const address = await started.address
  await signInOnPages(null, address.href, { who: WHO, password: PASSWORD, code: null })
  expect([await started.ended, started.said.out.trim()]).toEqual([0, JSON.stringify({ url: server.publicUrl, as: WHO })])
  return address
}

describe('by the browser', () => {
  it('asks with a code challenge at a port of the loopback, and keeps what it buys where only its owner can read', async () => {
    const address = await signedIn()
    const query = Object.fromEntries(address.searchParams)
    expect(query).toMatchObject({ client_id: CLI, response_type: 'code', code_challenge_method: 'S256' })
    expect(query.redirect_uri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/signed-in$/)
    expect(query.state).toMatch(/^[\w-]{43}$/)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
    const { token, refresh, endsAt } = await kept()
    expect(payloadOf(token)).toMatchObject({ appid: CLI, aud: server.publicUrl, upn: WHO })
    expect([typeof refresh, endsAt > Date.now()]).toEqual(['string', true])
    // The same sign-in is good at the other doors.
    for (const resource of ['https://graph.microsoft.com', 'https://management.azure.com']) {
      const form = { client_id: CLI, grant_type: 'refresh_token', refresh_token: refresh, scope: `${resource}/.default` }
      expect(payloadOf((await server.form('token', form)).body.access_token)).toMatchObject({ aud: resource, upn: WHO })
    }
    const me = await cli(['whoami'], env)
    expect([me.code, me.out]).toEqual([0, expect.stringContaining(`Erin Engineer (${WHO})`)])
  })

  it('opens the browser that the environment names, with the address as one argument', async () => {
    const folder = await scratch()
    const script = join(folder, 'browser')
    await writeFile(script, `#!/bin/sh\nprintf '%s\\n' "$#" "$1" > ${join(folder, 'called')}\n`, { mode: 0o755 })
    const child = startCli(['login'], { ...env, BROWSER: script })
    child.stdin.end()
    let called = ''
    for (let i = 0; i < 200 && !called.endsWith('\n'); i++) {
      await new Promise((done) => setTimeout(done, 50))
      called = await readFile(join(folder, 'called'), 'utf8').catch(() => '')
    }
    child.kill('SIGKILL')
    const [count, address = ''] = called.split('\n')
    expect(count).toBe('1')
    expect(new URL(address).searchParams.get('client_id')).toBe(CLI)
  })

  it('answers nobody else: not another state, another issuer, another path, another name for the machine', async () => {
    const started = starting(['login', '--no-open'])
    const { searchParams: query } = await started.address
    const redirect = query.get('redirect_uri') ?? ''
    const state = query.get('state') ?? ''
    const issuer = `${server.publicUrl}/8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10/v2.0`
    const knock = async (path: string, more: RequestInit = {}) => (await fetch(`${redirect.replace('/signed-in', '')}${path}`, more)).status
    const answer = (change: Record<string, string>) => `/signed-in?${new URLSearchParams({ code: 'x', state, iss: issuer, ...change })}`
    expect(await knock(answer({ state: 'wrong' }))).toBe(400)
    expect(await knock(answer({ state: '' }))).toBe(400)
    expect(await knock(answer({ iss: 'https://evil.test' }))).toBe(400)
    expect(await knock('/')).toBe(404)
    expect(await knock(answer({}), { method: 'POST' })).toBe(404)
    // Its own answer is waited for all the same, and a code that was never given buys nothing.
    expect(await knock(answer({}))).toBe(200)
    expect(await started.ended).toBe(4)
    expect(started.said.out).toBe('')
  })

  it('says so where the person declines', async () => {
    const started = starting(['login', '--no-open'])
    const { searchParams: query } = await started.address
    const iss = `${server.publicUrl}/8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10/v2.0`
    const back = {
      state: query.get('state') ?? '',
      iss,
      error: 'access_denied',
      error_description: 'AADSTS65004: the person declined. Trace ID: x',
    }
    await fetch(`${query.get('redirect_uri')}?${new URLSearchParams(back)}`)
    expect(await started.ended).toBe(4)
    expect(started.said.err).toMatch(/stint: the person declined\n$/)
  })
})

describe('afterwards', () => {
  const age = async () => {
    const all = JSON.parse(await readFile(file(), 'utf8'))
    all.servers[server.publicUrl].endsAt = Date.now() + 1_000
    await writeFile(file(), JSON.stringify(all), { mode: 0o600 })
  }

  it('a token that is about to end is refreshed, and kept', async () => {
    const before = await kept()
    await age()
    expect((await cli(['whoami'], env)).code).toBe(0)
    const after = await kept()
    expect(after.token).not.toBe(before.token)
    expect(after.endsAt).toBeGreaterThan(Date.now() + 60_000)
    expect((await stat(file())).mode & 0o777).toBe(0o600)
  })

  it('a sign-in that was ended elsewhere says what to do', async () => {
    await server.database.db.query('update sessions set ended_at = now() where ended_at is null')
    await age()
    const ran = await cli(['whoami'], env)
    expect([ran.code, ran.err]).toEqual([4, expect.stringContaining('stint login')])
  })

  it('signing out forgets it here, and ends it there', async () => {
    await signedIn()
    const { token, refresh } = await kept()
    const ran = await cli(['logout'], env)
    expect([ran.code, ran.out]).toEqual([0, `signed out ${WHO} at ${server.publicUrl}\n`])
    const me = await fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    expect(me.status).toBe(401)
    const again = await server.form('token', { client_id: CLI, grant_type: 'refresh_token', refresh_token: refresh })
    expect(again.status).toBe(400)
    expect(await kept()).toBeUndefined()
    expect((await cli(['whoami'], env)).err).toContain('stint login')
    expect((await cli(['logout'], env)).out).toContain('nobody was signed in')
  })

  it('where nobody answers it says so, and keeps nothing', async () => {
    const ran = await cli(['login', 'http://127.0.0.1:9', '--no-open'], env)
    expect([ran.code, ran.err]).toEqual([3, expect.stringContaining('does not answer')])
  })
})

it('the client id of the commands can be registered by nobody', async () => {
  const admin = await server.client('admin@contoso.com')
  const rows = await server.database.db.query<{ n: number }>('select count(*)::int as n from apps where app_id = $1', [CLI])
  expect(rows[0]?.n).toBe(0)
  await expect(admin.app({ params: { id: CLI } })).rejects.toMatchObject({ problem: { code: 'ApplicationNotFound' } })
})
