// A fresh installation in a browser: from `stint init` to the first passkey and the first stint (issue 4, must show 6).

import { once } from 'node:events'
import { chmod } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createClient } from '../../src/contract/client.ts'
import { byPasskey, enrolByLink, expectUsable, toolAt, visitor } from '../support/chromium.ts'
import { cli, scratch, startServing } from '../support/server.ts'

const folder = await scratch()
await chmod(folder, 0o755)
const env = { STINT_DATA: join(folder, 'data'), STINT_HOME: join(folder, 'home'), STINT_LOG_LEVEL: 'error' }
const asRoot = process.getuid?.() === 0 ? ['--run-as', 'nobody'] : []

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

it('from nothing to the first stint', async () => {
  const port = await freePort()
  const steps: string[] = []
  let began = performance.now()
  const step = (words: string) => {
    steps.push(`${((performance.now() - began) / 1000).toFixed(1)} s  ${words}`)
    began = performance.now()
  }

  const made = await cli(['init', '--tenant', 'example.org', '--admin', 'ada@example.org', '--port', `${port}`, '--json', ...asRoot], env)
  expect(made).toMatchObject({ code: 0 })
  const { enrolment } = JSON.parse(made.out)
  expect(enrolment.link).toMatch(new RegExp(`^http://localhost:${port}/enrol/[\\w-]{43}$`))
  step('stint init: the tenant, its first administrator, a link to enrol by')

  const { publicUrl, said } = await startServing(['--port', `${port}`, ...asRoot], env)
  step('stint serve: ready')

  const ada = await visitor()
  const codes = await enrolByLink(ada, enrolment.link)
  expect(new Set(codes).size).toBe(10)
  expect(said.err).toContain('ada@example.org has not enrolled yet')
  expect(said.err).not.toContain('/enrol/')
  step('Chromium: the link opened, a passkey made, ten recovery codes shown')

  const tool = await toolAt(publicUrl)
  await tool.begin(ada)
  await expectUsable(ada)
  await byPasskey(ada)
  const { access_token: token } = await tool.tokens()
  const client = createClient({ baseUrl: publicUrl, token, fetch })
  expect(await client.me()).toMatchObject({ upn: 'ada@example.org', amr: ['fido', 'passkey', 'mfa'] })
  step('Chromium: signed in with the passkey')

  const role = 'User Administrator'
  const eligible = { action: 'adminAssign', level: 'Eligibility', plane: 'directory', role, principal: 'ada@example.org' } as const
  const given = await client.submit({ body: { ...eligible, justification: 'the first role' } })
  expect(given.status).toBe('Provisioned')
  const stint = await client.submit({
    body: { action: 'selfActivate', plane: 'directory', role, duration: 'PT1H', justification: 'the first stint' },
  })
  expect(stint).toMatchObject({ status: 'Provisioned' })
  step('an eligible role, and the first stint with the fresh proof')

  expect(ada.complaints).toEqual([])
  console.log(steps.join('\n'))
})
