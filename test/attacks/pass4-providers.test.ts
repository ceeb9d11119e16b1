// Identity providers attacked once more (issue 4): names that no text should have, addresses that nobody has verified, sources of
// providers bent into taking people over, settings tightened while somebody is on the way.

import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/contract/client.ts'
import { TOOL } from '../support/authority.ts'
import { externalHouse, SECRET } from '../support/external.ts'

const { server, peer, other, begin, refused } = await externalHouse()
let admin: Client
const { db } = server.database
const upnOf = async (subject: string) =>
  (
    await db.query<{ upn: string }>(
      'select p.upn from external_identities x join principals p on p.id = x.principal_id where x.subject = $1',
      [subject],
    )
  )[0]?.upn

beforeAll(async () => {
  admin = await server.client('admin@contoso.com')
  const make = { clientId: 'stint', secret: SECRET, createPeople: { claim: 'email', domains: ['contoso.com'] } }
  await admin.addIdentityProvider({ body: { ...make, name: 'peer', displayName: 'Peer', issuer: peer.issuer } })
  await admin.addIdentityProvider({ body: { ...make, name: 'other', displayName: 'Other', issuer: other.issuer } })
})

describe('who somebody is', () => {
  it('a subject that cannot be kept as it is said is nobody', async () => {
    // Half a character is kept as another one: two subjects would be the same person.
    for (const sub of ['a\u0000b', 'half \ud800', 'line\nbreak']) {
      await peer.tell({ sub: 'odd', lies: { sub, email: 'odd@contoso.com' } })
      const begun = await begin()
      await refused(() => begun.round(), /does not count/)
    }
    expect(await upnOf('half \ufffd')).toBeUndefined()
  })

  it('a subject is told from another by its case', async () => {
    await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'engineer@contoso.com', subject: 'Erin' } })
    await peer.tell({ sub: 'erin', lies: { email: 'engineer@contoso.com' } })
    const begun = await begin()
    await refused(() => begun.round(), /nobody here is known/)
  })

  it('a name that is cut does not end in half a character', async () => {
    await peer.tell({ sub: 'long', claims: { email: 'long@contoso.com', name: `${'x'.repeat(255)}😀` } })
    const begun = await begin()
    expect((await begun.buy(await begun.round())).status).toBe(200)
    expect(await upnOf('long')).toBe('long@contoso.com')
  })

  it('a name with NUL or line breaks makes nobody, and is no fault of ours', async () => {
    for (const name of ['a\u0000b', 'a\nb', '\ud800']) {
      await peer.tell({ sub: 'nul', claims: { email: 'nul@contoso.com', name } })
      const begun = await begin()
      const page = await begun.round()
      expect(page.status).toBe(400)
    }
    expect(await upnOf('nul')).toBeUndefined()
  })
})

describe('an address that the provider has not verified', () => {
  it('makes nobody: anybody may write any address into their profile there', async () => {
    for (const email_verified of [false, 'false', 0]) {
      await peer.tell({ sub: 'squatter', claims: { email: 'newhire@contoso.com', email_verified } })
      const begun = await begin()
      await refused(() => begun.round(), /nobody here is known/)
    }
    await peer.tell({ sub: 'hired', claims: { email: 'newhire@contoso.com', email_verified: true } })
    const begun = await begin()
    expect((await begun.buy(await begun.round())).status).toBe(200)
    expect(await upnOf('hired')).toBe('newhire@contoso.com')
  })
})

describe('the source of a provider', () => {
  it('cannot be told to take over whoever has the name', async () => {
    const { items } = await admin.sources({ query: {} })
    const own = items.find((s) => s.name === 'sign-in by other')
    expect(own).toMatchObject({ kind: 'oidc', adopt: false })
    const change = (body: { adopt?: boolean; enabled?: boolean }) => admin.changeSource({ params: { id: own?.id ?? '' }, body })
    await expect(change({ adopt: true })).rejects.toMatchObject({ problem: { code: 'InvalidIdentitySource' } })
    await other.tell({ sub: 'mallory', claims: { email: 'admin@contoso.com', email_verified: true } })
    const begun = await begin({ at: 'Other' })
    await refused(() => begun.round(), /nobody here is known/)
    expect(await upnOf('mallory')).toBeUndefined()
    // Nor does a token push to it.
    await expect(admin.addSourceToken({ params: { id: own?.id ?? '' }, body: {} })).rejects.toMatchObject({
      problem: { code: 'InvalidIdentitySource' },
    })
  })
})

describe('a provider changed while somebody is on the way', () => {
  it('what its words are worth is judged by the table that holds when the session begins', async () => {
    await admin.changeIdentityProvider({ params: { id: 'peer' }, body: { acr: { 'urn:peer:mfa': 'passkey' } } })
    await peer.tell({ sub: 'Erin', lies: { acr: 'urn:peer:mfa' } })
    const begun = await begin()
    const back = await begun.browser.open(await peer.through(begun.there.href))
    expect(back.status).toBe(303)
    // Somebody saw that the provider means less by it.
    await admin.changeIdentityProvider({ params: { id: 'peer' }, body: { acr: {} } })
    await refused(() => begun.browser.go(back.location ?? ''), /it is over/)
  })

  it('whoever came in by a word that is worth less now signs in anew; one that is new ends nothing', async () => {
    const change = (acr: Record<string, 'mfa' | 'passkey'>) => admin.changeIdentityProvider({ params: { id: 'peer' }, body: { acr } })
    const asks = (token: string) => fetch(`${server.url}/api/v1/me`, { headers: { authorization: `Bearer ${token}` } })
    await change({ 'urn:peer:mfa': 'mfa' })
    await peer.tell({ sub: 'Erin', lies: { acr: 'urn:peer:mfa' } })
    const begun = await begin()
    const { body } = await begun.buy(await begun.round())
    await change({ 'urn:peer:mfa': 'mfa', 'urn:peer:phr': 'passkey' })
    expect((await asks(body.access_token)).status).toBe(200)
    await change({ 'urn:peer:phr': 'passkey' })
    expect((await asks(body.access_token)).status).toBe(401)
    const more = { client_id: TOOL, grant_type: 'refresh_token', refresh_token: body.refresh_token }
    expect(body.refresh_token).toBeTruthy()
    const again = await server.form('token', more)
    expect(again.status).toBe(400)
  })
})
