// What is asked of a provider's addresses is bounded: no redirect, no plain http beyond this machine, no more bytes and no longer than told,
// and no document that speaks for somebody else.

import { createServer, type RequestListener, type Server } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { discover } from '../../src/http/authority/external-provider.ts'
import { isAskable } from '../../src/operations/provider-rules.ts'

const open: Server[] = []
afterAll(() => {
  for (const one of open) {
    one.close()
    one.closeAllConnections()
  }
})

/** A provider that answers as told; where it is, and what it was asked. */
async function hostile(answer: (issuer: string) => RequestListener) {
  const asked: string[] = []
  let issuer = ''
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    answer(issuer)(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  issuer = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  open.push(server)
  return { issuer, asked }
}

const document = (issuer: string, more: object = {}) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ['code'],
  subject_types_supported: ['public'],
  id_token_signing_alg_values_supported: ['RS256'],
  ...more,
})
const json =
  (value: (path: string) => unknown): RequestListener =>
  (request, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(value(request.url ?? '')))
  }
const serving = (more: (issuer: string) => object) =>
  hostile((issuer) => json((path) => (path === '/jwks' ? { keys: [] } : document(issuer, more(issuer)))))

const codeOf = async (issuer: string) => {
  const found = await discover(issuer, Date.now, true)
  return found.ok ? 'ok' : found.fault.code
}

describe('ProviderUnreachable', () => {
  it('an honest one is believed', async () => {
    const { issuer, asked } = await serving(() => ({}))
    expect(await codeOf(issuer)).toBe('ok')
    expect(asked).toEqual(['/.well-known/openid-configuration', '/jwks'])
  })

  it.each([
    ['a document for another issuer', () => ({ issuer: 'https://login.example.com' })],
    ['a document for nearly the same issuer', (issuer: string) => ({ issuer: `${issuer}/` })],
    ['plain http beyond this machine for keys', () => ({ jwks_uri: 'http://idp.example.com/jwks' })],
    ['plain http beyond this machine for the token', () => ({ token_endpoint: 'http://idp.example.com/token' })],
    ['a script for the browser', () => ({ authorization_endpoint: 'javascript:alert(1)' })],
    ['a file for keys', () => ({ jwks_uri: 'file:///etc/passwd' })],
    ['no keys', () => ({ jwks_uri: undefined })],
  ])('%s', async (_, more) => {
    expect(await codeOf((await serving(more as (issuer: string) => object)).issuer)).toBe('ProviderUnreachable')
  })

  it('a redirect is not followed, to wherever', async () => {
    const target = await serving(() => ({}))
    const { issuer } = await hostile(() => (_, response) => {
      response.writeHead(302, { location: `${target.issuer}/.well-known/openid-configuration` }).end()
    })
    expect(await codeOf(issuer)).toBe('ProviderUnreachable')
    expect(target.asked).toEqual([])
  })

  it('a document without end is given up', async () => {
    const { issuer } = await hostile(() => (_, response) => {
      response.setHeader('content-type', 'application/json')
      const timer = setInterval(() => response.write(' '.repeat(64 * 1024)), 5)
      response.on('close', () => clearInterval(timer))
    })
    const began = Date.now()
    expect(await codeOf(issuer)).toBe('ProviderUnreachable')
    expect(Date.now() - began).toBeLessThan(10_000)
  })

  it('one that never answers is given up, and a dead one is not asked for each browser', async () => {
    const { issuer, asked } = await hostile(() => () => {})
    const began = Date.now()
    expect(await codeOf(issuer)).toBe('ProviderUnreachable')
    expect(Date.now() - began).toBeLessThan(10_000)
    const again = await Promise.all([1, 2, 3].map(() => discover(issuer, Date.now)))
    expect(again.every((one) => !one.ok)).toBe(true)
    expect(asked).toHaveLength(1)
  })
})

it.each([
  ['https://idp.example.com', true],
  ['http://localhost:8080', true],
  ['http://127.0.0.1:8080', true],
  ['http://[::1]:8080', true],
  ['http://idp.example.com', false],
  ['http://localhost.example.com', false],
  ['http://127.0.0.1.example.com', false],
  ['https://user:pass@idp.example.com', false],
  ['ftp://idp.example.com', false],
  ['//idp.example.com', false],
])('%s may be asked: %s', (url, may) => {
  expect(isAskable(url)).toBe(may)
})
