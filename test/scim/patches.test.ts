// PATCH and Bulk: what is refused leaves everything as it was; elements of lists; thousands of members.

import { beforeAll, describe, expect, it } from 'vitest'
import { openScim, type ScimWorld } from './support.ts'

let s: ScimWorld
let babs = ''

beforeAll(async () => {
  s = await openScim()
  babs = (await s.user('bjensen@contoso.com', { title: 'Tour Guide', emails: [{ value: 'b@x.org', type: 'work' }] })).id
})

describe('patches', () => {
  it.each([
    [{ op: 'replace', path: 'id', value: 'x' }, 'mutability'],
    [{ op: 'replace', path: 'groups', value: [] }, 'mutability'],
    [{ op: 'replace', path: 'meta.created', value: 'x' }, 'mutability'],
    [{ op: 'replace', path: 'nothing', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'emails[type', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'title[value eq "x"]', value: 'x' }, 'invalidPath'],
    [{ op: 'replace', path: 'emails.value', value: 'x' }, 'invalidPath'],
    [{ op: 'remove' }, 'noTarget'],
    [{ op: 'replace', path: 'emails[value co "nobody"].type', value: 'x' }, 'noTarget'],
    [{ op: 'replace', path: 'active', value: 'maybe' }, 'invalidValue'],
    [{ op: 'replace', path: 'userName', value: '' }, 'invalidValue'],
    [{ op: 'replace', path: 'userName', value: 'x@elsewhere.org' }, 'invalidValue'],
    [{ op: 'replace', path: 'name', value: 5 }, 'invalidValue'],
    [{ op: 'explode', path: 'title' }, 'invalidSyntax'],
    [{ op: 'add', value: 'x' }, 'invalidValue'],
  ])('refuses %j', async (operation, scimType) => {
    const id = babs
    const before = (await s.send('GET', `/Users/${id}`)).body
    expect(await s.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'half done' }, operation)).toMatchObject({
      status: 400,
      body: { scimType },
    })
    expect((await s.send('GET', `/Users/${id}`)).body).toEqual(before)
  })

  it('changes elements of a list, and keeps one first choice', async () => {
    const { id } = await s.user('lists@contoso.com', { emails: [{ value: 'a@x.org', type: 'work', primary: true }] })
    const path = `/Users/${id}`
    await s.patch(path, { op: 'add', path: 'emails', value: [{ value: 'b@x.org', type: 'home', primary: true }] })
    expect((await s.send('GET', path)).body.emails).toEqual([
      { value: 'a@x.org', type: 'work', primary: false },
      { value: 'b@x.org', type: 'home', primary: true },
    ])
    await s.patch(path, { op: 'replace', path: 'emails[type eq "work"]', value: { value: 'c@x.org', type: 'work' } })
    await s.patch(path, { op: 'remove', path: 'emails[type eq "home"]' })
    expect((await s.send('GET', path)).body.emails).toMatchObject([{ value: 'c@x.org', type: 'work' }])
    await s.patch(path, { op: 'remove', path: 'emails' })
    expect((await s.send('GET', path)).body).not.toHaveProperty('emails')
  })

  it('replaces thousands of members at once', async () => {
    const n = 2_000
    const people = Array.from({ length: n }, (_, i) => ({
      method: 'POST',
      path: '/Users',
      bulkId: `m${i}`,
      data: { userName: `many${i}@contoso.com` },
    }))
    const made: string[] = []
    for (const part of [people.slice(0, 1_000), people.slice(1_000)]) {
      const reply = await s.send('POST', '/Bulk', { Operations: part })
      made.push(...reply.body.Operations.map((o: { location: string }) => o.location.split('/').at(-1)))
    }
    const group = await s.group('Many')
    const began = Date.now()
    const value = made.map((id) => ({ value: id }))
    expect(await s.patch(`/Groups/${group.id}`, { op: 'replace', path: 'members', value })).toMatchObject({ status: 204 })
    console.info(`a PATCH with ${n} members: ${Date.now() - began} ms`)
    expect((await s.send('GET', `/Groups/${group.id}`)).body.members).toHaveLength(n)
    expect(await s.patch(`/Groups/${group.id}`, { op: 'replace', path: 'members', value: value.slice(0, 1) })).toMatchObject({
      status: 204,
    })
    expect((await s.send('GET', `/Groups/${group.id}`)).body.members).toHaveLength(1)
  })
})

describe('bulk', () => {
  it('does one after the other, and names what was made before', async () => {
    const reply = await s.send('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'q', data: { userName: 'bulk@contoso.com' } },
        { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: 'Bulk', members: [{ value: 'bulkId:q' }] } },
        { method: 'PATCH', path: '/Groups/bulkId:g', data: { Operations: [{ op: 'replace', path: 'displayName', value: 'Bulk 2' }] } },
        { method: 'POST', path: '/Users', data: { userName: 'bulk@contoso.com' } },
        { method: 'GET', path: '/Users' },
      ],
    })
    expect(reply.body.Operations.map((o: { status: string }) => o.status)).toEqual(['201', '201', '204', '409', '400'])
    expect(reply.body.Operations[3].response).toMatchObject({ scimType: 'uniqueness' })
    const groups = (await s.send('GET', '/Groups?filter=displayName%20eq%20%22bulk%202%22')).body.Resources
    expect(groups).toMatchObject([{ members: [{ display: 'bulk@contoso.com' }] }])
  })

  it('stops after so many errors, and takes no more than it says', async () => {
    const bad = { method: 'POST', path: '/Users', data: {} }
    const reply = await s.send('POST', '/Bulk', { failOnErrors: 2, Operations: [bad, bad, bad] })
    expect(reply.body.Operations).toHaveLength(2)
    expect(await s.send('POST', '/Bulk', { Operations: Array(1_001).fill(bad) })).toMatchObject({ status: 413 })
    expect(await s.send('POST', '/Bulk', { Operations: {} })).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } })
  })
})
