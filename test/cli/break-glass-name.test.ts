// The way in where the server's own name leads nowhere: over TLS, at the loopback address of its machine.

import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { cli, sampleServer, scratch, type TestServer } from '../support/server.ts'
import { makeCertificates } from '../support/tls.ts'

const WHO = ['breakglass1@contoso.com', 'breakglass2@contoso.com'] as const
// A name of its certificate that is not to be resolved here.
const NAME = 'https://login.microsoftonline.com:1'
let server: TestServer
let env: Record<string, string>

beforeAll(async () => {
  const folder = await scratch()
  const tls = await makeCertificates(folder)
  server = await sampleServer({ tlsCert: tls.cert, tlsKey: tls.key, publicUrl: NAME })
  env = {
    ...{ STINT_HOME: join(folder, 'home'), STINT_DATA: server.data, DATABASE_URL: server.databaseUrl },
    ...{ STINT_TLS_CERT: tls.cert, STINT_TLS_KEY: tls.key, NODE_EXTRA_CA_CERTS: tls.ca },
  }
})

it('a sign-in and a drill go past the name, by the certificate of that name', async () => {
  const secrets: string[] = []
  for (const who of WHO) secrets.push(JSON.parse((await cli(['break-glass', 'rotate', who, '--json'], env)).out).secret)
  const ran = await cli(['break-glass', 'sign-in', WHO[0], '--json'], env, `${secrets[0]}\n`)
  expect([ran.code, JSON.parse(ran.out)]).toMatchObject([0, { upn: WHO[0], url: server.url, minutes: 60 }])
  expect(JSON.parse((await cli(['whoami', '--json'], env)).out)).toMatchObject({ upn: WHO[0], url: server.url })
  const drill = await cli(['drill', WHO[1], '--json'], env, `${secrets[1]}\n`)
  expect(JSON.parse(drill.out)).toMatchObject({ passed: true })
  expect(drill.code).toBe(0)
})
