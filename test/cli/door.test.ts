// What never gets in, and what it is told: the closed list of anonymous answers, broken tokens, broken bodies (must show 9, D27).
// Nothing of it changes anything or leaves an event.

import { once } from 'node:events'
import { connect } from 'node:net'
import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import { ANONYMOUS, AUTHORITY, PAGES } from '../../src/http/anonymous.ts'
import { createApp } from '../../src/http/app.ts'
import { readSigningKey } from '../../src/http/auth/key-file.ts'
import { generateSigningKey } from '../../src/http/auth/keys.ts'
import type { Deps } from '../../src/http/deps.ts'
import { sampleServer } from '../support/server.ts'

const server = await sampleServer()
const token = await server.token('engineer@contoso.com')
const key = await readSigningKey(`${server.data}/keys/signing.pem`)
const tenantId = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'
const verify = { keys: [key], issuer: `${server.publicUrl}/${tenantId}/v2.0`, tenantId, origin: server.publicUrl }
const logged: unknown[] = []
const log = {
  debug: (...line: unknown[]) => logged.push(line),
  info: (...line: unknown[]) => logged.push(line),
  warn: (...line: unknown[]) => logged.push(line),
  error: (...line: unknown[]) => logged.push(line),
}
const signingKeys = () => [key]
const deps: Deps = { ctx: server.ctx, verify, signingKeys, publicUrl: server.publicUrl, log, ticks: () => 0, ready: async () => true }
const app = createApp(deps)

const counts = async () =>
  (
    await server.database.db.query(
      'select (select count(*)::int from events) as events, (select count(*)::int from requests) as requests, (select count(*)::int from schedules) as schedules',
    )
  )[0]

/** Asks, and holds that nothing changed and nothing was recorded. */
async function harmless(path: string, init: RequestInit = {}): Promise<Response> {
  const before = await counts()
  const answer = await fetch(`${server.url}${path}`, init)
  expect(await counts()).toEqual(before)
  return answer
}

describe('without a token', () => {
  const ofAuthority = ({ method, path }: { method: string; path: string }) => [...AUTHORITY, ...PAGES].includes(`${method} ${path}`)
  const concrete = (path: string) => path.replace(/:\w+(\{[^}]*\})?/g, 'x').replace(/\*/g, 'x')
  const routes = app.routes
    .filter((route) => !ofAuthority(route))
    .flatMap(({ method, path }) =>
      (method === 'ALL' ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] : [method]).map((m) => `${m} ${concrete(path)}`),
    )
  const extra = ['/', '/me', '/v1.0/me', '/beta/users', '/subscriptions', '/metadata/x', '/api/v1', '/api', '/.env'].map((p) => `GET ${p}`)

  it.each([...new Set([...routes, ...extra])].filter((route) => !ANONYMOUS.includes(route)))('%s is refused', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const answer = await app.request(path, { method })
    // Before authentication only the shape of the request may be judged, and only at a wire door.
    expect([401, 404, 405]).toContain(answer.status)
    expect(answer.headers.get('cache-control')).toMatch(/^no-(store|cache)$/)
    if (answer.status !== 401) expect(route).toMatch(/^GET (\/(x)?|\/api)$|^\w+ \/x$/)
  })

  it('the authority has exactly the doors that are listed', () => {
    expect([...AUTHORITY, ...PAGES].sort()).toEqual(
      app.routes
        .filter(ofAuthority)
        .map(({ method, path }) => `${method} ${path}`)
        .sort(),
    )
  })

  it.each(AUTHORITY)('%s gives nothing to whoever shows nothing', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const answer = await app.request(path.replace(':name', 'common').replace(/:\w+/g, 'x'), { method })
    expect([200, 400, 401]).toContain(answer.status)
    expect(await answer.text()).not.toMatch(/"d"\s*:|access_token"|refresh_token"\s*:|[?&]code=/)
  })

  it.each(PAGES)('%s shows whoever has no cookie a way in or a refusal, and changes nothing', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const before = await counts()
    const answer = await app.request(path.replace(/:\w+/g, 'x'), { method })
    expect([200, 303, 400]).toContain(answer.status)
    if (answer.status === 303) expect(answer.headers.get('location')).toBe('/account/sign-in')
    expect(answer.headers.get('set-cookie') ?? '').not.toContain('stint_account=')
    expect(await counts()).toEqual(before)
  })

  it('an enrolment link is in no log', async () => {
    await app.request('/enrol/a-token-that-opens-an-account', {})
    const [line] = logged.slice(-1)
    expect(JSON.stringify(line)).toContain('/enrol/…')
    expect(JSON.stringify(logged)).not.toContain('a-token-that-opens')
  })

  it.each(ANONYMOUS)('%s is answered', async (route) => {
    const [method = '', path = ''] = route.split(' ')
    const answer = await app.request(path, { method })
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toMatch(/"d"\s*:/)
  })
})

