// Paths, filters and bodies of a fixed seed at the ARM door: no fault of ours, nothing seen or changed at another scope than the one that
// the path names, by whoever owns just one resource group. 100,000 of them with STINT_SOAK=1.

import { beforeAll, describe, expect, it } from 'vitest'
import { addScopes } from '../../src/store/directory-rows.ts'
import { openDoors } from '../support/doors.ts'
import { hostileArm, LEDGER, VAULT } from '../support/hostile-arm.ts'
import { watched } from '../support/watched.ts'
import { CONTRIBUTOR, idOf, makeWorld, OWNER, RG, resourceRole, SUBSCRIPTION } from '../support/world.ts'

const COUNT = process.env.STINT_SOAK ? 25_000 : 500
const SEED = Number(process.env.STINT_SEED ?? 20_310_204)
const root = '/providers/microsoft.management/managementgroups/contoso-root'

const w = await makeWorld()
const { deps, token, send } = await openDoors(w)
const { app, faults, thrown } = watched(deps)

await addScopes(w.db, [
  {
    plane: 'resource',
    id: VAULT,
    kind: 'resource',
    displayName: 'hidden-vault',
    spelling: VAULT,
    parent: RG,
    ancestors: [RG, SUBSCRIPTION, root, '/'],
    attributes: { type: 'Microsoft.KeyVault/vaults', tags: { a: 'b' } },
  },
])
await w.seed(idOf('engineer'), 'Assignment', resourceRole(LEDGER, OWNER))
const secret = await w.seed(idOf('lead'), 'Assignment', resourceRole(RG, CONTRIBUTOR))
await w.seed(idOf('lead'), 'Eligibility', resourceRole(VAULT, CONTRIBUTOR))

const state = async () =>
  (
    await w.db.query(`select (select count(*) from requests) as r, (select count(*) from schedules) as s, (select count(*) from policies) as p,
      (select count(*) from scopes) as c, (select count(*) from roles) as o, (select count(*) from scopes where deleted_at is not null) as d`)
  )[0]

const restored = () => w.db.query('update scopes set deleted_at = null where deleted_at is not null')

/** What somebody changed, where. */
const changed = async (who: string) =>
  w.db.query<{ scope: string; role: string; action: string }>(
    `select distinct scope, role, action from events where actor_id = $1 and kind <> 'refusal' order by 1, 2, 3`,
    [who],
  )

