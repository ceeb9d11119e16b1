// Who is on and off by whose word, what is told of it, and the sources themselves.

import { beforeAll, describe, expect, it } from 'vitest'
import { deletePrincipal } from '../../src/operations/directory-delete.ts'
import { doneBySources, removeSource } from '../../src/operations/identity-sources.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { groupRole, idOf } from '../support/world.ts'
import { openScim, type ScimWorld } from './support.ts'

let s: ScimWorld
beforeAll(async () => {
  s = await openScim()
})

const person = async (id: string) =>
  (await s.w.db.query('select upn, enabled, display_name, deleted_at from principals where id = $1', [id]))[0]
const eventsOf = (id: string) =>
  s.w.db.query<{ action: string; kind: string; reason: string | null; data: Record<string, unknown> }>(
    'select action, kind, reason, data from events where subject_id = $1 order by position',
    [id],
  )

describe('who is on and off', () => {
  it('does not turn on again whom an administrator turned off, not even one whom it had turned off itself', async () => {
    const on = async (id: string) => (await s.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true })).body.active
    const off = (id: string) => s.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })
    const { id } = await s.user('held@contoso.com')
    await off(id)
    expect(await on(id)).toBe(true)
    await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), id, false)
    await off(id)
    expect(await on(id)).toBe(false)
    await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), id, true)
    await off(id)
    await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), id, false)
    expect(await on(id)).toBe(false)
    await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), id, true)
    expect((await s.send('GET', `/Users/${id}`)).body.active).toBe(true)
  })

  it('writes one event for a change, and none where nothing changed', async () => {
    const { id } = await s.user('events@contoso.com', { title: 'a' })
    const count = async () => (await s.w.db.query<{ n: number }>('select count(*)::int as n from events'))[0]?.n ?? 0
    const before = await count()
    await s.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'a' })
    await s.send('PUT', `/Users/${id}`, { userName: 'events@contoso.com', title: 'a', active: true })
    expect(await count()).toBe(before)
    await s.patch(`/Users/${id}`, { op: 'replace', path: 'title', value: 'b' }, { op: 'replace', path: 'active', value: false })
    expect(await count()).toBe(before + 1)
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      action: 'disablePrincipal',
      reason: 'Okta says the person may no longer act',
      data: { fields: 'jobTitle', identitySource: 'Okta' },
    })
  })

  it('says why somebody lost a group, to themselves and to who runs the installation, and to nobody else', async () => {
    const { id } = await s.user('asks@contoso.com')
    const { id: group } = await s.group('Lost', [id])
    await s.patch(`/Groups/${group}`, { op: 'remove', path: `members[value eq "${id}"]` })
    const authorization = `Bearer ${await s.doors.token('priya', { oid: id })}`
    const mine = await s.doors.send(null, 'GET', '/api/v1/identities/done', undefined, { authorization })
    expect(mine.body.items[0]).toMatchObject({
      source: 'Okta',
      action: 'leaveGroup',
      reason: 'Okta has them in Lost no longer',
      scope: group,
    })
    expect(await s.doors.send('priya', 'GET', `/api/v1/identities/done?person=${id}`)).toMatchObject({ status: 403 })
    await s.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })
    expect(await s.doors.send(null, 'GET', '/api/v1/identities/done', undefined, { authorization })).toMatchObject({ status: 403 })
    expect(await s.doors.send('admin', 'GET', '/api/v1/identities/done?person=asks@contoso.com')).toMatchObject({ status: 200 })
    expect(await doneBySources(s.w.ctx, s.w.as('admin'), 'nobody at all')).toMatchObject({ ok: false, fault: { code: 'SubjectNotFound' } })
  })

  it('makes somebody anew who was deleted here, and lets go of the old', async () => {
    const { id } = await s.user('gone@contoso.com', { externalId: 'G' })
    expect(await deletePrincipal(s.w.ctx, s.w.as('admin'), 'user', id)).toMatchObject({ ok: true })
    expect(await s.send('GET', `/Users/${id}`)).toMatchObject({ status: 404 })
    expect(await s.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: true })).toMatchObject({ status: 404 })
    const again = await s.user('gone@contoso.com', { externalId: 'G' })
    expect(again.id).not.toBe(id)
  })
})

describe('sources themselves', () => {
  const POST = (who: 'admin' | 'priya', path: string, body: unknown) => s.doors.send(who, 'POST', `/api/v1${path}`, body)

  it('are made, changed and taken away by who runs the installation alone', async () => {
    for (const [method, path, body] of [
      ['GET', '/sources', undefined],
      ['GET', '/sources/Okta', undefined],
      ['POST', '/sources', { kind: 'scim', name: 'Mine' }],
      ['PATCH', '/sources/Okta', { adopt: true }],
      ['POST', '/sources/Okta/tokens', {}],
      ['POST', '/sources/Okta/remove', undefined],
      ['POST', '/sources/Okta/sync', {}],
      ['POST', '/sources/Okta/import', { text: '' }],
    ] as const) {
      expect(await s.doors.send('priya', method, `/api/v1${path}`, body)).toMatchObject({ status: 403 })
      expect(await s.doors.send(null, method, `/api/v1${path}`, body)).toMatchObject({ status: 401 })
    }
    // IdentitySourceExists, IdentitySourceNotFound, InvalidIdentitySource
    expect(await POST('admin', '/sources', { kind: 'scim', name: 'OKTA' })).toMatchObject({
      status: 409,
      body: { code: 'IdentitySourceExists' },
    })
    expect(await s.doors.send('admin', 'GET', '/api/v1/sources/nothing')).toMatchObject({
      status: 404,
      body: { code: 'IdentitySourceNotFound' },
    })
    expect(await POST('admin', '/sources', { kind: 'ldap', name: 'Leaky', settings: { password: 'in the clear' } })).toMatchObject({
      status: 400,
      body: { code: 'InvalidIdentitySource' },
    })
    expect(await POST('admin', '/sources/Okta/sync', {})).toMatchObject({ status: 400, body: { code: 'InvalidIdentitySource' } })
    expect(await POST('admin', '/sources/Okta/tokens', { days: 731 })).toMatchObject({ status: 400 })
  })

  it('leave their people and groups when they go', async () => {
    const one = await s.another('Leaving')
    const { id } = await one.user('stays@contoso.com')
    const { id: group } = await one.group('Stays', [id])
    expect(await removeSource(s.w.ctx, s.w.as('admin'), 'Leaving')).toMatchObject({ ok: true })
    expect(await one.send('GET', '/Users')).toMatchObject({ status: 401 })
    expect(await person(id)).toMatchObject({ enabled: true, deleted_at: null })
    const refused = await s.w.submit(
      s.w.as('admin'),
      s.w.ask('adminAssign', 'Eligibility', groupRole(group), idOf('priya'), {
        schedule: { start: null, type: 'AfterDuration', duration: 'P7D', end: null },
      }),
    )
    expect(refused).toMatchObject({ ok: true })
  })
})
