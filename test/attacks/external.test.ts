// Signing in by an identity provider attacked: answers forged, replayed, mixed up and carried to another browser; providers that claim to
// speak for whoever is here (issue 4, must show 2 and 4).

import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient } from '../../src/contract/client.ts'
import { payloadOf } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { externalHouse, SECRET } from '../support/external.ts'

const { server, peer, other, begin } = await externalHouse()
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

const sessions = async (): Promise<number> =>
  (await server.database.db.query<{ n: number }>('select count(*)::int as n from sessions where provider_id is not null'))[0]?.n ?? 0

const refused = async (work: () => Promise<Page>, words: RegExp = /does not count/) => {
  const before = await sessions()
  const page = await work()
  expect(page).toMatchObject({ status: 400, location: null })
  expect(page.text).toMatch(words)
  expect(await sessions()).toBe(before)
  return page
}

describe('an answer that is not ours is a page (ExternalSignInRefused), and begins nothing', () => {
  const now = Math.floor(Date.now() / 1_000)
  it.each([
    ['wrong nonce', { lies: { nonce: 'another' } }],
    ['no nonce', { lies: { nonce: null } }],
    ['wrong issuer', { lies: { iss: 'https://idp.example.com' } }],
    ['the other provider as issuer', { lies: { iss: other.issuer } }],
    ['wrong audience', { lies: { aud: 'somebody-else' } }],
    ['an audience among others, without azp', { lies: { aud: ['stint', 'somebody-else'] } }],
    ['made for another application', { lies: { azp: 'somebody-else' } }],
    ['ended', { lies: { exp: now - 3_600 } }],
    ['made an hour ago', { lies: { iat: now - 3_600 } }],
    ['made in the future', { lies: { iat: now + 3_600, exp: now + 7_200 } }],
    ['no subject', { lies: { sub: null } }],
    ['a subject that is no text', { lies: { sub: { $ne: null } } }],
    ['another access token', { lies: { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' } }],
    ['not signed', { signature: 'none' }],
    ['signed by nobody knows whom', { signature: 'foreign' }],
    ['signed with the public key as a secret', { signature: 'hmac' }],
  ])('%s', async (_, told) => {
    await peer.tell({ sub: 'erin', ...told })
    const begun = await begin()
    await refused(() => begun.round())
  })

  it('wrong state, none, two, and one of our own form that was never given', async () => {
    await peer.tell({ sub: 'erin' })
    const begun = await begin()
    const back = new URL(await peer.through(begun.there.href))
    for (const change of [
      (url: URL) => url.searchParams.set('state', 'wrong'),
      (url: URL) => url.searchParams.delete('state'),
      (url: URL) => url.searchParams.append('state', 'x'.repeat(43)),
      (url: URL) => url.searchParams.set('state', 'x'.repeat(43)),
    ]) {
      const url = new URL(back)
      change(url)
      await refused(() => begun.back(url.href))
    }
    // None of them used it up.
    expect((await begun.buy(await begun.back(back.href))).status).toBe(200)
  })
})

describe('used once, by one browser', () => {
  it('a replayed callback is refused, and so is a second end', async () => {
    await peer.tell({ sub: 'erin' })
    const begun = await begin()
    const back = await peer.through(begun.there.href)
    const last = await begun.back(back)
    expect((await begun.buy(last)).status).toBe(200)
    await refused(() => begun.back(back), /not begun in this browser/)
    await refused(() => begun.back(begun.page.url.replace(/\/$/, '').concat('/external')), /over|not understood/)
  })

  it('of two callbacks at once one counts', async () => {
    const begun = await begin()
    const back = await peer.through(begun.there.href)
    const both = await Promise.all([begun.browser.open(back), begun.browser.open(back)])
    expect(both.map((page) => page.status).sort()).toEqual([303, 400])
  })

  it('an answer carried to another browser is refused: nobody is signed in as somebody else', async () => {
    const mine = await begin()
    const back = await peer.through(mine.there.href)
    const victim = new Browser(server.publicUrl)
    await refused(() => victim.go(back), /not begun in this browser/)
    // Nor one that is in the middle of a sign-in of its own.
    const theirs = await begin()
    await refused(() => theirs.back(back), /not begun in this browser/)
    expect((await mine.buy(await mine.back(back))).status).toBe(200)
  })

  it('a code of another sign-in buys nothing: its verifier is another', async () => {
    await peer.tell({ sub: 'erin' })
    const [mine, theirs] = [await begin(), await begin()]
    const stolen = new URL(await peer.through(theirs.there.href)).searchParams.get('code') ?? ''
    const back = new URL(await peer.through(mine.there.href))
    back.searchParams.set('code', stolen)
    await refused(() => mine.back(back.href))
  })

  it('ends after ten minutes', async () => {
    const begun = await begin()
    const back = await peer.through(begun.there.href)
    await server.database.db.query(`update external_sign_ins set ends_at = now() - interval '1 second' where used_at is null`)
    await refused(() => begun.back(back), /has ended/)
  })
})

describe('two providers mixed up', () => {
  it('an answer of one does not pass for the other’s: not by its path, not by its issuer', async () => {
    await Promise.all([peer.tell({ sub: 'erin' }), other.tell({ sub: 'erin' })])
    const begun = await begin({ at: 'Other' })
    const back = new URL(await other.through(begun.there.href))
    const path = new URL(back)
    path.pathname = path.pathname.replace(/other$/, 'peer')
    await refused(() => begun.back(path.href), /another identity provider/)
    const again = await begin({ at: 'Other' })
    const issued = new URL(await other.through(again.there.href))
    issued.searchParams.set('iss', peer.issuer)
    await refused(() => again.back(issued.href), /another identity provider/)
  })

  it('the same subject at another provider is somebody else: NotLinked', async () => {
    await other.tell({ sub: 'erin' })
    const begun = await begin({ at: 'Other' })
    await refused(() => begun.round(), /nobody here is known by your account at Other/)
  })
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

describe('a provider that is down (ProviderUnreachable)', () => {
  it('is a page at the way there, and at the way back; nothing waits longer than its patience', async () => {
    await peer.tell({ sub: 'erin', delayMs: 20_000 })
    const slow = await begin()
    const back = await peer.through(slow.there.href)
    const began = Date.now()
    await refused(() => slow.back(back), /cannot be asked/)
    expect(Date.now() - began).toBeLessThan(10_000)
    await other.stop()
    // What is known of it is kept for some minutes: its own address is gone to, and does not answer.
    const begun = await begin({ at: 'Other' })
    await refused(
      () => begun.back(`${server.publicUrl}/authority/callback/other?code=x&state=${begun.there.searchParams.get('state')}`),
      /cannot be asked|does not count/,
    )
    await admin.addIdentityProvider({
      body: { name: 'gone', displayName: 'Gone', issuer: 'http://127.0.0.1:9', clientId: 'x', secret: 'y' },
    })
    await expect(begin({ at: 'Gone' })).rejects.toThrow(/cannot be asked/)
    await expect(admin.testIdentityProvider({ params: { id: 'gone' } })).rejects.toMatchObject({ problem: { code: 'ProviderUnreachable' } })
  })
})
