// Signing in by an identity provider, which runs as a process of its own (issue 4, must show 2).

import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/contract/client.ts'
import { payloadOf, TENANT } from '../support/authority.ts'
import { externalHouse, SECRET } from '../support/external.ts'

const { server, peer, other, begin } = await externalHouse()
const ENGINEER = '11111111-1111-1111-1111-111111111111'
const HOUR_S = 3_600
let admin: Client

beforeAll(async () => {
  admin = await server.client('admin@contoso.com')
  await admin.setAuthenticationContext({
    params: { id: 'c1' },
    body: { displayName: 'fresh and strong', enabled: true, strength: 'phishingResistant', maximumAge: 'PT5M' },
  })
  const made = await admin.addIdentityProvider({
    body: {
      ...{ name: 'peer', displayName: 'Peer', issuer: peer.issuer, clientId: 'stint', secret: SECRET },
      acr: { 'urn:peer:mfa': 'mfa', 'urn:peer:phr': 'phishingResistant' },
      contexts: { c1: ['urn:peer:phr'] },
      device: { claim: 'device', value: 'compliant' },
    },
  })
  expect(made).toMatchObject({ hasSecret: true, redirectUri: `${server.publicUrl}/authority/callback/peer`, amr: {} })
  expect(JSON.stringify(made)).not.toContain(SECRET)
  await admin.addIdentityProvider({
    body: { name: 'other', displayName: 'Other', issuer: other.issuer, clientId: 'stint', secret: SECRET },
  })
  await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'engineer@contoso.com', subject: 'erin' } })
})

const wantsC1 = { access_token: { acrs: { essential: true, value: 'c1' } } }

