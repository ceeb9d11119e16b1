// `stint provider` as a process: what its flags become, and that a client's secret is read from standard input and shown by nothing.

import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { cli, sampleServer, scratch, type TestServer } from '../support/server.ts'

const SECRET = 'from-standard-input-only'
const ISSUER = 'https://idp.example.com/tenant/v2.0'
let server: TestServer
let env: Record<string, string>
beforeAll(async () => {
  server = await sampleServer()
  env = { STINT_URL: server.publicUrl, STINT_HOME: join(await scratch(), 'home'), STINT_TOKEN: await server.token('admin@contoso.com') }
})
const run = (args: readonly string[], input = '') => cli(['provider', ...args], env, input)

it('adds, shows, changes, links and removes', async () => {
  const flags = [
    '--acr',
    'urn:a=b=phishingResistant',
    '--acr',
    'mfa=mfa',
    '--amr',
    'hwk=mfa',
    '--ask',
    'c1=urn:a=b',
    '--device',
    'device=ok',
  ]
  const people = ['--create-people', 'upn', '--domain', 'contoso.com', '--groups-claim', 'groups', '--group', 'g1=Came from Entra']
  const added = await run(['add', 'entra', '--issuer', ISSUER, '--client-id', 'abc', ...flags, ...people, '--json'], `${SECRET}\n`)
  expect([added.code, added.err]).toEqual([0, ''])
  expect(JSON.parse(added.out)).toMatchObject({
    ...{ name: 'entra', displayName: 'entra', issuer: ISSUER, clientId: 'abc', clientAuth: 'basic', hasSecret: true, enabled: true },
    ...{ acr: { 'urn:a=b': 'phishingResistant', mfa: 'mfa' }, amr: { hwk: 'mfa' }, contexts: { c1: ['urn:a=b'] } },
    ...{ device: { claim: 'device', value: 'ok' }, createPeople: { claim: 'upn', domains: ['contoso.com'] } },
    ...{ groups: { claim: 'groups', names: { g1: 'Came from Entra' } }, redirectUri: `${server.publicUrl}/authority/callback/entra` },
  })
  const changed = await run([
    'set',
    'entra',
    '--display-name',
    'Contoso Entra',
    '--create-people',
    'none',
    '--amr',
    'fido=passkey',
    '--disable',
  ])
  expect([changed.code, changed.err]).toEqual([0, ''])
  expect(changed.out).toMatch(/entra \(turned off\): Contoso Entra/)
  expect(changed.out).toContain('fido is passkey')
  expect(changed.out).not.toMatch(/hwk|makes people/)
  expect((await run(['list'])).out).toMatch(/entra +Contoso Entra +\S+ +turned off/)
  expect((await run(['link', 'entra', 'priya@contoso.com', '--subject', 's1'])).out).toBe('linked priya@contoso.com\n')
  expect((await run(['links', 'entra'])).out).toMatch(/s1 +priya@contoso\.com +never/)
  expect((await run(['unlink', 'entra', '--subject', 's1'])).code).toBe(0)
  expect((await run(['unlink', 'entra', '--subject', 's1'])).code).toBe(1)
  for (const ran of [added, changed]) expect(`${ran.out}${ran.err}`).not.toContain(SECRET)
  expect((await run(['remove', 'entra'])).code).toBe(0)
  expect((await run(['show', 'entra'])).err).toContain('no identity provider is called `entra`')
})

it('says what is wrong with what it was given', async () => {
  const add = ['add', 'x', '--issuer', ISSUER, '--client-id', 'abc']
  expect((await run([...add, '--acr', 'a=strong'], SECRET)).code).toBe(2)
  expect((await run([...add, '--acr', 'nothing'], SECRET)).code).toBe(2)
  expect((await run(['add', 'x', '--issuer', 'http://idp.example.com', '--client-id', 'abc'], SECRET)).err).toContain('https')
  expect((await run(add, '')).code).toBe(1)
})
