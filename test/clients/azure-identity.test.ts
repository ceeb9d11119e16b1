// `@azure/identity` 4, unmodified, over TLS, and the ARM and Graph clients with its tokens: every way a script signs in.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { PLAIN_ASK } from '../../src/domain/request/request.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { updatePolicy } from '../../src/operations/update-policy.ts'
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
  'a claims challenge, by password',
  'a claims challenge, by device code',
]

const CHALLENGED = ['4a5d8f65-41da-4de4-8968-e035b65339cf', '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b'] as const
const ADMIN = '902ee947-a37f-42fc-84f5-0a47f9398da9'

/** A role that the administrator may activate, with a proof made for the very request: clients hand on what the refusal says, unread. */
async function demandBound(ctx: Ctx, role: string): Promise<void> {
  const actor = { t: 'user', id: ADMIN, proof: { amr: ['mfa'], acrs: [], at: ctx.now() }, scopes: null, app: null, ip: null } as const
  const call = { actor, correlationId: ctx.ids() }
  const privilege = { plane: 'directory', scope: '/', role } as const
  const schedule = { start: null, type: 'AfterDuration', duration: 'P1D', end: null } as const
  const ask = {
    ...PLAIN_ASK,
    privilege,
    level: 'Eligibility',
    action: 'adminAssign',
    principalId: ADMIN,
    schedule,
    justification: 'x',
  } as const
  expect(await submitRequest(ctx, call, { ...ask, validationOnly: false })).toMatchObject({ ok: true })
  const context = { isEnabled: true, claimValue: 'c1', proof: { boundToRequest: true } }
  const edits = [
    { id: 'Enablement_EndUser_Assignment', kind: null, target: null, fields: { enabledRules: [] } },
    { id: 'AuthenticationContext_EndUser_Assignment', kind: null, target: null, fields: context },
  ]
  expect(await updatePolicy(ctx, call, privilege, edits)).toMatchObject({ ok: true })
}

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
  for (const role of CHALLENGED) await demandBound(house.server.ctx, role)
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