describe('a token', () => {
  const now = Math.floor(server.ctx.now() / 1000)
  const claims = {
    iss: verify.issuer,
    aud: server.publicUrl,
    oid: '11111111-1111-1111-1111-111111111111',
    tid: tenantId,
    nbf: now,
    exp: now + 600,
  }
  const sign = (payload: object, by = key) =>
    new SignJWT({ ...payload }).setProtectedHeader({ alg: by.alg, kid: by.kid }).sign(by.privateKey)
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = `${part({ alg: 'none', typ: 'JWT' })}.${part(claims)}.`

  it('of ours opens the door', async () => {
    const answer = await harmless('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })
    expect(answer.status).toBe(200)
  })

  it.each([
    ['missing', async () => null, 'AuthenticationRequired'],
    ['not a token', async () => 'garbage', 'InvalidToken'],
    ['of algorithm none', async () => none, 'InvalidToken'],
    ['of a foreign key', async () => sign(claims, await generateSigningKey()), 'InvalidToken'],
    ['expired', async () => sign({ ...claims, nbf: now - 900, exp: now - 60 }), 'InvalidToken'],
    ['of another tenant', async () => sign({ ...claims, tid: '00000000-0000-0000-0000-000000000001' }), 'InvalidToken'],
    ['of another issuer', async () => sign({ ...claims, iss: 'https://elsewhere.example' }), 'InvalidToken'],
    ['for another audience', async () => sign({ ...claims, aud: 'https://vault.azure.net' }), 'InvalidAudience'],
    [
      'with its payload changed',
      async () => [token.split('.')[0], part({ ...claims, oid: tenantId }), token.split('.')[2]].join('.'),
      'InvalidToken',
    ],
  ])('%s is refused', async (_, make, code) => {
    const made = await make()
    const body = JSON.stringify({ action: 'selfActivate', role: 'User Administrator' })
    const headers = { 'content-type': 'application/json', ...(made === null ? {} : { authorization: `Bearer ${made}` }) }
    const answer = await harmless('/api/v1/requests', { method: 'POST', headers, body })
    expect(answer.status).toBe(401)
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    const problem = (await answer.json()) as { code: string; requestId: string }
    expect(problem).toMatchObject({ type: `urn:stint:fault:${code}`, status: 401, code, findings: [] })
    expect(problem.requestId).toBe(answer.headers.get('request-id'))
  })

  it('of somebody unknown is refused by what it may do', async () => {
    const stranger = await sign({ ...claims, oid: '99999999-9999-9999-9999-999999999999' })
    const answer = await harmless('/api/v1/me', { headers: { authorization: `Bearer ${stranger}` } })
    expect(answer.status).toBe(403)
  })
})

describe('a body', () => {
  const post = (body: string | Uint8Array<ArrayBuffer>, type = 'application/json') =>
    harmless('/api/v1/requests', { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': type }, body })

  it.each([
    ['that is not JSON', '{"action":', 'MalformedBody', 400],
    ['that is a list', '[1]', 'MalformedBody', 400],
    ['that is empty', '', 'MalformedBody', 400],
    ['with a member given twice', '{"action":"selfActivate","action":"adminAssign","role":"x"}', 'MalformedBody', 400],
    ['with a member we do not know', '{"action":"selfActivate","role":"x","sudo":true}', 'MalformedBody', 400],
    ['with an action we do not know', '{"action":"rootMe","role":"x"}', 'MalformedBody', 400],
    ['with a prototype', '{"__proto__":{"action":"selfActivate"},"role":"x"}', 'MalformedBody', 400],
    ['of one megabyte', `{"action":"${'x'.repeat(1 << 20)}"}`, 'BodyTooLarge', 413],
  ])('%s is refused', async (_, body, code, status) => {
    const answer = await post(body)
    expect(answer.status).toBe(status)
    expect(await answer.json()).toMatchObject({ code, status })
  })

  it('that is not text is refused', async () => {
    expect((await post(new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]))).status).toBe(400)
    expect((await post('<a/>', 'application/xml')).status).toBe(400)
  })

  it('that claims to be small and is not is refused as well', async () => {
    const chunks = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 32; i++) controller.enqueue(new TextEncoder().encode('x'.repeat(32_768)))
        controller.close()
      },
    })
    const init = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: chunks, duplex: 'half' }
    expect((await harmless('/api/v1/requests', init as RequestInit)).status).toBe(413)
  })

  it('after a refusal the server still answers', async () => {
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
  })
})

