// The habits of Entra, Okta and OneLogin as they were seen (targets, section 5.1), each a case.

import { beforeAll, describe, expect, it } from 'vitest'
import { ENTERPRISE, GROUP, openScim, PATCH_OP, type ScimWorld, USER } from './support.ts'

let s: ScimWorld
let n = 0
const fresh = () => `sender${++n}@contoso.com`

beforeAll(async () => {
  s = await openScim()
})

const read = async (id: string) => (await s.send('GET', `/Users/${id}`)).body
const enabled = async (id: string) =>
  (await s.w.db.query<{ enabled: boolean }>('select enabled from principals where id = $1', [id]))[0]?.enabled

describe('what senders really send', () => {
  it('Entra 1: looks for somebody by `userName eq`, in any case, before adding them', async () => {
    const upn = fresh()
    const none = await s.send('GET', `/Users?filter=${encodeURIComponent(`userName eq "${upn}"`)}`)
    expect(none).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } })
    const { id } = await s.user(upn.toUpperCase())
    const found = await s.send('GET', `/Users?filter=${encodeURIComponent(`userName eq "${upn.replace('sender', 'SeNdEr')}"`)}`)
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id, userName: upn.toUpperCase() }] })
  })

  it('Entra 2: adds somebody with its whole attribute mapping', async () => {
    const userName = fresh()
    const reply = await s.send('POST', '/Users', {
      schemas: [USER, ENTERPRISE],
      externalId: `mail-${n}`,
      userName,
      active: true,
      addresses: [{ primary: false, type: 'work', country: 'BG', locality: 'Sofia', streetAddress: '1 Way', postalCode: '1000' }],
      displayName: 'Priya Rao',
      emails: [{ primary: true, type: 'work', value: userName }],
      meta: { resourceType: 'User' },
      name: { formatted: 'Priya Rao', familyName: 'Rao', givenName: 'Priya' },
      phoneNumbers: [{ primary: false, type: 'work', value: '+1 555' }],
      title: 'Engineer',
      [ENTERPRISE]: { employeeNumber: 'E7', department: 'Payments', manager: 'nobody-here' },
    })
    expect(reply).toMatchObject({ status: 201, body: { userName, active: true, [ENTERPRISE]: { department: 'Payments' } } })
    const [row] = await s.w.db.query('select display_name, mail, attributes from principals where id = $1', [reply.body.id])
    expect(row).toMatchObject({
      display_name: 'Priya Rao',
      mail: userName,
      attributes: { jobTitle: 'Engineer', department: 'Payments', employeeId: 'E7', surname: 'Rao', businessPhones: ['+1 555'] },
    })
  })

  it('Entra 3: turns somebody off by the text "False"', async () => {
    const { id } = await s.user(fresh())
    const reply = await s.patch(`/Users/${id}`, { op: 'Replace', path: 'active', value: 'False' })
    expect(reply).toMatchObject({ status: 200, body: { active: false } })
    expect(await enabled(id)).toBe(false)
  })

  it('Entra 4: writes operations with a capital', async () => {
    const { id } = await s.user(fresh())
    const reply = await s.patch(
      `/Users/${id}`,
      { op: 'Add', path: 'nickName', value: 'Babs' },
      { op: 'REPLACE', path: 'title', value: 'Lead' },
      { op: 'Remove', path: 'nickName' },
    )
    expect(reply).toMatchObject({ status: 200, body: { title: 'Lead' } })
    expect(reply.body).not.toHaveProperty('nickName')
  })

  it('Entra 5: adds to an element that is not there yet', async () => {
    const { id } = await s.user(fresh())
    const reply = await s.patch(`/Users/${id}`, { op: 'Add', path: 'phoneNumbers[type eq "mobile"].value', value: '+44 1' })
    expect(reply.body.phoneNumbers).toEqual([{ type: 'mobile', value: '+44 1' }])
    const again = await s.patch(`/Users/${id}`, { op: 'Replace', path: 'phoneNumbers[type eq "mobile"].value', value: '+44 2' })
    expect(again.body.phoneNumbers).toEqual([{ type: 'mobile', value: '+44 2' }])
  })

  it('Entra 6: gives the manager as plain text, and takes it away', async () => {
    const [boss, { id }] = [await s.user(fresh()), await s.user(fresh())]
    const path = `${ENTERPRISE}:manager`
    const reply = await s.patch(`/Users/${id}`, { op: 'Add', path, value: boss.id })
    expect(reply.body[ENTERPRISE]).toMatchObject({ manager: { value: boss.id } })
    const managed = () => s.w.db.query('select manager_id from principals where id = $1', [id])
    expect(await managed()).toEqual([{ manager_id: boss.id }])
    await s.patch(`/Users/${id}`, { op: 'Remove', path })
    expect(await managed()).toEqual([{ manager_id: null }])
  })

  it('Entra 7: writes an attribute of the extension by its URN', async () => {
    const { id } = await s.user(fresh())
    const reply = await s.patch(`/Users/${id}`, { op: 'Add', path: `${ENTERPRISE}:department`, value: 'Ledger' })
    expect(reply.body[ENTERPRISE]).toEqual({ department: 'Ledger' })
    expect(reply.body.schemas).toContain(ENTERPRISE)
  })

  it('Entra 8: sends one operation without a path, with dotted names and URNs as keys', async () => {
    const { id } = await s.user(fresh())
    const value = {
      displayName: 'Sam',
      'name.givenName': 'Sam',
      'name.familyName': 'Hill',
      [`${ENTERPRISE}:costCenter`]: '7',
      active: 'True',
    }
    const reply = await s.patch(`/Users/${id}`, { op: 'Add', value })
    expect(reply.body).toMatchObject({
      displayName: 'Sam',
      name: { givenName: 'Sam', familyName: 'Hill' },
      [ENTERPRISE]: { costCenter: '7' },
    })
  })

  it('Entra 9: looks for a group by name without its members', async () => {
    const { id } = await s.user(fresh())
    const made = await s.group('Entra nine', [id])
    const filter = encodeURIComponent('displayName eq "entra NINE"')
    const reply = await s.send('GET', `/Groups?excludedAttributes=members&filter=${filter}`)
    expect(reply.body).toMatchObject({ totalResults: 1, Resources: [{ id: made.id, displayName: 'Entra nine' }] })
    expect(reply.body.Resources[0]).not.toHaveProperty('members')
  })

  it('Entra 10: adds and takes out members by a list of values', async () => {
    const [a, b] = [await s.user(fresh()), await s.user(fresh())]
    const { id } = await s.group('Entra ten')
    expect(await s.patch(`/Groups/${id}`, { op: 'Add', path: 'members', value: [{ value: a.id }, { value: b.id }] })).toMatchObject({
      status: 204,
    })
    expect(await s.patch(`/Groups/${id}`, { op: 'Remove', path: 'members', value: [{ value: a.id }] })).toMatchObject({ status: 204 })
    expect((await s.send('GET', `/Groups/${id}`)).body.members).toMatchObject([{ value: b.id }])
  })

  it('Entra 11: deletes for good, and it is gone', async () => {
    const userName = fresh()
    const { id } = await s.user(userName)
    expect(await s.send('DELETE', `/Users/${id}`)).toMatchObject({ status: 204, body: null })
    expect(await s.send('GET', `/Users/${id}`)).toMatchObject({ status: 404, body: { status: '404' } })
    expect(await s.send('DELETE', `/Users/${id}`)).toMatchObject({ status: 404 })
    const again = await s.user(userName)
    expect(again.id).not.toBe(id)
  })

  it('Okta 12: looks for somebody by `userName eq`, a page from 1 of 100', async () => {
    const userName = fresh()
    await s.user(userName)
    const reply = await s.send('GET', `/Users?filter=userName%20eq%20%22${encodeURIComponent(userName)}%22&startIndex=1&count=100`)
    expect(reply.body).toMatchObject({ totalResults: 1, startIndex: 1, itemsPerPage: 1 })
  })

  it('Okta 13: turns somebody off by a value object', async () => {
    const { id } = await s.user(fresh())
    const reply = await s.patch(`/Users/${id}`, { op: 'replace', value: { active: false } })
    expect(reply).toMatchObject({ status: 200, body: { active: false } })
    const on = await s.patch(`/Users/${id}`, { op: 'replace', value: { active: true } })
    expect(on.body.active).toBe(true)
    expect(await enabled(id)).toBe(true)
  })

  it('Okta 14: puts the whole person, with a password that nobody keeps', async () => {
    const userName = fresh()
    const { id } = await s.user(userName, { title: 'gone after' })
    const body = {
      schemas: [USER],
      id,
      userName,
      name: { givenName: 'Lee', familyName: 'Chan' },
      emails: [{ primary: true, value: userName, type: 'work' }],
      password: 'tR0ub4dor&3',
      groups: [],
      active: true,
    }
    const reply = await s.send('PUT', `/Users/${id}`, body)
    expect(reply).toMatchObject({ status: 200, body: { name: { givenName: 'Lee' } } })
    expect(reply.body).not.toHaveProperty('title')
    const dump = await s.w.db.query<{ n: number }>(`select count(*)::int as n from identity_links where doc::text like '%tR0ub%'`)
    expect(dump).toEqual([{ n: 0 }])
    expect(JSON.stringify(await read(id))).not.toContain('tR0ub')
  })

  it('Okta 15: takes one member out by a filter in the path', async () => {
    const [a, b] = [await s.user(fresh()), await s.user(fresh())]
    const { id } = await s.group('Okta fifteen', [a.id, b.id])
    expect(await s.patch(`/Groups/${id}`, { op: 'remove', path: `members[value eq "${a.id}"]` })).toMatchObject({ status: 204 })
    expect((await s.send('GET', `/Groups/${id}`)).body.members).toMatchObject([{ value: b.id }])
  })

  it('Okta 16: renames a group with its id in the value, and replaces all members', async () => {
    const [a, b] = [await s.user(fresh()), await s.user(fresh())]
    const { id } = await s.group('Okta sixteen', [a.id])
    const renamed = await s.patch(`/Groups/${id}`, { op: 'replace', value: { id, displayName: 'Okta 16' } })
    expect(renamed.status).toBe(204)
    await s.patch(`/Groups/${id}`, { op: 'replace', path: 'members', value: [{ value: b.id, display: 'whoever' }] })
    expect((await s.send('GET', `/Groups/${id}`)).body).toMatchObject({ displayName: 'Okta 16', members: [{ value: b.id }] })
  })

  it('OneLogin 17: speaks plain JSON, asks by `externalId`, and puts a group with `schemas` alone', async () => {
    const { id } = await s.user(fresh(), { externalId: 'OL-17' })
    const found = await s.send('GET', `/Users?filter=${encodeURIComponent('externalId eq "OL-17"')}`)
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id, externalId: 'OL-17' }] })
    expect((await s.send('GET', `/Users?filter=${encodeURIComponent('externalId eq "ol-17"')}`)).body.totalResults).toBe(0)
    const body = { schemas: [GROUP], displayName: 'OneLogin seventeen' }
    const made = await s.send('POST', '/Groups', body, { 'content-type': 'application/json' })
    expect(made.status).toBe(201)
    const filled = { schemas: [PATCH_OP], Operations: [{ op: 'add', path: 'members', value: [{ value: id }] }] }
    await s.send('PATCH', `/Groups/${made.body.id}`, filled, { 'content-type': 'application/json' })
    expect(await s.send('PUT', `/Groups/${made.body.id}`, { ...body, displayName: 'OneLogin 17' })).toMatchObject({ status: 200 })
    expect((await read(id)).groups).toBeUndefined()
  })
})
