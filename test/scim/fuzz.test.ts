// Hostile filters, paths and bodies of a fixed seed at the SCIM door: no fault of ours, no word of the database, nothing that takes
// long, nothing written outside of the source. A few hundred here; `STINT_SOAK=1` sends a hundred thousand.

import { expect, it } from 'vitest'
import { chance } from '../support/hostile.ts'
import { idOf, TEAM } from '../support/world.ts'
import { ENTERPRISE, openScim, PATCH_OP } from './support.ts'

const COUNT = Number(process.env.STINT_RUNS ?? (process.env.STINT_SOAK ? 100_000 : 600))
const SEED = Number(process.env.STINT_SEED ?? 20_310_203)
const LONGEST_MS = 10_000

const s = await openScim()
const mine = await s.user('fuzz@contoso.com', { emails: [{ value: 'f@x.org', type: 'work' }] })
const team = await s.group('Fuzz', [mine.id])
const { pick, maybe, next } = chance(SEED)

// biome-ignore format: lists of words
const ODD: readonly unknown[] = ['', ' ', null, true, false, 0, -1, 1e308, 'x', '\\', '"', "'; drop table principals; --", '%', '_', '\u202e', '💩', 'é'.repeat(400), 'x'.repeat(5_000), [], {}, [[]], [null], { value: null }, { value: {} }, { value: [] },
  'True', '__proto__', 'constructor', '00000000-0000-0000-0000-000000000000', idOf('admin'), TEAM, mine.id, team.id, 'admin@contoso.com', 'fuzz2@contoso.com', { $ref: 'x' }, { '__proto__': 1 }, '2031-13-45T99:00:00Z', '\t\n']
const NAMES = [
  'userName',
  'USERNAME',
  'displayName',
  'active',
  'emails',
  'emails.value',
  'emails[type eq "work"].value',
  'emails[primary eq true]',
  'name',
  'name.givenName',
  'members',
  'members.value',
  `members[value eq "${mine.id}"]`,
  'externalId',
  'id',
  'meta',
  'groups',
  'schemas',
  'password',
  'roles',
  'photos',
  `${ENTERPRISE}:manager`,
  `${ENTERPRISE}:manager.value`,
  ENTERPRISE,
  `${ENTERPRISE}.department`,
  'x',
  '',
  '__proto__',
  'constructor',
  'emails[',
  'emails[]',
  'emails[x eq 1]',
  '[',
  '.',
  ':',
  'urn:',
  'a.b.c.d',
  'toString',
  'addresses[type eq "work" and not (region pr)].region',
]
const OPS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr', 'EQ', 'xx', '']
const VALUES = [
  '"x"',
  '""',
  'true',
  'false',
  'null',
  '1',
  '-1e99',
  '"\\u0000"',
  '"\\ud800"',
  '"%"',
  '"\\\\"',
  '"2031-01-01T00:00:00Z"',
  'x',
  '"',
  '("',
  `"${mine.id}"`,
  '"False"',
  '"9999-99-99T00:00:00Z"',
  '"\\"; --"',
  '1.5',
]

const filter = (depth = 0): string => {
  if (depth < 4 && maybe(0.3))
    return `${maybe(0.5) ? 'not ' : ''}(${filter(depth + 1)}) ${pick(['and', 'or', 'AND', 'xor'])} (${filter(depth + 1)})`
  if (maybe(0.1)) return `emails[${filter(depth + 1)}]`
  return `${pick(NAMES)} ${pick(OPS)} ${maybe(0.9) ? pick(VALUES) : ''}`
}
const value = (depth = 0): unknown => {
  if (depth < 3 && maybe(0.25)) return Object.fromEntries(Array.from({ length: 3 }, () => [pick(NAMES), value(depth + 1)]))
  if (depth < 3 && maybe(0.2)) return Array.from({ length: 3 }, () => value(depth + 1))
  return pick(ODD)
}
const broken = (text: string): string => (maybe(0.05) ? text.slice(0, Math.floor(next() * text.length)) : text)
const target = () => pick([mine.id, team.id, idOf('admin'), TEAM, 'x', '', '%00', '%2f', '..%2f', '.search', '0'.repeat(500)])
const query = () => {
  const q = new URLSearchParams()
  if (maybe(0.8)) q.set('filter', filter())
  for (const name of ['startIndex', 'count', 'sortBy', 'sortOrder', 'attributes', 'excludedAttributes'])
    if (maybe(0.2)) q.set(name, pick([...NAMES, '-1', '0', '1', '1e9', '9'.repeat(30), 'NaN', 'descending', ',,,']))
  return q.toString()
}

