// `@microsoft/microsoft-graph-client` 3, unmodified, over TLS against the server as it is run, on the directory and the group plane
// (must show 3): every verb of the table passes.

import { expect, it } from 'vitest'
import { clientChild } from '../support/client-child.ts'
import { sampleServer, scratch } from '../support/server.ts'
import { makeCertificates } from '../support/tls.ts'

const VERBS = [
  'make eligible',
  'list mine',
  'read a policy',
  'validate',
  'validate what is too long',
  'activate',
  'list instances',
  'list requests',
  'deactivate',
  'cancel',
  'who am I',
]

it.each(['directory', 'group'] as const)('does all that an administrator and an engineer do with it, on the %s plane', async (plane) => {
  const tls = await makeCertificates(await scratch())
  const server = await sampleServer({ tlsCert: tls.cert, tlsKey: tls.key })
  const task = {
    url: server.publicUrl,
    plane,
    admin: await server.token('admin@contoso.com', { audience: 'graph' }),
    me: await server.token('engineer@contoso.com', { audience: 'graph' }),
    approver: await server.token('lead@contoso.com', { audience: 'graph' }),
    meId: '11111111-1111-1111-1111-111111111111',
  }
  const cells = await clientChild(new URL('./graph-client-script.ts', import.meta.url), task, tls.ca)
  for (const { verb, ok, detail } of cells)
    console.info(`@microsoft/microsoft-graph-client ${plane}  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells.map((one) => one.verb).filter((verb) => verb !== 'approve')).toEqual(VERBS)
})
