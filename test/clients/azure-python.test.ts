// Debian's `azure-mgmt-authorization` 3.0 for Python, unmodified, over TLS: every verb of the table passes.

import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Cell } from '../support/client-child.ts'
import { required, run } from '../support/programs.ts'
import { sampleServer, scratch } from '../support/server.ts'
import { makeCertificates } from '../support/tls.ts'

const PYTHON = required('/usr/bin/python3', 'install Debian’s python3-azure')

it('does all that an administrator and an engineer do with it', async () => {
  const folder = await scratch()
  const tls = await makeCertificates(folder)
  const server = await sampleServer({ tlsCert: tls.cert, tlsKey: tls.key })
  const task = {
    url: server.publicUrl,
    admin: await server.token('admin@contoso.com', { audience: 'arm' }),
    engineer: await server.token('engineer@contoso.com', { audience: 'arm' }),
    engineerId: '11111111-1111-1111-1111-111111111111',
  }
  const script = fileURLToPath(new URL('./azure_mgmt.py', import.meta.url))
  const done = await run(PYTHON, [script, JSON.stringify(task)], { HOME: folder, REQUESTS_CA_BUNDLE: tls.ca })
  expect(done.code, done.err).toBe(0)
  const cells = done.out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Cell)
  for (const { verb, ok, detail } of cells) console.info(`azure-mgmt-authorization  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells).toHaveLength(18)
})
