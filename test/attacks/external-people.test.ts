// Who somebody is by the word of an identity provider, attacked: providers that claim to speak for whoever is here, or for more strength
// than their table gives them (issue 4, must show 4).

import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../../src/contract/client.ts'
import { payloadOf } from '../support/authority.ts'
import { externalHouse, SECRET } from '../support/external.ts'

const { server, peer, other, begin, refused } = await externalHouse()
let admin: Client

beforeAll(async () => {
  admin = await server.client('admin@contoso.com')
  for (const one of [
    { name: 'peer', displayName: 'Peer', issuer: peer.issuer },
    { name: 'other', displayName: 'Other', issuer: other.issuer },
  ])
    await admin.addIdentityProvider({ body: { ...one, clientId: 'stint', secret: SECRET, acr: { 'urn:peer:mfa': 'mfa' } } })
  await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'engineer@contoso.com', subject: 'erin' } })
})

describe('what a provider says is believed for what it is worth', () => {
  it('forged `amr` and `acr` give no strength that its table does not', async () => {
    await peer.tell({
      sub: 'erin',
      lies: { amr: ['mfa', 'passkey', 'fido', 'sealed', 'constructor'], acr: 'toString', compliant_device: true },
    })
    const begun = await begin()
    const { body } = await begun.buy(await begun.round())
    const payload = payloadOf(body.access_token)
    expect(payload.amr).toEqual(['ext'])
    expect(payload.compliant_device).toBeUndefined()
  })

  it('a sign-in that it says no more of counts as a password: no privileged role by that alone', async () => {
    const role = 'User Administrator'
    const ask = { principal: 'engineer@contoso.com', role, duration: 'P30D', justification: 'test' }
    await admin.submit({ body: { ...ask, action: 'adminAssign', level: 'Eligibility' } })
    await admin.updatePolicy({
      params: { plane: 'directory' },
      query: { role },
      body: { rules: [{ id: 'Enablement_EndUser_Assignment', enabledRules: [] }] },
    })
    const activating = async (acr: string) => {
      await peer.tell({ sub: 'erin', lies: { acr } })
      const begun = await begin()
      const { body } = await begun.buy(await begun.round())
      const client = createClient({ baseUrl: server.url, token: body.access_token, fetch })
      return client.submit({ body: { ...ask, action: 'selfActivate', level: 'Assignment', duration: 'PT1H' } })
    }
    await expect(activating('urn:peer:pwd')).rejects.toMatchObject({ problem: { findings: [{ rule: 'MfaRule' }] } })
    expect(await activating('urn:peer:mfa')).toMatchObject({ action: 'selfActivate' })
  })

  it('what it sends along is never repeated, an error of it is a page and no loop', async () => {
    const begun = await begin()
    const state = begun.there.searchParams.get('state') ?? ''
    const back = `${server.publicUrl}/authority/callback/peer?${new URLSearchParams({
      ...{ state, error: '<script>alert(1)</script>', error_description: '<img src=x onerror=alert(1)>', error_uri: 'https://evil.test' },
    })}`
    const page = await refused(() => begun.back(back))
    expect(page.text).not.toMatch(/alert\(|evil\.test|<script|<img/)
    await refused(() => begun.back(back), /used already/)
  })

  it('one that claims somebody’s name or mail does not become them', async () => {
    await admin.changeIdentityProvider({
      params: { id: 'other' },
      body: { createPeople: { claim: 'preferred_username', domains: ['contoso.com'] } },
    })
    const claims = {
      preferred_username: 'admin@contoso.com',
      email: 'admin@contoso.com',
      email_verified: true,
      upn: 'admin@contoso.com',
      oid: '1',
    }
    await other.tell({ sub: 'mallory', claims })
    const begun = await begin({ at: 'Other' })
    await refused(() => begun.round(), /nobody here is known/)
    // Nor by another spelling, nor by a second name.
    for (const name of ['ADMIN@contoso.com', 'breakglass-01@contoso.onmicrosoft.com', 'mallory@evil.example', 'admin']) {
      await other.tell({ sub: 'mallory', claims: { ...claims, preferred_username: name } })
      const next = await begin({ at: 'Other' })
      await refused(() => next.round(), /nobody here is known/)
    }
    const { items } = await admin.identityLinks({ params: { id: 'other' }, query: {} })
    expect(items).toEqual([])
  })

  it('whoever is new is made where that was allowed, once, and gains nothing by it', async () => {
    await other.tell({ sub: 'newcomer', claims: { preferred_username: 'newcomer@contoso.com', name: 'New Comer' } })
    const first = await begin({ at: 'Other' })
    const { body } = await first.buy(await first.round())
    expect(payloadOf(body.access_token)).toMatchObject({ upn: 'newcomer@contoso.com', name: 'New Comer', amr: ['ext'] })
    const second = await begin({ at: 'Other' })
    const again = await second.buy(await second.round())
    expect(payloadOf(again.body.access_token).oid).toBe(payloadOf(body.access_token).oid)
    const roles = await fetch(`${server.url}/api/v1/me/roles`, { headers: { authorization: `Bearer ${body.access_token}` } })
    expect(await roles.json()).toMatchObject({ can: [], have: [] })
  })

  it('groups of its claim are those that an administrator named, and losing one ends the membership', async () => {
    await admin.changeIdentityProvider({
      params: { id: 'other' },
      body: { groups: { claim: 'groups', names: { 'g-1': 'From elsewhere' } } },
    })
    const members = async () =>
      (
        await server.database.db.query<{ upn: string }>(
          `select p.upn from schedules s join principals p on p.id = s.principal_id join principals g on g.id::text = s.scope
           where s.plane = 'group' and g.display_name = 'From elsewhere' and s.status = 'Provisioned'`,
        )
      ).map(({ upn }) => upn)
    const claims = { preferred_username: 'newcomer@contoso.com' }
    await other.tell({ sub: 'newcomer', claims: { ...claims, groups: ['g-1', 'Cloud Platform Approvers', 'g-2'] } })
    const inside = await begin({ at: 'Other' })
    expect((await inside.buy(await inside.round())).status).toBe(200)
    expect(await members()).toEqual(['newcomer@contoso.com'])
    await other.tell({ sub: 'newcomer', claims: { ...claims, groups: [] } })
    const outside = await begin({ at: 'Other' })
    expect((await outside.buy(await outside.round())).status).toBe(200)
    expect(await members()).toEqual([])
  })

  it('a group that may hold roles is not handed to it', async () => {
    const groups = { claim: 'groups', names: { 'g-9': 'pag-payments-operators' } }
    await expect(admin.changeIdentityProvider({ params: { id: 'other' }, body: { groups } })).rejects.toMatchObject({
      problem: { status: 409 },
    })
  })
})

describe('who may say who is whom', () => {
  it('nobody but whoever runs the installation makes, changes, reads, tests or removes a provider, or links anybody', async () => {
    const engineer = await server.client('engineer@contoso.com')
    const params = { id: 'peer' }
    const body = { name: 'mine', issuer: 'https://idp.example.com', clientId: 'x', secret: 'y' }
    for (const work of [
      () => engineer.addIdentityProvider({ body }),
      () => engineer.changeIdentityProvider({ params, body: { acr: { 'urn:peer:pwd': 'passkey' } } }),
      () => engineer.identityProviders(),
      () => engineer.identityProvider({ params }),
      () => engineer.testIdentityProvider({ params }),
      () => engineer.removeIdentityProvider({ params }),
      () => engineer.identityLinks({ params, query: {} }),
      () => engineer.linkIdentity({ params, body: { principal: 'admin@contoso.com', subject: 'mallory' } }),
      () => engineer.unlinkIdentity({ params, body: { subject: 'erin' } }),
    ])
      await expect(work()).rejects.toMatchObject({ problem: { code: 'Forbidden' } })
  })

  it('an account for emergencies is linked to nobody, even one that became so later', async () => {
    const link = (principal: string) => admin.linkIdentity({ params: { id: 'peer' }, body: { principal, subject: 'bg' } })
    await expect(link('breakglass1@contoso.com')).rejects.toMatchObject({ problem: { code: 'InvalidProvider' } })
    await link('lead@contoso.com')
    await server.database.db.query(`update principals set is_emergency_access = true where upn = 'lead@contoso.com'`)
    await peer.tell({ sub: 'bg' })
    const begun = await begin()
    await refused(() => begun.round(), /signs in by itself/)
    await server.database.db.query(`update principals set is_emergency_access = false where upn = 'lead@contoso.com'`)
  })

  it('whoever is unlinked on the way, or whose provider is removed, does not get in', async () => {
    await admin.linkIdentity({ params: { id: 'peer' }, body: { principal: 'sam@contoso.com', subject: 'sam' } })
    await peer.tell({ sub: 'sam' })
    const begun = await begin()
    const back = await begun.browser.open(await peer.through(begun.there.href))
    expect(back.status).toBe(303)
    await admin.unlinkIdentity({ params: { id: 'peer' }, body: { subject: 'sam' } })
    await refused(() => begun.browser.go(back.location ?? ''), /it is over/)
  })

  it('a disabled person does not get in, also when it happens on the way', async () => {
    await peer.tell({ sub: 'erin' })
    const set = (enabled: boolean) =>
      server.database.db.query(`update principals set enabled = $1 where upn = 'engineer@contoso.com'`, [enabled])
    const begun = await begin()
    const back = await begun.browser.open(await peer.through(begun.there.href))
    expect(back.status).toBe(303)
    await set(false)
    await refused(() => begun.browser.go(back.location ?? ''), /disabled/)
    const again = await begin()
    await refused(() => again.round(), /disabled/)
    await set(true)
  })
})
