// A few thousand requests of a fixed seed at every door, made of what doors know and what breaks them: no fault of ours, nothing
// thrown, nothing changed by whoever may change nothing.

import { expect, it } from 'vitest'
import { openDoors } from '../support/doors.ts'
import { hostile } from '../support/hostile.ts'
import { watched } from '../support/watched.ts'
import { approvalBy, directoryRole, groupRole, idOf, makeWorld, resourceRole } from '../support/world.ts'

const COUNT = Number(process.env.STINT_SOAK ? 20_000 : 500)
const SEED = Number(process.env.STINT_SEED ?? 20_310_203)

const w = await makeWorld()
const { deps, token } = await openDoors(w)
const { app, faults, thrown } = watched(deps)
for (const p of [directoryRole(), resourceRole(), groupRole()]) {
  await w.seed(idOf('sam'), 'Eligibility', p)
  await w.seed(idOf('engineer'), 'Eligibility', p)
}
await w.policy(resourceRole(), [approvalBy('lead')])
const asked = await w.submit(w.as('sam'), w.ask('selfActivate', 'Assignment', resourceRole(), idOf('sam')))
const waiting = asked.ok ? asked.value.request.id : ''

const state = async () =>
  (
    await w.db.query(`select (select count(*) from requests) as r, (select count(*) from schedules) as s, (select count(*) from policies) as p,
     (select coalesce(max(modified_at), 'epoch') from schedules) as m`)
  )[0]

it.each(['admin', 'sam', 'auditor', null] as const)(
  `%s: ${COUNT} requests, seed ${SEED}`,
  async (who) => {
    const next = hostile(SEED + String(who).length, [waiting])
    const before = await state()
    const statuses = new Map<number, number>()
    const bad: string[] = []
    const authorization = who === null ? null : `Bearer ${await token(who)}`
    const one = async () => {
      const { method, path, body } = next()
      const headers = {
        ...(authorization ? { authorization } : {}),
        'content-type': 'application/json',
        'client-request-id': 'a'.repeat(300),
      }
      const response = await app.request(`https://pim.test${path}`, { method, headers, ...(body === null ? {} : { body }) })
      await response.body?.cancel()
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
      if (response.status >= 500) bad.push(`${method} ${path} ${body?.slice(0, 300) ?? ''}`)
      if (who === null && response.status !== 401) bad.push(`${method} ${path} ${response.status}`)
    }
    for (let i = 0; i < COUNT; i += 8) await Promise.all(Array.from({ length: 8 }, one))
    console.info(`fuzz as ${who}: ${JSON.stringify(Object.fromEntries([...statuses].sort()))}`)
    expect(bad).toEqual([])
    expect(faults).toEqual([])
    expect(thrown).toEqual([])
    // The auditor holds nothing and is eligible for nothing.
    if (who === 'auditor' || who === null) expect(await state()).toEqual(before)
  },
  600_000,
)