function request(): readonly [string, string, string | undefined] {
  const type = pick(['Users', 'Groups'])
  const kind = pick(['list', 'search', 'post', 'put', 'patch', 'patch', 'patch', 'bulk', 'get', 'odd'])
  const patch = () => ({
    schemas: [PATCH_OP],
    Operations: Array.from({ length: pick([1, 1, 2, 5]) }, () => ({
      op: pick(['add', 'Replace', 'remove', 'REMOVE', 'x']),
      ...(maybe(0.8) ? { path: pick(NAMES) } : {}),
      ...(maybe(0.9) ? { value: value() } : {}),
    })),
  })
  const whole = () => ({
    userName: pick(['fuzz3@contoso.com', pick(ODD)]),
    displayName: pick(ODD),
    ...Object.fromEntries(Array.from({ length: 4 }, () => [pick(NAMES), value()])),
  })
  switch (kind) {
    case 'list':
      return ['GET', `/${type}?${query()}`, undefined]
    case 'get':
      return ['GET', `/${type}/${target()}?${query()}`, undefined]
    case 'search':
      return [
        'POST',
        `/${type}/.search`,
        broken(JSON.stringify({ filter: filter(), count: pick(ODD), startIndex: pick(ODD), attributes: pick(ODD) })),
      ]
    case 'post':
      return ['POST', `/${type}`, broken(JSON.stringify(whole()))]
    case 'put':
      return ['PUT', `/${type}/${target()}`, broken(JSON.stringify(whole()))]
    case 'patch':
      return ['PATCH', `/${type}/${target()}`, broken(JSON.stringify(patch()))]
    case 'bulk':
      return [
        'POST',
        '/Bulk',
        broken(
          JSON.stringify({
            Operations: Array.from({ length: 3 }, () => ({
              method: pick(['POST', 'PATCH', 'DELETE', 'GET', 5]),
              path: pick([`/Users/${mine.id}`, '/Users', '/Groups/bulkId:x', '/x', 5]),
              bulkId: 'x',
              data: maybe(0.5) ? whole() : patch(),
            })),
          }),
        ),
      ]
    default:
      return [
        pick(['GET', 'POST', 'PUT', 'PATCH', 'OPTIONS', 'HEAD']),
        `/${pick(['', 'Schemas', 'Schemas/x', 'Bulk', 'ResourceTypes/__proto__', '__proto__', 'constructor/x', 'Users/x/y'])}`,
        undefined,
      ]
  }
}

it(`stands ${COUNT} hostile requests`, async () => {
  const others = () =>
    s.w.db.query(
      `select count(*)::int as n, max(p.display_name) filter (where p.id = $1) as admin from principals p where not exists (select from identity_links l where l.principal_id = p.id) and p.deleted_at is null`,
      [idOf('admin')],
    )
  const before = await others()
  const statuses = new Map<number, number>()
  for (let i = 0; i < COUNT; i++) {
    const [method, path, body] = request()
    const began = Date.now()
    const reply = await s.send(method, path, body).catch((error) => ({ status: 599, body: String(error) }))
    const told = `${i}: ${method} ${path.slice(0, 300)} ${body?.slice(0, 600) ?? ''} -> ${JSON.stringify(reply.body)?.slice(0, 300)}`
    expect(reply.status, told).toBeLessThan(500)
    if (reply.status >= 400 && reply.body !== null)
      expect(reply.body.schemas, told).toEqual(['urn:ietf:params:scim:api:messages:2.0:Error'])
    expect(JSON.stringify(reply.body) ?? '', told).not.toMatch(/syntax error|relation "|column "|pg_|jsonb|::text/)
    expect(Date.now() - began, told).toBeLessThan(LONGEST_MS)
    statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
  }
  expect(await others()).toEqual(before)
  // Nearly right is often right: it got far enough to hurt.
  expect([...statuses].filter(([status]) => status < 300).reduce((sum, [, n]) => sum + n, 0)).toBeGreaterThan(COUNT / 20)
  expect((await s.send('GET', '/Users?count=200')).status).toBe(200)
})
