// Signing in by an identity provider attacked: answers forged, replayed, mixed up and carried to another browser (issue 4, must show 2).

import { beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../src/contract/client.ts'
import { Browser } from '../support/browser.ts'
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
