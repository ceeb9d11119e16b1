// Programs that sign in without a secret: by a certificate, or by an issuer they trust; and every way in which that must not work.

import { createHash, createPrivateKey, randomUUID, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { ARM, authorityServer, GRAPH, payloadOf, TENANT } from '../support/authority.ts'
import { scratch } from '../support/server.ts'
import { makeCertificates, selfSigned } from '../support/tls.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const folder = await scratch()
const TOKEN_ENDPOINT = `${server.publicUrl}/${TENANT}/oauth2/v2.0/token`
const JWT_BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const seconds = () => Math.floor(Date.now() / 1_000)

async function certificate(name: string) {
  const { pem, key } = await selfSigned(name)
  const { raw } = new X509Certificate(pem)
  const print = (algorithm: string) => createHash(algorithm).update(raw).digest('base64url')
  return { pem, key: createPrivateKey(key), sha1: print('sha1'), sha256: print('sha256') }
}

const mine = await certificate('mine')
const theirs = await certificate('theirs')
const app = await admin.createApp({ body: { name: 'certified' } })
const other = await admin.createApp({ body: { name: 'other' } })
await admin.addCertificate({ params: { id: app.appId }, body: { pem: mine.pem } })
await admin.addCertificate({ params: { id: other.appId }, body: { pem: theirs.pem } })

const claims = (change: JWTPayload = {}): JWTPayload => ({
  iss: app.appId,
  sub: app.appId,
  aud: TOKEN_ENDPOINT,
  jti: randomUUID(),
  nbf: seconds(),
  exp: seconds() + 600,
  ...change,
})
const sign = (payload: JWTPayload, by = mine, header: object = { alg: 'PS256', 'x5t#S256': by.sha256 }) =>
  new SignJWT(payload).setProtectedHeader({ typ: 'JWT', alg: 'PS256', ...header }).sign(by.key)
const send = (assertion: string, more: Readonly<Record<string, string>> = {}) =>
  server.form('token', {
    grant_type: 'client_credentials',
    client_id: app.appId,
    scope: `${GRAPH}/.default`,
    client_assertion_type: JWT_BEARER,
    client_assertion: assertion,
    ...more,
  })
const WRONG = { status: 401, body: { error: 'invalid_client', error_codes: [700027] } }

describe('a certificate', () => {
  it.each([
    ['by its SHA-256 and PS256', { alg: 'PS256', 'x5t#S256': mine.sha256 }],
    ['by its SHA-1 and RS256', { alg: 'RS256', x5t: mine.sha1 }],
  ])('is named %s', async (_, header) => {
    const { status, body } = await send(await sign(claims(), mine, header))
    expect(body.error_description).toBeUndefined()
    expect(status).toBe(200)
    expect(payloadOf(body.access_token)).toMatchObject({ appid: app.appId, idtyp: 'app' })
  })

  it.each(['common', 'contoso.com', 'adfs', TENANT])('the assertion may name the endpoint under %s', async (name) => {
    expect((await send(await sign(claims({ aud: `${server.publicUrl}/${name}/oauth2/v2.0/token` })))).status).toBe(200)
  })

  it('is shown for two resources, and not again for either once a moment has passed: AlreadyUsed', async () => {
    const assertion = await sign(claims())
    for (const scope of [`${GRAPH}/.default`, `${ARM}/.default`]) expect((await send(assertion, { scope })).status).toBe(200)
    await server.database.db.query(`update spent_assertions set used_at = used_at - interval '1 minute'`)
    for (const scope of [`${GRAPH}/.default`, `${ARM}/.default`])
      expect(await send(assertion, { scope })).toMatchObject({ status: 400, body: { error_codes: [54005] } })
  })

  it.each([
    ['of another tenant', () => sign(claims({ aud: `${server.publicUrl}/1f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10/oauth2/v2.0/token` }))],
    ['of another server', () => sign(claims({ aud: `https://login.microsoftonline.com/${TENANT}/oauth2/v2.0/token` }))],
    ['that has ended', () => sign(claims({ nbf: seconds() - 900, exp: seconds() - 300 }))],
    ['that does not end', () => sign({ ...claims(), exp: undefined } as never)],
    ['that lives for days', () => sign(claims({ exp: seconds() + 172_800 }))],
    ['without an id', () => sign({ ...claims(), jti: undefined } as never)],
    ['about somebody else', () => sign(claims({ sub: other.appId }))],
    ['of another application', () => sign(claims({ iss: other.appId, sub: other.appId }), theirs)],
    ['by another application’s certificate', () => sign(claims(), theirs)],
    ['by another key under this thumbprint', () => sign(claims(), theirs, { 'x5t#S256': mine.sha256 })],
    ['by a key it brings itself', async () => sign(claims(), theirs, { 'x5t#S256': mine.sha256, jwk: await exportJWK(theirs.key) })],
    ['by a certificate it brings itself', () => sign(claims(), theirs, { x5c: [theirs.pem.replace(/-.*-|\n/g, '')], x5t: theirs.sha1 })],
  ])('refuses an assertion %s: WrongAssertion', async (_, make) => {
    expect(await send(await make())).toMatchObject(WRONG)
  })

  it('refuses the public key as a shared secret, and no signature', async () => {
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg, 'x5t#S256': mine.sha256 })).toString('base64url')
    const body = Buffer.from(JSON.stringify(claims())).toString('base64url')
    expect(await send(`${head('none')}.${body}.`)).toMatchObject(WRONG)
    const shared = await new SignJWT(claims()).setProtectedHeader({ alg: 'HS256', 'x5t#S256': mine.sha256 }).sign(Buffer.from(mine.pem))
    expect(await send(shared)).toMatchObject(WRONG)
    expect(await send('x.y.z')).toMatchObject(WRONG)
    expect(await send('')).toMatchObject(WRONG)
  })

  it('refuses two credentials at once', async () => {
    expect(await send(await sign(claims()), { client_secret: 'x' })).toMatchObject({ status: 400, body: { error_codes: [9002313] } })
  })
})

