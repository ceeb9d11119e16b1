// The installation's settings at the native door: who reads them, who changes them, and that they hold at once.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { readInstallation } from '../../src/operations/installation.ts'
import { addTenant } from '../../src/store/tenant-rows.ts'
import { type Doors, openDoors } from '../support/doors.ts'
import { makeWorld, SETTINGS, TENANT, type World } from '../support/world.ts'

let w: World
let doors: Doors
beforeAll(async () => {
  w = await makeWorld()
  await addTenant(w.db, { id: TENANT, displayName: 'Contoso', domains: ['contoso.com'] })
  const refresh = async () => {
    w.settings = (await readInstallation(w.db, SETTINGS))?.settings ?? SETTINGS
  }
  Object.assign(w.ctx, { refresh })
  doors = await openDoors(w)
})
afterAll(() => w.drop())

const change = (who: 'admin' | 'sam', body: object) => doors.send(who, 'PATCH', '/api/v1/settings', body)

it('start as the reference has them', async () => {
  expect(await doors.send('admin', 'GET', '/api/v1/settings')).toMatchObject({
    status: 200,
    body: { sideDoors: 'open', elevatedAccess: 'PT8H' },
  })
  expect(await doors.send('sam', 'GET', '/api/v1/settings')).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
})

it('are changed one by one by those who run the installation, told of once, and hold at once', async () => {
  expect(await change('sam', { sideDoors: 'closed' })).toMatchObject({ status: 403 })
  expect(w.settings.sideDoors).toBe('open')
  expect(await change('admin', { sideDoors: 'closed' })).toMatchObject({
    status: 200,
    body: { sideDoors: 'closed', elevatedAccess: 'PT8H' },
  })
  expect(w.settings.sideDoors).toBe('closed')
  expect(await change('admin', { elevatedAccess: 'PT1H' })).toMatchObject({ body: { sideDoors: 'closed', elevatedAccess: 'PT1H' } })
  expect(await change('admin', { elevatedAccess: 'PT1H' })).toMatchObject({ status: 200 })
  const told = await w.db.query<{ kind: string; n: number }>(
    "select kind, count(*)::int as n from events where action = 'updateSettings' group by kind order by kind",
  )
  expect(told).toEqual([
    { kind: 'change', n: 2 },
    { kind: 'refusal', n: 1 },
  ])
})

it.each([
  [{ elevatedAccess: 'P30D' }, 'MalformedBody'],
  [{ elevatedAccess: 'PT1S' }, 'MalformedBody'],
  [{ elevatedAccess: 'P1M' }, 'MalformedBody'],
  [{ elevatedAccess: 'soon' }, 'MalformedBody'],
  [{ sideDoors: 'ajar' }, 'MalformedBody'],
  [{ other: 1 }, 'MalformedBody'],
])('refuses %j', async (body, code) => {
  expect(await change('admin', body)).toMatchObject({ status: 400, body: { code } })
  expect(w.settings).toMatchObject({ sideDoors: 'closed', elevation: 3_600_000 })
})
