// `@azure/arm-authorization` 9, unmodified, over TLS against the server as it is run (must show 3): every verb of the table passes.

import { expect, it } from 'vitest'
import { clientChild } from '../support/client-child.ts'
import { sampleServer, scratch } from '../support/server.ts'
import { makeCertificates } from '../support/tls.ts'

const VERBS = [
  'make eligible',
  'list mine',
  'eligible child resources',
  'validate',
  'validate what is too long',
  'activate',
  'read the request',
  'list instances',
  'list schedules',
  'list role assignments',
  'deactivate',
  'cancel',
  'read a policy',
  'change a policy',
  'read a role',
]

async function taskOn() {
  const tls = await makeCertificates(await scratch())
  const server = await sampleServer({ tlsCert: tls.cert, tlsKey: tls.key })
  const task = {
    url: server.publicUrl,
    admin: await server.token('admin@contoso.com', { audience: 'arm' }),
    engineer: await server.token('engineer@contoso.com', { audience: 'arm' }),
    engineerId: '11111111-1111-1111-1111-111111111111',
  }
  return { task, ca: tls.ca }
}

it('does all that an administrator and an engineer do with it', async () => {
  const { task, ca } = await taskOn()
  const cells = await clientChild(new URL('./arm-authorization-script.ts', import.meta.url), task, ca)
  for (const { verb, ok, detail } of cells) console.info(`@azure/arm-authorization  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells.map((one) => one.verb)).toEqual(VERBS)
})

it('calls every operation there is', async () => {
  const { task, ca } = await taskOn()
  const cells = await clientChild(new URL('./arm-authorization-all-script.ts', import.meta.url), task, ca)
  for (const { verb, ok, detail } of cells) console.info(`@azure/arm-authorization  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells.length).toBeGreaterThan(50)
})
