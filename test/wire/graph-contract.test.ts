// Every published Graph operation of the families that are built: sent to the sample tenant, its status held against section 2.5 of the
// contract reference and its answer against the published schema. Exceptions stand in the table of cases, each with its section.

import { describe, expect, it } from 'vitest'
import { makeContoso } from '../support/contoso.ts'
import { openDoors, type Reply } from '../support/doors.ts'
import { judge, type Operation, operations, present } from '../support/graph-schemas.ts'
import type { World } from '../support/world.ts'
import { ELSEWHERE, EXCEPTIONS } from './graph-contract-cases.ts'
import { makeFixtures } from './graph-contract-fixtures.ts'

if (!present) console.warn('SKIPPED: the published Graph index is not here; put the shared folder beside the project')

const elsewhere = (path: string) => Object.values(ELSEWHERE).some((family) => family.test(path))
const exceptionOf = (o: Operation) => EXCEPTIONS.find((e) => e.methods.includes(o.method) && e.path.test(o.path))

/** The status that section 2.5 gives an operation. */
function wanted({ method, path }: Operation): number {
  const action = path.split('/').at(-1) ?? ''
  if (method === 'GET') return /\/appScope$/.test(path) ? 204 : 200
  if (method === 'PATCH') return /roleManagementPolicies\/\{[^}]*\}$/.test(path) ? 200 : 204
  if (method === 'POST' && /^(?:get|check)/.test(action)) return 200
  if (method === 'POST' && action === 'revokeSignInSessions') return 200
  if (method === 'POST') return /^(?:\$ref|cancel)$/.test(action) ? 204 : 201
  return 204
}

/** What the answer's items are declared as; null where the operation answers nothing that has a type. */
function declared({ responses, path }: Operation): { type: string | null; list: boolean } {
  const name = responses['2XX'] ?? null
  const list = /Collection|Collection.*Response$/.test(name ?? '') || /filterByCurrentUser|getByIds/.test(path)
  const type = name?.startsWith('microsoft.graph.') ? name.replace('microsoft.graph.', '').replace(/CollectionResponse$/, '') : null
  return { type, list }
}

describe.skipIf(!present)('the published Graph operations', async () => {
  const w = await makeContoso()
  const doors = await openDoors(w as unknown as World)
  const valid = present ? judge() : () => null
  const headersOf = async (who: string) => ({
    authorization: `Bearer ${await doors.token('admin', { oid: w.id(who) })}`,
    consistencylevel: 'eventual',
  })
  const send = async (who: string, method: string, path: string, body?: unknown): Promise<Reply> =>
    doors.send(null, method, path, body, await headersOf(who))
  const all = present ? operations() : []
  const mine = all.filter((o) => !elsewhere(o.path))
  const fixtures = present ? await makeFixtures(w, send) : null
  const outcome = { passed: 0, excepted: 0 }

  /** The schema's complaint about an answer, or null. */
  function complaint(o: Operation, reply: Reply): string | null {
    const { type, list } = declared(o)
    if (reply.status === 204) return reply.body === null ? null : 'a body with 204'
    if (o.responses['2XX'] === 'ODataCountResponse') return Number.isInteger(reply.body) ? null : 'no count'
    if (list && !Array.isArray(reply.body?.value)) return 'no list'
    const items: unknown[] = list ? reply.body.value : [reply.body]
    if (o.responses['2XX'] === 'StringCollectionResponse') return items.every((i) => typeof i === 'string') ? null : 'not texts'
    for (const item of items as Record<string, unknown>[]) {
      const own = typeof item['@odata.type'] === 'string' ? item['@odata.type'].replace('#microsoft.graph.', '') : type
      if (own === null) continue
      const wrong = valid(own, item, o.version)
      if (wrong !== null) return `${own}: ${wrong}`
    }
    return null
  }

  it.each(mine.filter((o) => exceptionOf(o)).map((o) => [`${o.version} ${o.method} ${o.path}`, o] as const))(
    '%s is not offered',
    async (_, o) => {
      const e = exceptionOf(o)
      const { path, body } = await fixtures!.request(o)
      const reply = await send('admin', o.method, path, body)
      expect(reply, `${path} ${e?.section}`).toMatchObject({ status: e?.status, body: { error: { code: expect.any(String) } } })
      if (e?.status === 405) expect(reply.headers.get('allow')).toMatch(/^[A-Z, ]+$/)
      outcome.excepted += 1
    },
  )

  it.each(mine.filter((o) => !exceptionOf(o)).map((o) => [`${o.version} ${o.method} ${o.path}`, o] as const))('%s', async (_, o) => {
    const { who, path, body } = await fixtures!.request(o)
    const reply = await send(who, o.method, path, body)
    expect(reply.status, `${path} ${JSON.stringify(reply.body)}`).toBe(wanted(o))
    expect(complaint(o, reply), JSON.stringify(reply.body)?.slice(0, 2_000)).toBeNull()
    if (reply.status === 201) expect(reply.headers.get('location')).toMatch(/^https:\/\/pim\.test\/(?:v1\.0|beta)\/.+\('[^']+'\)$/)
    outcome.passed += 1
  })

  it('says how many', () => {
    const left = Object.entries(ELSEWHERE).map(([name, family]) => `${all.filter((o) => family.test(o.path)).length} ${name}`)
    console.info(
      `published Graph operations: ${outcome.passed} answered as published of ${mine.length - outcome.excepted} offered, ${outcome.excepted} not offered by the reference (each named); left to other issues: ${left.join(', ')}`,
    )
    expect(outcome.passed + outcome.excepted).toBe(mine.length)
  })
})
