// What breaks on our side is told in ARM's dialect too, with the ids that help to find it and nothing of what broke.

import { expect, it } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { openDoors } from '../support/doors.ts'
import { makeWorld, SUBSCRIPTION } from '../support/world.ts'

it('a database that is gone', async () => {
  const w = await makeWorld()
  const { deps, token } = await openDoors(w)
  const logged: unknown[] = []
  const app = createApp({ ...deps, log: { ...deps.log, error: (data) => void logged.push(data) } })
  const authorization = `Bearer ${await token('admin')}`
  await w.ctx.db.close()
  for (const [method, path] of [
    ['GET', '/subscriptions?api-version=2022-12-01'],
    ['GET', `${SUBSCRIPTION}/providers/Microsoft.Authorization/roleAssignments?api-version=2022-04-01`],
    ['PUT', `${SUBSCRIPTION}/resourcegroups/rg?api-version=2022-09-01`],
  ] as const) {
    const body = method === 'PUT' ? JSON.stringify({ location: 'x' }) : null
    const answer = await app.request(`https://pim.test${path}`, { method, headers: { authorization }, body })
    expect(answer.status).toBe(500)
    expect(await answer.json()).toEqual({
      error: { code: 'InternalServerError', message: expect.stringContaining('quote the request id') },
    })
    expect(answer.headers.get('content-type')).toContain('application/json')
    expect(answer.headers.get('x-ms-request-id')).toBe(answer.headers.get('request-id'))
  }
  expect(logged).toHaveLength(3)
})
