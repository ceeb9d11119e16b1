// Hostile filters, searches, expansions and batches of a fixed seed, at Graph: no fault of ours, nothing thrown, nothing that takes
// long. A few hundred here; `STINT_SOAK=1` sends a hundred thousand.

import { describe, expect, it } from 'vitest'
import { openDoors } from '../support/doors.ts'
import { watched } from '../support/watched.ts'
import { idOf, makeWorld, OPERATORS, TEAM } from '../support/world.ts'

const COUNT = Number(process.env.STINT_RUNS ?? (process.env.STINT_SOAK ? 100_000 : 600))
const SEED = Number(process.env.STINT_SEED ?? 20_310_203)
/** Far above what any of these takes, for busy machines; without bounds they would take minutes. */
const LONGEST = 5_000

/** mulberry32: small, and the same everywhere. */
function chance(seed: number) {
  let a = seed
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, pick: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T }
}

// biome-ignore format: lists of words
const LISTS = ['users', 'groups', 'servicePrincipals', 'applications', 'directoryRoles', 'directory/administrativeUnits', `groups/${TEAM}/members`, `groups/${OPERATORS}/transitiveMembers`,
  `users/${idOf('sam')}/memberOf`, 'me/transitiveMemberOf', 'me/memberOf/microsoft.graph.group', 'roleManagement/directory/roleAssignments', 'roleManagement/directory/roleDefinitions', 'roleManagement/directory/roleAssignmentScheduleRequests',
  'users/$count', `directoryRoles(roleTemplateId='${TEAM}')`, 'directory/administrativeUnits/x/scopedRoleMembers', 'roleManagement/directory/transitiveRoleAssignments', 'policies/roleManagementPolicyAssignments',
  `roleManagement/directory/roleSchedules(directoryScopeId='/',appScopeId=null,principalId=@p,roleDefinitionId='x')`]
const PROPERTIES = [
  'id',
  'displayName',
  'displayName',
  'displayName',
  'id',
  'userPrincipalName',
  'mail',
  'appId',
  'groupTypes',
  'servicePrincipalNames',
  'isAssignableToRole',
  'createdDateTime',
  'accountEnabled',
  'principalId',
  'status',
  'constructor',
  '__proto__',
  'a/b/c',
  'microsoft.graph.user/id',
]
const VALUES = [
  "'x'",
  "''",
  "'%25_\\'",
  'null',
  'true',
  '1',
  '1e308',
  '2031-01-01',
  '9999-12-31T23:59:59-14:00',
  idOf('sam'),
  `'${TEAM}'`,
  "'\uFFFF'",
  "'🙂'",
  `'${'x'.repeat(300)}'`,
  '-1',
  "'--;drop'",
]
const OPS = ['eq', 'eq', 'eq', 'ne', 'ne', 'gt', 'ge', 'lt', 'le', 'has']
const WORDS = [
  '"displayName:pay"',
  '"x"',
  'AND',
  'OR',
  'NOT',
  '(',
  ')',
  '"mail:"',
  '"',
  '"a:b:c"',
  '"displayName:%25_"',
  `"${'y '.repeat(60)}"`,
]
const EXPANDS = [
  'manager',
  'memberOf',
  'members',
  'owners',
  '*',
  'manager($expand=manager)',
  'memberOf($select=id)',
  'members($filter=id eq 1)',
  'x',
  '((',
  'manager,manager,memberOf',
  'a($expand=b($expand=c($expand=d($expand=e))))',
]