describe('fuzzed', () => {
  it.each(['engineer', 'auditor', 'admin', null] as const)(
    `as %s: ${COUNT} requests, seed ${SEED}`,
    async (who) => {
      const next = hostileArm(SEED + String(who).length)
      const before = await state()
      const statuses = new Map<number, number>()
      const bad: string[] = []
      const authorization = who === null ? null : `Bearer ${await token(who)}`
      const one = async () => {
        const { method, path, body } = next()
        const headers = { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' }
        const response = await app.request(`https://pim.test${path}`, { method, headers, ...(body === null ? {} : { body }) })
        const text = await response.text()
        const line = `${response.status} ${method} ${path} ${body?.slice(0, 300) ?? ''}`
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        // Put back, so that what comes after has something to hit.
        if (response.status === 202) await restored()
        if (response.status >= 500) bad.push(line)
        if (who === null && response.status !== 401 && response.status !== 400) bad.push(line)
        if (response.status >= 400 && method !== 'HEAD' && !/^\{"(error|type)":/.test(text)) bad.push(`${line}: ${text.slice(0, 200)}`)
        // Who owns one group sees nothing of the other: neither its resource, nor who holds what there. A refusal may say the path again,
        // and so does the link to a next page.
        const shown = response.ok ? text.replace(/"@?nextLink":"[^"]*"/, '') : ''
        if (who === 'engineer' && (shown.includes('hidden-vault') || shown.includes(secret))) bad.push(`SEEN ${line}`)
      }
      for (let i = 0; i < COUNT; i += 8) await Promise.all(Array.from({ length: 8 }, one))
      console.info(`ARM fuzz as ${who}: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`)
      expect(bad).toEqual([])
      expect(faults).toEqual([])
      expect(thrown).toEqual([])
      if (who === 'auditor' || who === null) expect(await state()).toEqual(before)
      if (who === 'engineer') {
        const all = await changed(idOf('engineer'))
        expect(all.length).toBeGreaterThan(0)
        expect(all.filter(({ scope }) => scope !== LEDGER && !scope.startsWith(`${LEDGER}/`))).toEqual([])
        const wide = await w.db.query(
          `select id, assignable_scopes from roles where created_by = $1 and not (assignable_scopes <@ array[$2])`,
          [idOf('engineer'), LEDGER],
        )
        expect(wide).toEqual([])
      }
    },
    1_800_000,
  )
})

describe('a trick in front of or around the scope', () => {
  const P = 'providers/Microsoft.Authorization'
  const name = 'bbbbbbbb-0000-4000-8000-000000000001'
  const body = { properties: { roleDefinitionId: `/${P}/roleDefinitions/${OWNER}`, principalId: idOf('sam') } }
  const to = (scope: string) => `${scope}/${P}/roleAssignments/${name}?api-version=2022-04-01`

  beforeAll(async () => {
    await restored()
    await w.db.query(`delete from schedules where principal_id = any($1::uuid[]) and plane = 'resource'`, [[idOf('engineer'), idOf('sam')]])
    await w.seed(idOf('engineer'), 'Assignment', resourceRole(LEDGER, OWNER))
  })

  it.each([
    `${LEDGER}/../rg-payments-prod`,
    `${LEDGER}/..%2frg-payments-prod`,
    `${LEDGER}%2f..%2frg-payments-prod`,
    `${LEDGER}/%2e%2e/rg-payments-prod`,
    `${LEDGER};/../rg-payments-prod`,
    `${LEDGER}%00/../rg-payments-prod`,
    `${LEDGER}%5c..%5crg-payments-prod`,
    `${LEDGER}/%252e%252e/rg-payments-prod`,
    `${LEDGER}${RG}`,
    `${LEDGER}/${P}${RG}`,
    `${LEDGER}/${P}/roleAssignments/${name}${RG}`,
    `/${P}${RG}`,
    `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod/resourcegroups/rg-payments-prod`,
    `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod,rg-payments-prod`,
    `${SUBSCRIPTION}/resourcegroups/rg-payments-prod%20`,
    `${SUBSCRIPTION}/resourcegroups/rg-payments-prod.`,
    `${SUBSCRIPTION}/resourcegroups/*`,
    `//evil.example${LEDGER}`,
    RG,
    RG.toUpperCase(),
    `//${RG}`,
    `/providers/Microsoft.Subscription${RG}`,
    SUBSCRIPTION,
    '',
  ])('gives the owner of one group nothing at another: %s', async (scope) => {
    const schedules = async () => w.db.query('select id, status from schedules order by id')
    const before = await schedules()
    const answer = await send('engineer', 'PUT', to(scope), body)
    expect([400, 403, 404]).toContain(answer.status)
    expect(await schedules()).toEqual(before)
  })

  it.each([
    LEDGER,
    `//${LEDGER}`,
    `${LEDGER}//`,
    LEDGER.toUpperCase(),
    `/providers/Microsoft.Subscription${LEDGER}`,
    LEDGER.replace('rg-', '%72g-'),
  ])('names the same scope, by whichever spelling: %s', async (scope) => {
    const answer = await send('engineer', 'PUT', to(scope), body)
    expect([200, 201], JSON.stringify(answer.body)).toContain(answer.status)
    const rows = await w.db.query('select scope from schedules where name = $1', [name])
    expect(rows).toEqual([{ scope: LEDGER }])
  })
})
