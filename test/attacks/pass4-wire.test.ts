// The authority's own pages from where cookies must not go, and with cookies that a neighbour put there.

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { generateSigningKey } from '../../src/http/auth/keys.ts'
import type { Deps } from '../../src/http/deps.ts'
import { authorityServer, TOOL } from '../support/authority.ts'
import { Browser } from '../support/browser.ts'

const server = await authorityServer()
await server.password('engineer@contoso.com', 'correct horse')
const challenge = createHash('sha256').update('x'.repeat(50)).digest('base64url')
const BACK = 'http://localhost:54321'
const authorize = (origin: string) =>
  `${origin}/organizations/oauth2/v2.0/authorize?${new URLSearchParams({
    ...{ client_id: TOOL, response_type: 'code', redirect_uri: BACK, state: 's', scope: `${origin}/.default` },
    ...{ code_challenge: challenge, code_challenge_method: 'S256' },
  })}`

describe('a sign-in for an application over plain http: InsecureConnection', async () => {
  const key = await generateSigningKey('ES256')
  const deps = (publicUrl: string, more: Partial<Deps> = {}): Deps => ({
    ctx: server.ctx,
    verify: { keys: [key], issuer: `${publicUrl}/x`, tenantId: 'x', origin: publicUrl },
    signingKeys: () => [key],
    publicUrl,
    log: { debug() {}, info() {}, warn() {}, error() {} },
    ticks: () => 0,
    ready: async () => true,
    ...more,
  })
  const from = (remoteAddress: string, encrypted = false) => ({ incoming: { socket: { remoteAddress, encrypted } } })
  const PIM = 'https://pim.contoso.com'
  const isTrustedProxy = (one: string) => one === '10.0.0.7'
  const CASES: readonly (readonly [string, Deps, object, Record<string, string>, boolean])[] = [
    ['within the machine', deps('http://localhost:1'), from('127.0.0.1'), {}, true],
    ['over https', deps(PIM), from('203.0.113.9', true), {}, true],
    ['through a proxy over https', deps(PIM, { isTrustedProxy }), from('10.0.0.7'), { 'x-forwarded-proto': 'https' }, true],
    ['from elsewhere', deps('http://localhost:1'), from('203.0.113.9'), {}, false],
    ['to a server that is known by https', deps(PIM), from('203.0.113.9'), {}, false],
    ['through a proxy that says so', deps(PIM, { isTrustedProxy }), from('10.0.0.7'), { 'x-forwarded-proto': 'http' }, false],
  ]
  it.each(CASES)('%s', async (_, given, env, headers, taken) => {
    const app = createApp(given)
    const begun = await app.request(authorize(given.publicUrl), { headers }, env)
    expect([begun.status, begun.headers.getSetCookie().length > 0]).toEqual([taken ? 303 : 400, taken])
    for (const path of ['/authority/device', '/authority/sign-in/x', '/authority/callback/x'])
      expect((await (await app.request(path, { headers }, env)).text()).includes('over https')).toBe(!taken)
    const typed = { method: 'POST', headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' }, body: 'password=x' }
    expect((await (await app.request('/authority/sign-in/x', typed, env)).text()).includes('over https')).toBe(!taken)
  })
})

describe('a sign-in that somebody else began', () => {
  it('is not ended in a browser that only got their cookies', async () => {
    const { publicUrl: origin } = server
    const thief = new Browser(origin)
    const page = await thief.go(authorize(origin))
    const path = new URL(page.url).pathname
    // As a neighbour of the server's name can: cookies for the whole domain, and a link.
    const victim = new Browser(origin)
    for (const pair of thief.cookies(path).split('; ')) {
      const [name = '', value = ''] = pair.split('=')
      if (!name.startsWith('__Host-') && /^stint_(?:sign_in|form|resume)/.test(name)) victim.plant(name, value)
    }
    const shown = await victim.go(path)
    const done = await victim.submit(shown, { username: 'engineer@contoso.com', password: 'correct horse', do: 'sign-in' }, path)
    // And the thief goes on.
    const uid = path.split('/').at(-1)
    const resumed = await thief.open(`/authority/authorize/${uid}`)
    expect({ done: done.location, resumed: resumed.location?.includes('code=') ?? false }).toEqual({ done: null, resumed: false })
  })
})