describe('a sign-in', () => {
  it('asks with a code challenge, state and nonce, and ends in tokens that say what the provider’s word is worth', async () => {
    await peer.tell({ sub: 'erin', acr: 'urn:peer:mfa', claims: { device: 'compliant' } })
    const begun = await begin()
    const query = Object.fromEntries(begun.there.searchParams)
    expect(query).toMatchObject({
      ...{ client_id: 'stint', response_type: 'code', code_challenge_method: 'S256', scope: 'openid profile' },
      redirect_uri: `${server.publicUrl}/authority/callback/peer`,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(query.prompt).toBeUndefined()
    const { status, body } = await begun.buy(await begun.round())
    expect([status, body.error_description]).toEqual([200, undefined])
    expect(payloadOf(body.access_token)).toMatchObject({ oid: ENGINEER, tid: TENANT, compliant_device: true })
    const me = await fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${body.access_token}` } })
    expect(await me.json()).toMatchObject({ upn: 'engineer@contoso.com' })
  })

  it('counts for nothing more than that it was elsewhere, where the table knows no value', async () => {
    await peer.tell({ sub: 'erin', lies: { acr: 'urn:someone:strong', amr: ['mfa', 'fido', 'passkey', 'hwk', '__proto__'] } })
    const begun = await begin()
    const { body } = await begun.buy(await begun.round())
    expect(payloadOf(body.access_token)).toMatchObject({ amr: ['ext'], acrs: [] })
  })

  it('is of an unknown time where the provider does not say: too old for whatever asks for an age', async () => {
    await peer.tell({ sub: 'erin', acr: 'urn:peer:phr', lies: { auth_time: null } })
    const begun = await begin()
    const { body } = await begun.buy(await begun.round())
    expect(payloadOf(body.access_token)).toMatchObject({ auth_time: 0, acrs: [] })
  })

  it('leaves one event that names the provider, and the link says when it was used', async () => {
    const events = await server.database.db.query<{ data: Record<string, string> }>(
      `select data from events where action = 'signIn' and principal_id = $1 order by position desc limit 1`,
      [ENGINEER],
    )
    expect(events[0]?.data).toMatchObject({ by: 'provider peer' })
    const { items } = await admin.identityLinks({ params: { id: 'peer' }, query: {} })
    expect(items).toMatchObject([{ subject: 'erin', principal: { id: ENGINEER }, lastUsedAt: expect.any(String) }])
  })
})

describe('step-up', () => {
  it('asks for the context by `acr_values`, anew, and the token carries the context', async () => {
    await peer.tell({ sub: 'erin', acr: 'urn:peer:phr' })
    const begun = await begin({ claims: wantsC1 })
    expect(Object.fromEntries(begun.there.searchParams)).toMatchObject({ acr_values: 'urn:peer:phr', prompt: 'login', max_age: '0' })
    const { status, body } = await begun.buy(await begun.round())
    expect([status, body.error_description]).toEqual([200, undefined])
    const { acrs, amr, auth_time: at } = payloadOf(body.access_token)
    expect({ acrs, amr }).toEqual({ acrs: ['c1'], amr: ['ext', 'fido', 'mfa'] })
    expect(Date.now() / 1_000 - at).toBeLessThan(60)
  })

  it.each([
    ['a weaker one', { acr: 'urn:peer:mfa' }, 'stronger method'],
    ['an old one', { acr: 'urn:peer:phr', lies: { auth_time: Math.floor(Date.now() / 1_000) - HOUR_S } }, 'not asked for a new proof'],
    ['one of no time', { acr: 'urn:peer:phr', lies: { auth_time: null } }, 'does not say when'],
    ['one of the future', { acr: 'urn:peer:phr', lies: { auth_time: Math.floor(Date.now() / 1_000) + HOUR_S } }, 'of the future'],
  ])('%s is refused in words, and leads nowhere', async (_, told, words) => {
    await peer.tell({ sub: 'erin', ...told })
    const begun = await begin({ claims: wantsC1 })
    const page = await begun.round()
    expect(page).toMatchObject({ status: 400, location: null })
    expect(page.text).toContain(words)
  })

  it('a proof made for one request is stated for that one', async () => {
    await peer.tell({ sub: 'erin', acr: 'urn:peer:phr' })
    const bound = JSON.stringify(['selfActivate', 'directory', '/', 'r', ENGINEER, 'PT1H', null])
    const begun = await begin({ claims: { access_token: { acrs: { value: 'c1' }, stint_req: { value: bound } } } })
    const { body } = await begun.buy(await begun.round())
    expect(payloadOf(body.access_token).stint_req).toBe(bound)
  })
})

describe('administration', () => {
  it('tells what a provider says of itself, and what it does not', async () => {
    const found = await admin.testIdentityProvider({ params: { id: 'peer' } })
    expect(found).toMatchObject({ issuer: peer.issuer, keys: 1, doubts: [], acrValues: expect.arrayContaining(['urn:peer:phr']) })
  })

  it.each([
    ['http beyond this machine', { issuer: 'http://idp.example.com' }],
    ['an address with a password', { issuer: 'https://a:b@idp.example.com' }],
    ['no secret', { secret: null }],
    ['a context whose values are worth nothing', { contexts: { c1: ['urn:x'] } }],
    ['no context', { contexts: { zz: ['urn:peer:phr'] }, acr: { 'urn:peer:phr': 'mfa' as const } }],
    ['people of a foreign domain', { createPeople: { claim: 'upn', domains: ['evil.example'] } }],
  ])('refuses %s: InvalidProvider', async (_, change) => {
    const body = { name: 'third', issuer: 'https://idp.example.com', clientId: 'x', secret: 'y', ...change }
    await expect(admin.addIdentityProvider({ body })).rejects.toMatchObject({ problem: { code: 'InvalidProvider' } })
  })

  it('knows what is there, and what is not: ProviderExists, ProviderNotFound, SubjectNotFound', async () => {
    const body = { name: 'Peer', issuer: 'https://idp.example.com', clientId: 'x', secret: 'y' }
    await expect(admin.addIdentityProvider({ body })).rejects.toMatchObject({ problem: { code: 'ProviderExists' } })
    await expect(admin.identityProvider({ params: { id: 'none' } })).rejects.toMatchObject({ problem: { code: 'ProviderNotFound' } })
    const link = (principal: string, subject: string) => admin.linkIdentity({ params: { id: 'peer' }, body: { principal, subject } })
    await expect(link('sam@contoso.com', 'erin')).rejects.toMatchObject({ problem: { code: 'ProviderExists' } })
    await expect(link('engineer@contoso.com', 'erin2')).rejects.toMatchObject({ problem: { code: 'ProviderExists' } })
    await expect(link('nobody@contoso.com', 'x')).rejects.toMatchObject({ problem: { code: 'SubjectNotFound' } })
  })

  it('an unlinked person, and a provider turned off, end what was signed in by them, at once', async () => {
    await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'sam@contoso.com', subject: 'sam' } })
    const enter = async () => {
      await peer.tell({ sub: 'sam' })
      const begun = await begin()
      const { body } = await begun.buy(await begun.round())
      return () => fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${body.access_token}` } }).then((r) => r.status)
    }
    const first = await enter()
    expect(await first()).toBe(200)
    await admin.unlinkIdentity({ params: { id: 'peer' }, body: { subject: 'sam' } })
    expect(await first()).toBe(401)
    await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'sam@contoso.com', subject: 'sam' } })
    const second = await enter()
    await admin.changeIdentityProvider({ params: { id: 'peer' }, body: { enabled: false } })
    expect(await second()).toBe(401)
    await expect(begin()).rejects.toThrow('no link to Peer')
    await admin.changeIdentityProvider({ params: { id: 'peer' }, body: { enabled: true } })
  })

  it('leaves an event for each change, without the secret', async () => {
    const rows = await server.database.db.query<{ action: string; text: string }>(
      `select action, to_jsonb(e)::text as text from events e where subject = 'identityProvider' and kind = 'change' order by position`,
    )
    expect(rows.map((row) => row.action)).toEqual(expect.arrayContaining(['addIdentityProvider', 'linkIdentity', 'unlinkIdentity']))
    expect(rows.map((row) => row.text).join()).not.toContain(SECRET)
    const [stored] = await server.database.db.query<{ clear: boolean }>(
      `select secret::text like $1 as clear from identity_providers where name = 'peer'`,
      [`%${Buffer.from(SECRET).toString('hex')}%`],
    )
    expect(stored?.clear).toBe(false)
  })
})
