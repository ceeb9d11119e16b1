// `@azure/identity` 4, unmodified, over TLS: programs by secret and by certificate.

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { authorityServer, TENANT } from '../support/authority.ts'
import { clientChild } from '../support/client-child.ts'
import { scratch } from '../support/server.ts'
import { makeCertificates } from '../support/tls.ts'

it('signs in', async () => {
  const folder = await scratch()
  const tls = makeCertificates(folder)
  const server = await authorityServer({ tlsCert: tls.cert, tlsKey: tls.key })
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'
  const admin = await server.client('admin@contoso.com')
  const app = await admin.createApp({ body: { name: 'identity' } })
  const { secret } = await admin.addSecret({ params: { id: app.appId }, body: {} })
  const [key, cert] = [join(folder, 'app.key'), join(folder, 'app.pem')]
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', '-subj', '/CN=app'],
    { stdio: 'pipe' },
  )
  await admin.addCertificate({ params: { id: app.appId }, body: { pem: readFileSync(cert, 'utf8') } })
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
  const pem = `${readFileSync(key, 'utf8')}${readFileSync(cert, 'utf8')}`
  const task = { url: server.publicUrl, tenant: TENANT, clientId: app.appId, secret, pem }
  const cells = await clientChild(new URL('./identity-script.ts', import.meta.url), task, tls.ca)
  for (const { verb, ok, detail } of cells) console.info(`@azure/identity  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells).toHaveLength(4)
})