describe('a federated credential', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256' }
  const ISSUER = 'https://token.actions.example'
  const AUDIENCE = 'api://AzureADTokenExchange'
  const robot = await admin.createApp({ body: { name: 'robot' } })
  await admin.addFederated({ params: { id: robot.appId }, body: { issuer: ISSUER, subject: 'repo:contoso/x:main', keys: { keys: [jwk] } } })
  const signed = (change: JWTPayload = {}, key = privateKey) =>
    new SignJWT({ iss: ISSUER, sub: 'repo:contoso/x:main', aud: AUDIENCE, exp: seconds() + 300, ...change })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(key)
  const bring = async (assertion: Promise<string>, client = robot.appId) => send(await assertion, { client_id: client })

  it('signs in with its issuer’s assertion, for as long as that holds', async () => {
    const assertion = signed({ jti: 'once' })
    for (const _ of [1, 2]) expect((await bring(assertion)).status).toBe(200)
  })

  it.each([
    ['another issuer', { iss: 'https://evil.test' }],
    ['another subject', { sub: 'repo:contoso/x:feature' }],
    ['another audience', { aud: 'https://elsewhere.test' }],
    ['an end that is past', { exp: seconds() - 600 }],
  ])('refuses %s', async (_, change) => {
    expect(await bring(signed(change))).toMatchObject(WRONG)
  })

  it('refuses another key, and another application', async () => {
    const { privateKey: foreign } = await generateKeyPair('RS256')
    expect(await bring(signed({}, foreign))).toMatchObject(WRONG)
    expect(await bring(signed(), app.appId)).toMatchObject(WRONG)
  })

  it('is not registered with a private key, or an issuer over plain http', async () => {
    const add = (body: object) => admin.addFederated({ params: { id: robot.appId }, body: { issuer: ISSUER, subject: 'y', ...body } })
    await expect(add({ keys: { keys: [await exportJWK(privateKey)] } })).rejects.toMatchObject({ problem: { code: 'InvalidApplication' } })
    await expect(add({ issuer: 'http://issuer.test' })).rejects.toMatchObject({ problem: { code: 'InvalidApplication' } })
  })

  describe('whose keys are fetched', async () => {
    const tls = await makeCertificates(folder)
    let answer: (path: string) => { status: number; body: string; location?: string } = () => ({ status: 404, body: '' })
    let asked = 0
    const issuer = createServer({ cert: readFileSync(tls.cert), key: readFileSync(tls.key) }, (request, response) => {
      asked += 1
      const { status, body, location } = answer(request.url ?? '')
      response.writeHead(status, location ? { location } : {}).end(body)
    })
    await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', () => done()))
    const at = `https://localhost:${(issuer.address() as { port: number }).port}`
    // The issuer's certificate is of our own making: trusted here, for this file alone.
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
    afterAll(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      issuer.close()
      issuer.closeAllConnections()
    })

    async function fetched(path: string) {
      const one = await admin.createApp({ body: { name: `fetches${path}` } })
      const url = `${at}${path}`
      await admin.addFederated({ params: { id: one.appId }, body: { issuer: url, subject: 's' } })
      return { url, try: () => bring(signed({ iss: url, sub: 's' }), one.appId) }
    }
    const good = (url: string) => (path: string) =>
      path.endsWith('/keys')
        ? { status: 200, body: JSON.stringify({ keys: [jwk] }) }
        : { status: 200, body: JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }) }

    it('signs in, and asks once', async () => {
      const one = await fetched('/good')
      answer = good(one.url)
      asked = 0
      for (const _ of [1, 2, 3]) expect((await one.try()).status).toBe(200)
      expect(asked).toBe(2)
    })

    it.each([
      [
        '/mixed',
        'names another issuer',
        (url: string) => () => ({ status: 200, body: JSON.stringify({ issuer: 'https://other.test', jwks_uri: `${url}/keys` }) }),
      ],
      [
        '/plain',
        'leads to plain http',
        (url: string) => () => ({ status: 200, body: JSON.stringify({ issuer: url, jwks_uri: url.replace('https', 'http') }) }),
      ],
      ['/redirect', 'redirects', (url: string) => () => ({ status: 302, body: '', location: `${url}/elsewhere` })],
      [
        '/large',
        'sends too much',
        (url: string) => () => ({ status: 200, body: `${JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` })}${' '.repeat(100_000)}` }),
      ],
      ['/broken', 'sends no JSON', () => () => ({ status: 200, body: '<html>' })],
      ['/gone', 'is gone', () => () => ({ status: 500, body: '' })],
    ] as const)('%s: refuses an issuer that %s', async (path, _, how) => {
      const one = await fetched(path)
      const bad = how(one.url)
      answer = (p) => (p.endsWith('/keys') ? good(one.url)(p) : bad())
      expect(await one.try()).toMatchObject(WRONG)
    })
  })
})
