// What no client library would send: other hosts in the request line, path tricks around the scope, odd methods, broken framing. Over a
// real socket, since a library would tidy it up.

import { connect } from 'node:net'
import { expect, it } from 'vitest'
import { sampleServer } from '../support/server.ts'

const server = await sampleServer()
const { port } = new URL(server.url)
const bearer = await server.token('admin@contoso.com')

/** Sends bytes, answers all that came back within two seconds. */
const raw = (text: string): Promise<string> =>
  new Promise((resolve) => {
    let answer = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write(text))
    const timer = setTimeout(() => socket.destroy(), 2_000)
    socket.on('data', (chunk) => {
      answer += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(answer)
    })
  })
const request = (line: string, headers: readonly string[] = ['Host: localhost'], body = '') =>
  raw([`${line} HTTP/1.1`, ...headers, `Authorization: Bearer ${bearer}`, 'Connection: close', '', body].join('\r\n'))
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

const ARM = '/providers/Microsoft.Authorization/roleManagementPolicies?api-version=2020-10-01&$top=1'
const SUB = '/subscriptions/00000000-0000-0000-0000-000000000000'
const GRAPH = '/v1.0/users?$top=1'

it.each([
  ['an absolute address of another host', `GET http://evil.example${GRAPH}`, ['Host: evil.example']],
  ['an absolute address against its Host', `GET http://evil.example${GRAPH}`, ['Host: localhost']],
  ['another Host', `GET ${SUB}${ARM}`, ['Host: evil.example', 'X-Forwarded-Host: evil.example', 'Forwarded: host=evil.example']],
  ['a Host with a path', `GET ${GRAPH}`, ['Host: localhost/evil.example?x=']],
  ['a Host with credentials', `GET ${GRAPH}`, ['Host: evil.example@localhost']],
  ['two Hosts', `GET ${GRAPH}`, ['Host: localhost', 'Host: evil.example']],
  ['no Host', `GET ${GRAPH}`, []],
  ['a path that reads as a host', `GET //evil.example${GRAPH}`, ['Host: localhost']],
  ['a backslash host', `GET /\\evil.example${GRAPH}`, ['Host: localhost']],
] as const)('%s is no address of ours', async (_, line, headers) => {
  const answer = await request(line, headers)
  expect(statusOf(answer), answer.slice(0, 200)).toBeLessThan(500)
  for (const link of answer.match(/"(?:@odata\.nextLink|nextLink|@odata\.context)":"[^"]*"/g) ?? [])
    expect(link).toContain(`":"${server.publicUrl}/`)
  expect(answer.split('\r\n\r\n')[0]).not.toContain('evil')
})

it.each([
  `${SUB}/..${SUB}${ARM}`,
  `${SUB}%2f..%2f${ARM}`,
  `${SUB}/%2e%2e/x${ARM}`,
  `${SUB}/%252e%252e/x${ARM}`,
  `${SUB}/resourcegroups/a%5cb${ARM}`,
  `${SUB}/resourcegroups/a%00${ARM}`,
  `${SUB}/resourcegroups/a;b=c${ARM}`,
  `/api/v1/..%2f..%2fhealthz`,
  `/healthz/..;/api/v1/me`,
  `/v1.0/%2e%2e/healthz`,
  `/v1.0/../api/v1/me`,
  `/v1.0/.%2E/api/v1/me`,
  `/v1.0/%2e`,
  `/v1.0;x/users`,
  `/api/v1/keys%2f..%2fme`,
])('a path trick is refused or leads nowhere: %s', async (path) => {
  const answer = await request(`GET ${path}`)
  expect([400, 404], answer.slice(0, 300)).toContain(statusOf(answer))
  if (!path.startsWith('/api/') && !path.startsWith('/healthz')) expect(answer).toContain('{"error":{"code":')
})

it('doubled slashes and another case lead to the same scope, never past the right to see it', async () => {
  const sam = await server.token('sam@contoso.com')
  for (const path of [`/${SUB}/${ARM}`, `${SUB.toUpperCase()}${ARM}`, `${SUB}/${ARM}`, `/providers/Microsoft.Subscription${SUB}${ARM}`]) {
    const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${sam}\r\nConnection: close\r\n\r\n`)
    expect(statusOf(answer), answer.slice(0, 300)).toBe(403)
  }
})

it.each(['HEAD', 'OPTIONS', 'TRACE', 'PROPFIND', 'get', 'QUERY'])('%s answers no more than GET would', async (method) => {
  for (const path of ['/api/v1/me', GRAPH, `${SUB}${ARM}`]) {
    const anonymous = await raw(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    expect([400, 401, 405], `${method} ${path} ${anonymous.slice(0, 200)}`).toContain(statusOf(anonymous))
    expect(anonymous.toLowerCase()).not.toContain('access-control-allow')
    const known = await request(`${method} ${path}`)
    expect(statusOf(known)).toBeLessThan(500)
    // TRACE would send the token back.
    expect(known).not.toContain(bearer)
  }
})

it.each([
  ['two lengths', 'POST /api/v1/requests', ['Host: localhost', 'Content-Length: 2', 'Content-Length: 40'], '{}'],
  [
    'a length and chunks',
    'POST /api/v1/requests',
    ['Host: localhost', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
    '0\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n',
  ],
  ['a length below nothing', 'POST /api/v1/requests', ['Host: localhost', 'Content-Length: -1'], ''],
  ['a header folded', 'GET /api/v1/me', ['Host: localhost', 'X-A: b', ' c: d'], ''],
  ['a header of a megabyte', 'GET /api/v1/me', ['Host: localhost', `X-A: ${'x'.repeat(1_000_000)}`], ''],
  ['a path of a hundred thousand', `GET /${'x/'.repeat(50_000)}`, ['Host: localhost'], ''],
] as const)('%s is one request or none', async (_, line, headers, body) => {
  const answer = await request(line, headers, body)
  expect((answer.match(/HTTP\/1\.1 /g) ?? []).length).toBeLessThanOrEqual(1)
  expect(statusOf(answer)).toBeLessThan(500)
  expect(answer).not.toContain(bearer)
})

it('and the server still stands', async () => {
  expect(statusOf(await request('GET /readyz'))).toBe(200)
})
