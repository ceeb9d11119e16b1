// `@azure/identity` 4, unmodified, over TLS, and the ARM and Graph clients with its tokens: every way a script signs in.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { clientChild } from '../support/client-child.ts'
import { DELEGATED, openClientHouse, PASSWORD } from '../support/programs.ts'
import { selfSigned } from '../support/tls.ts'

const VERBS = [
  'secret',
  'secret, the tenant by its domain',
  'secret, each resource in its own name',
  'secret, the Graph client',
  'a wrong secret is refused in words',
  'an unknown resource is refused in words',
  'certificate',
  'federated assertion',
  'user name and password',
  'device code',
]

it('signs in every way', async () => {
  const house = await openClientHouse()
  const program = await house.app('script', { application: ['User.Read.All', 'RoleManagement.ReadWrite.Directory'], owner: true })
  const people = await house.app('people', { publicClient: true, passwordGrant: true, delegated: DELEGATED })
  await house.password('admin@contoso.com', ['--allow-password-grant', '--amr', 'pwd,mfa'])
  const folder = await house.home('identity')
  const certificate = join(folder, 'cert.pem')
  const made = await selfSigned('script')
  writeFileSync(certificate, made.pem)
  await house.stint('app', 'certificate', 'add', program.appId, certificate)
  writeFileSync(join(folder, 'both.pem'), `${made.key}${made.pem}`)
  const issuer = await generateKeyPair('RS256', { extractable: true })
  const federated = { issuer: 'https://pipelines.example.net', subject: 'repo:contoso/infra:ref:refs/heads/main' }
  const jwk = { ...(await exportJWK(issuer.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const keys = join(folder, 'keys.json')
  writeFileSync(keys, JSON.stringify({ keys: [jwk] }))
  await house.stint('app', 'federated', 'add', program.appId, '--issuer', federated.issuer, '--subject', federated.subject, '--keys', keys)
  const assertion = await new SignJWT({})
    .setProtectedHeader({ alg: 'RS256', kid: 'one' })
    .setIssuer(federated.issuer)
    .setSubject(federated.subject)
    .setAudience('api://AzureADTokenExchange')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(issuer.privateKey)
  const task = {
    url: house.server.publicUrl,
    ca: house.tls.ca,
    tenant: house.tenant,
    domain: 'contoso.com',
    program,
    certificate: join(folder, 'both.pem'),
    assertion,
    people: people.appId,
    who: 'admin@contoso.com',
    password: PASSWORD,
  }
  const cells = await clientChild(new URL('./azure-identity-script.ts', import.meta.url), task, house.tls.ca)
  for (const { verb, ok, detail } of cells) console.info(`@azure/identity  ${ok ? 'pass' : 'FAIL'}  ${verb}: ${detail}`)
  expect(cells.filter((one) => !one.ok)).toEqual([])
  expect(cells.map((one) => one.verb)).toEqual(VERBS)
})