describe('Graph under hostile queries', async () => {
  const w = await makeWorld()
  const { deps, token } = await openDoors(w)
  const { app, faults, thrown } = watched(deps)

  const send = async (authorization: string, method: string, path: string, body?: string) => {
    const began = performance.now()
    const response = await app.request(`https://pim.test${path}`, {
      method,
      headers: { authorization, consistencylevel: 'eventual', 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    })
    const text = await response.text()
    return { status: response.status, text, ms: performance.now() - began }
  }
  const bearer = async () => `Bearer ${await token('admin')}`

  const random = chance(SEED)
  const { pick, next } = random
  const filter = (depth = 0): string => {
    const roll = next()
    if (depth < 6 && roll < 0.25)
      return `(${filter(depth + 1)} ${pick(['and', 'or', 'and', 'or', 'and', 'or', 'and', 'xor'])} ${filter(depth + 1)})`
    if (depth < 6 && roll < 0.32) return `not(${filter(depth + 1)})`
    if (roll < 0.42)
      return `${pick(PROPERTIES)}/${pick(['any', 'all', 'any', 'none'])}(c:${pick(['c', 'c', 'c', 'x'])} ${pick(OPS)} ${pick(VALUES)})`
    if (roll < 0.5)
      return `${pick(['startswith', 'endswith', 'contains', 'substringof', 'isof', 'length'])}(${pick(PROPERTIES)},${pick(VALUES)})`
    if (roll < 0.56) return `${pick(PROPERTIES)} in (${pick(VALUES)},${pick(VALUES)})`
    return `${pick(PROPERTIES)} ${pick(OPS)} ${pick(VALUES)}`
  }
  const query = (): string => {
    const parts = [`$filter=${encodeURIComponent(filter())}`]
    if (next() < 0.3)
      parts.push(`$search=${encodeURIComponent(Array.from({ length: 1 + Math.floor(next() * 6) }, () => pick(WORDS)).join(' '))}`)
    if (next() < 0.3) parts.push(`$expand=${encodeURIComponent(pick(EXPANDS))}`)
    if (next() < 0.3) parts.push(`$orderby=${encodeURIComponent(`${pick(PROPERTIES)} ${pick(['asc', 'desc', 'up'])}`)}`)
    if (next() < 0.3) parts.push(`$select=${pick(['id', 'Id,displayName', '*', 'x', '__proto__'])}`)
    if (next() < 0.3) parts.push(`$top=${pick(['0', '1', '999', '99999999999', '-1'])}`)
    if (next() < 0.3) parts.push('$count=true')
    if (next() < 0.1)
      parts.push(
        `$skiptoken=${pick(['x', Buffer.from('["a","b"]').toString('base64url'), Buffer.from(`["\\u0000","${TEAM}"]`).toString('base64url'), Buffer.from(`["x","${TEAM}"]`).toString('base64url')])}`,
      )
    return parts.filter(() => next() < 0.9).join('&')
  }

  it(`${COUNT} queries, seed ${SEED}`, async () => {
    const statuses = new Map<number, number>()
    const bad: string[] = []
    let longest = 0
    let authorization = await bearer()
    for (let i = 0; i < COUNT; i += 8) {
      if (i % 800 === 0) authorization = await bearer()
      const urls = Array.from({ length: 8 }, () => `/${pick(['v1.0', 'beta'])}/${pick(LISTS)}?${query()}`)
      const answers = await Promise.all(urls.map((url) => send(authorization, 'GET', url)))
      for (const [n, { status, ms }] of answers.entries()) {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        longest = Math.max(longest, ms)
        if (status >= 500 || ms > LONGEST) bad.push(`${status} ${Math.round(ms)} ms ${urls[n]}`)
      }
    }
    console.info(`Graph queries: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}, longest ${Math.round(longest)} ms`)
    expect(bad).toEqual([])
    expect(faults).toEqual([])
    expect(thrown).toEqual([])
    // Some of it must get through, or nothing but the parser was tried.
    expect(statuses.get(200) ?? 0).toBeGreaterThan(COUNT / 50)
  }, 3_600_000)

  it.each([
    ['joined by or', (n: number) => Array.from({ length: n }, (_, i) => `displayName eq '${i}'`).join(' or ')],
    ['listed', (n: number) => `id in (${Array.from({ length: n }, (_, i) => `'${i}'`).join(',')})`],
    ['nested', (n: number) => `${'('.repeat(n)}id eq 'x'${')'.repeat(n)}`],
    ['negated', (n: number) => `${'not '.repeat(n)}(id eq 'x')`],
    ['lambdas', (n: number) => Array.from({ length: n }, () => `groupTypes/any(c:c eq 'x')`).join(' and ')],
    ['quotes', (n: number) => `displayName eq '${"''".repeat(n)}'`],
    ['open quotes', (n: number) => "'".repeat(n)],
    ['unfinished', (n: number) => `displayName eq ${'(a '.repeat(n)}`],
  ])('a filter of 10,000 terms, %s, is refused at once', async (_, make) => {
    const authorization = await bearer()
    for (const path of ['users', 'groups', 'roleManagement/directory/roleAssignmentScheduleRequests']) {
      const url = `/v1.0/${path}?$count=true&$filter=${encodeURIComponent(make(10_000))}`
      const { status, ms } = await send(authorization, 'GET', url)
      expect(status).toBe(400)
      expect(ms).toBeLessThan(LONGEST)
      // The same within a batch, whose url is bounded like any text of a body.
      const batch = JSON.stringify({ requests: [{ id: '1', method: 'GET', url: url.slice(5) }] })
      const within = await send(authorization, 'POST', '/v1.0/$batch', batch)
      expect([200, 400, 413]).toContain(within.status)
      if (within.status === 200) expect(JSON.parse(within.text).responses[0].status).toBe(400)
      expect(within.ms).toBeLessThan(LONGEST)
    }
  })

  it('the largest filter that is taken is answered in time', async () => {
    const authorization = await bearer()
    const wide = Array.from({ length: 250 }, (_, i) => `contains(displayName,'${i}')`).join(' or ')
    const lambdas = Array.from({ length: 120 }, (_, i) => `groupTypes/any(c:c eq '${i}')`).join(' or ')
    const deep = `${'not('.repeat(14)}id eq 'x'${')'.repeat(14)}`
    for (const f of [wide, lambdas, deep]) {
      const { status, ms } = await send(authorization, 'GET', `/v1.0/groups?$count=true&$filter=${encodeURIComponent(f)}`)
      expect(status).toBe(200)
      expect(ms).toBeLessThan(LONGEST)
    }
  })

  it('hostile batches', async () => {
    const authorization = await bearer()
    const item = { id: '1', method: 'GET', url: '/me' }
    const all = (n: number, make: (i: number) => object) => ({ requests: Array.from({ length: n }, (_, i) => make(i)) })
    // biome-ignore format: one line a body
    const bodies: readonly string[] = [
      JSON.stringify(all(10_000, (i) => ({ ...item, id: `${i}` }))),
      JSON.stringify(all(20, (i) => ({ ...item, id: `${i}`, dependsOn: Array.from({ length: 20 }, (_, n) => `${n}`) }))),
      JSON.stringify(all(20, (i) => ({ ...item, id: `${i}`, dependsOn: Array.from({ length: i }, (_, n) => `${n}`) }))),
      JSON.stringify(all(1, () => ({ ...item, dependsOn: Array(5_000).fill('1') }))),
      JSON.stringify(all(1, () => ({ ...item, url: `/${'x/'.repeat(3_000)}` }))),
      JSON.stringify(all(1, () => ({ ...item, url: '/me?'.repeat(2_000) }))),
      JSON.stringify(all(1, () => ({ ...item, url: '/../../api/v1/tenant' }))),
      JSON.stringify(all(1, () => ({ ...item, url: '/%2e%2e/api' }))),
      JSON.stringify(all(1, () => ({ ...item, url: '\\\\elsewhere\\me' }))),
      JSON.stringify(all(1, () => ({ ...item, url: 'javascript:alert(1)' }))),
      JSON.stringify(all(1, () => ({ ...item, id: 'x'.repeat(8_000) }))),
      JSON.stringify(all(1, () => ({ ...item, headers: { 'content-type': 'x\r\ny: z' } }))),
      JSON.stringify(all(1, () => ({ ...item, method: 'POST', url: '/groups', headers: { 'content-type': 'application/json' }, body: { displayName: 'x'.repeat(200_000) } }))),
      `{"requests":[{"id":"1","method":"GET","url":"/me","__proto__":{"url":"/users"}}]}`,
      `{"requests":[{"id":"__proto__","method":"GET","url":"/me","dependsOn":["constructor"]}]}`,
      `{"requests":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
      `{"requests":{"0":{}}}`, '[]', 'null', '{"requests":[null]}', '{"requests":["GET /me"]}',
    ]
    for (const body of bodies) {
      const { status, ms } = await send(authorization, 'POST', '/v1.0/$batch', body)
      expect(status, body.slice(0, 200)).toBeLessThan(500)
      expect(ms, body.slice(0, 200)).toBeLessThan(LONGEST)
    }
    expect(faults).toEqual([])
    expect(thrown).toEqual([])
  })
})
