// From an assignment at a running server to the inbox of whom it concerns, by the API and by the command.

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { cli, sampleServer } from '../support/server.ts'

const server = await sampleServer()
const admin = await server.client('admin@contoso.com')
const sam = await server.client('sam@contoso.com')
const contractor = await server.client('contractor@contoso.com')

it('tells the holder and the administrators within moments, and nobody else', async () => {
  const before = Object.fromEntries((await contractor.myMessages({ query: {} })).items.map((m) => [m.id, m]))
  const made = await admin.submit({
    body: {
      action: 'adminAssign',
      level: 'Eligibility',
      role: 'User Administrator',
      principal: 'sam@contoso.com',
      duration: 'P30D',
      justification: 'joins the help desk',
    },
  })
  const mine = async () => (await sam.myMessages({ query: {} })).items.filter((m) => m.requestId === made.id)
  for (let i = 0; i < 100 && (await mine()).length === 0; i++) await sleep(50)
  expect(await mine()).toMatchObject([
    { kind: 'EligibleAssigned', words: expect.stringContaining('You were made eligible for User Administrator'), readAt: null },
  ])
  expect((await admin.myMessages({ query: {} })).items.filter((m) => m.requestId === made.id)).toHaveLength(1)
  expect((await contractor.myMessages({ query: {} })).items.filter((m) => !(m.id in before))).toEqual([])
  const env = { STINT_URL: server.url, STINT_TOKEN: await server.token('sam@contoso.com') }
  const shown = await cli(['inbox', '--limit', '1'], env)
  expect(shown).toMatchObject({ code: 0, out: expect.stringMatching(/EligibleAssigned +You were made eligible for User Administrator/) })
  const pages = await sam.myMessages({ query: { limit: 1 } })
  expect(JSON.parse((await cli(['inbox', '--limit', '1', '--json'], env)).out)).toEqual(pages)
})