it('what is not HTTP gets a short answer and no more', async () => {
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  socket.end('\u0016\u0003\u0001 not http\r\n\r\n')
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  await once(socket, 'close')
  expect(said).toMatch(/^HTTP\/1\.1 400 /)
})

it('a wrong path and a wrong method are told apart', async () => {
  const headers = { authorization: `Bearer ${token}` }
  expect(await (await fetch(`${server.url}/api/v1/nope`, { headers })).json()).toMatchObject({ status: 404, code: 'ResourceNotFound' })
  expect(await (await fetch(`${server.url}/api/v1/me`, { method: 'DELETE', headers })).json()).toMatchObject({
    status: 405,
    code: 'MethodNotAllowed',
  })
})

it('no address is built from the Host header', async () => {
  const answer = await app.request('/v1.0/roleManagement/directory/roleDefinitions?$top=1', {
    headers: { authorization: `Bearer ${token}`, host: 'evil.example', 'x-forwarded-host': 'evil.example' },
  })
  expect(await answer.text()).not.toContain('evil.example')
})

it('the log has no token and no body', async () => {
  const body = JSON.stringify({ action: 'selfActivate', role: 'top-secret-role' })
  await app.request('/api/v1/requests', {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  expect(JSON.stringify(logged)).not.toContain(token)
  expect(JSON.stringify(logged)).not.toContain('top-secret-role')
  expect(logged.length).toBeGreaterThan(0)
})

it('a bug is told with nothing but the request id', async () => {
  const broken = createApp({
    ...deps,
    ctx: {
      ...server.ctx,
      tenant: () => {
        throw new Error('inner detail')
      },
    },
  })
  const answer = await broken.request('/api/v1/me', { headers: { authorization: `Bearer ${token}` } })
  expect(answer.status).toBe(500)
  const text = await answer.text()
  expect(JSON.parse(text)).toMatchObject({ code: 'InternalServerError', requestId: answer.headers.get('request-id') })
  expect(text).not.toContain('inner detail')
})

it('without its database the server is alive and not ready', async () => {
  const alone = createApp({ ...deps, ready: async () => false })
  expect((await alone.request('/healthz')).status).toBe(200)
  const answer = await alone.request('/readyz')
  expect(answer.status).toBe(503)
  expect(await answer.json()).toMatchObject({ code: 'ServiceUnavailable' })
})
