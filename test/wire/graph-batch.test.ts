// `$batch` (contract reference 10): what it takes, in which order it works, and that it does nothing its requests could not do alone.

import { describe, expect, it } from 'vitest'
import { ORIGIN, openDoors } from '../support/doors.ts'
import { idOf, makeWorld, type Name, TEAM } from '../support/world.ts'

interface Item {
  readonly id: string
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every kind, judged by matchers
  readonly body?: any
  readonly headers: Readonly<Record<string, string>>
}

const JSON_BODY = { 'Content-Type': 'application/json' }
const group = (name: string) => ({ displayName: name, mailNickname: name, mailEnabled: false, securityEnabled: true })

describe('a batch', async () => {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const post = (who: Name | null, requests: unknown, headers: Record<string, string> = {}) =>
    doors.send(who, 'POST', '/v1.0/$batch', { requests }, headers)
  const items = async (who: Name, requests: readonly object[]): Promise<Record<string, Item>> => {
    const reply = await post(who, requests)
    expect(reply.status, JSON.stringify(reply.body)).toBe(200)
    return Object.fromEntries((reply.body.responses as Item[]).map((r) => [r.id, r]))
  }

  it('answers each request by itself', async () => {
    const found = await items('sam', [
      { id: '1', method: 'GET', url: '/me?$select=displayName' },
      { id: '2', method: 'get', url: `groups/${TEAM}/members` },
      { id: 'x', method: 'GET', url: '/nothing' },
      { id: 'y', method: 'POST', url: '/groups', headers: JSON_BODY, body: group('mine') },
      { id: 'z', method: 'PUT', url: '/users' },
      { id: 'n', method: 'GET', url: '/users/$count', headers: { ConsistencyLevel: 'eventual' } },
    ])
    expect(found['1']).toMatchObject({
      status: 200,
      body: { displayName: 'sam' },
      headers: { 'Content-Type': expect.stringContaining('application/json') },
    })
    expect(found['2']).toMatchObject({ status: 200, body: { value: [] } })
    expect(found.x).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } })
    expect(found.y).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } })
    expect(found.z).toMatchObject({ status: 405, headers: { Allow: 'GET, POST' } })
    // What is no JSON goes as base64.
    expect(Buffer.from(found.n?.body, 'base64').toString()).toBe('7')
    const ids = Object.values(found).map((r) => r.headers['Request-Id'])
    expect(new Set(ids).size).toBe(6)
  })

  it('works off dependencies in their order, and not what depends on a failure: DependencyFailed', async () => {
    const found = await items('admin', [
      { id: 'c', method: 'GET', url: `/groups?$filter=displayName eq 'chained'`, dependsOn: ['B'] },
      { id: 'b', method: 'POST', url: '/groups', headers: JSON_BODY, body: group('chained'), dependsOn: ['a'] },
      { id: 'a', method: 'GET', url: '/me' },
      { id: 'd', method: 'DELETE', url: '/groups/none' },
      { id: 'e', method: 'POST', url: '/groups', headers: JSON_BODY, body: group('never'), dependsOn: ['d'] },
      { id: 'f', method: 'GET', url: '/me', dependsOn: ['e'] },
    ])
    expect(found.b?.status).toBe(201)
    expect(found.c?.body.value).toHaveLength(1)
    expect([found.d?.status, found.e?.status, found.f?.status]).toEqual([404, 424, 424])
    expect(found.e?.body.error.code).toBe('FailedDependency')
    expect((await doors.send('admin', 'GET', `/v1.0/groups?$filter=displayName eq 'never'`)).body.value).toEqual([])
  })

  it('gives links that lead on, and an address to what was made', async () => {
    const found = await items('admin', [
      { id: '1', method: 'GET', url: '/users?$top=2' },
      { id: '2', method: 'POST', url: '/groups', headers: JSON_BODY, body: group('linked') },
    ])
    const next: string = found['1']?.body['@odata.nextLink']
    expect(next.startsWith(`${ORIGIN}/v1.0/users?`)).toBe(true)
    expect((await items('admin', [{ id: '1', method: 'GET', url: next.slice(`${ORIGIN}/v1.0`.length) }]))['1']?.status).toBe(200)
    expect(found['2']?.headers.Location).toBe(`${ORIGIN}/v1.0/groups('${found['2']?.body.id}')`)
  })

  it('asks of every request the permission that it would need alone', async () => {
    const authorization = `Bearer ${await doors.token('admin', { aud: 'https://graph.microsoft.com', scp: 'User.Read' })}`
    const reply = await post(
      null,
      [
        { id: '1', method: 'GET', url: '/me' },
        { id: '2', method: 'GET', url: '/groups' },
      ],
      { authorization },
    )
    expect(reply.body.responses.map((r: Item) => r.status)).toEqual([200, 403])
  })

  it('events of its requests are not joined to each other', async () => {
    await items(
      'admin',
      [1, 2].map((n) => ({ id: `${n}`, method: 'POST', url: '/groups', headers: JSON_BODY, body: group(`pair${n}`) })),
    )
    const rows = await w.db.query<{ c: string }>(
      `select correlation_id as c from events where action = 'createGroup' order by position desc limit 2`,
    )
    expect(rows[0]?.c).not.toBe(rows[1]?.c)
  })

  const one = { id: '1', method: 'GET', url: '/me' }
  it.each([
    ['no requests', undefined],
    ['an empty list', []],
    ['21 requests', Array.from({ length: 21 }, (_, n) => ({ ...one, id: `${n}` }))],
    [
      'an id twice, in another case',
      [
        { ...one, id: 'a' },
        { ...one, id: 'A' },
      ],
    ],
    ['no id', [{ ...one, id: undefined }]],
    ['no method', [{ ...one, method: undefined }]],
    ['an unknown method', [{ ...one, method: 'FLY' }]],
    ['an absolute url', [{ ...one, url: 'https://elsewhere.example/v1.0/me' }]],
    ['a url of another host', [{ ...one, url: '//elsewhere.example/me' }]],
    ['a version', [{ ...one, url: '/v1.0/me' }]],
    ['a batch within', [{ ...one, url: '/$batch', method: 'POST' }]],
    ['a body without its type', [{ ...one, method: 'POST', url: '/groups', body: group('x') }]],
    ['a body that is no object', [{ ...one, method: 'POST', headers: JSON_BODY, body: [] }]],
    ['an unknown dependency', [{ ...one, dependsOn: ['2'] }]],
    ['a dependency on itself', [{ ...one, dependsOn: ['1'] }]],
    [
      'a circle',
      [
        { ...one, dependsOn: ['2'] },
        { ...one, id: '2', dependsOn: ['1'] },
      ],
    ],
    ['headers that are no texts', [{ ...one, headers: { a: 1 } }]],
  ])('%s is refused as a whole', async (_, requests) => {
    expect(await post('admin', requests)).toMatchObject({ status: 400, body: { error: { code: 'BadRequest' } } })
  })

  it('needs a token, and does not take one from within', async () => {
    expect((await post(null, [one])).status).toBe(401)
    const headers = { Authorization: `Bearer ${await doors.token('admin')}` }
    const found = await items('sam', [{ ...one, url: '/me', headers }])
    expect(found['1']?.body.id).toBe(idOf('sam'))
  })
})
