// Who may write whom: a source touches what it made or what was adopted; never an account for emergencies, never a group that may hold
// roles or that requests decide on; never the last administrator. Its token opens this door and no other.

import { beforeAll, describe, expect, it } from 'vitest'
import { DAY } from '../../src/domain/time.ts'
import { changeSource, revokeToken } from '../../src/operations/identity-sources.ts'
import { setPrincipalEnabled } from '../../src/operations/set-principal-enabled.ts'
import { ORIGIN } from '../support/doors.ts'
import { APPROVERS, groupRole, idOf, TEAM } from '../support/world.ts'
import { openScim, type ScimWorld, type Sender, USER } from './support.ts'

let s: ScimWorld
let adopting: Sender
beforeAll(async () => {
  s = await openScim()
  adopting = await s.another('HR', true)
})

const person = async (id: string) =>
  (await s.w.db.query('select upn, enabled, display_name, deleted_at from principals where id = $1', [id]))[0]
const eventsOf = (id: string) =>
  s.w.db.query<{ action: string; kind: string; reason: string | null; data: Record<string, unknown> }>(
    'select action, kind, reason, data from events where subject_id = $1 order by position',
    [id],
  )

describe('the door', () => {
  const bare = (token: string | null, method = 'GET', path = '/scim/v2/Users') =>
    s.doors.app.request(`${ORIGIN}${path}`, { method, headers: token === null ? {} : { authorization: token } })

  it('opens to the token of an enabled source and to nothing else, in words that are always the same', async () => {
    const person = await s.doors.token('admin')
    const answers = await Promise.all(
      [null, 'Bearer ', 'Bearer x', `Bearer ${person}`, `Basic ${s.token}`, `Bearer ${s.token}x`, `Bearer ${'y'.repeat(5_000)}`].map((t) =>
        bare(t),
      ),
    )
    const bodies = await Promise.all(answers.map((a) => a.text()))
    expect(new Set(answers.map((a) => a.status))).toEqual(new Set([401]))
    expect(new Set(bodies).size).toBe(1)
    // InvalidSourceToken
    expect(JSON.parse(bodies[0] ?? '')).toMatchObject({ schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '401' })
    expect(answers[0]?.headers.get('www-authenticate')).toContain('Bearer')
    for (const path of ['/scim', '/scim/v2', '/scim/v2/', '/scim/v2/Schemas', '/scim/Users', '/scim/v2/Bulk'])
      expect((await bare(null, 'POST', path)).status).toBe(401)
  })

  it('is no key to any other door', async () => {
    for (const path of ['/api/v1/me', '/v1.0/users', '/subscriptions?api-version=2020-01-01'])
      expect((await bare(`Bearer ${s.token}`, 'GET', path)).status).toBe(401)
  })

  it('keeps only the hash of a token', async () => {
    const rows = await s.w.db.query<{ t: string }>(`select t::text from source_tokens t union all select e::text from events e`)
    expect(rows.filter((r) => r.t.includes(s.token))).toEqual([])
  })

  it('shuts with the token, its end, the source', async () => {
    const one = await s.another('Short')
    const works = async () => (await one.send('GET', '/Users')).status
    expect(await works()).toBe(200)
    await changeSource(s.w.ctx, s.w.as('admin'), 'Short', { enabled: false })
    expect(await works()).toBe(401)
    await changeSource(s.w.ctx, s.w.as('admin'), 'Short', { enabled: true })
    s.w.pass(366 * DAY)
    expect(await works()).toBe(401)
    s.w.pass(-366 * DAY)
    const [{ id = '' } = {}] = await s.w.db.query<{ id: string }>('select id from source_tokens where source_id = $1', [one.source.id])
    expect(await revokeToken(s.w.ctx, s.w.as('admin'), 'Short', id)).toMatchObject({ ok: true })
    expect(await revokeToken(s.w.ctx, s.w.as('admin'), 'Short', id)).toMatchObject({ ok: false, fault: { code: 'ResourceNotFound' } })
    expect(await works()).toBe(401)
  })

  it('answers what it does not offer in its own words', async () => {
    expect(await s.send('GET', '/Nothing')).toMatchObject({ status: 404, body: { status: '404' } })
    expect(await s.send('DELETE', '/Users')).toMatchObject({ status: 405 })
    expect(await s.send('POST', '/Users', '{"userName":')).toMatchObject({ status: 400, body: { scimType: 'invalidSyntax' } })
    expect(await s.send('POST', '/Users', `{"userName":"${'x'.repeat(4_300_000)}"}`)).toMatchObject({ status: 413 })
    expect(await s.send('GET', '/Users/not-an-id')).toMatchObject({ status: 404 })
    expect(await s.send('GET', '/Users/%00')).toMatchObject({ status: 400 })
  })
})

describe('whom a source may touch', () => {
  it('never sees or writes those of another source, or of nobody', async () => {
    const other = await s.another('Other')
    const { id } = await other.user('theirs@contoso.com')
    for (const path of [`/Users/${id}`, `/Users/${idOf('priya')}`, `/Groups/${TEAM}`]) {
      expect(await s.send('GET', path)).toMatchObject({ status: 404 })
      expect(await s.send('DELETE', path)).toMatchObject({ status: 404 })
      expect(await s.patch(path, { op: 'replace', path: 'displayName', value: 'Mine' })).toMatchObject({ status: 404 })
    }
    expect((await s.send('GET', '/Users?filter=userName%20eq%20%22theirs@contoso.com%22')).body.totalResults).toBe(0)
    const { id: group } = await s.group('With strangers')
    expect(await s.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] })).toMatchObject({ status: 400 })
    expect(await s.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: idOf('priya') }] })).toMatchObject({
      status: 400,
    })
    expect(await s.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: group }] })).toMatchObject({ status: 400 })
  })

  it('refuses a name that somebody else holds, in any case, and tells of it', async () => {
    const reply = await s.send('POST', '/Users', { schemas: [USER], userName: 'PRIYA@contoso.com' })
    // IdentityConflict
    expect(reply).toMatchObject({ status: 409, body: { scimType: 'uniqueness', status: '409' } })
    const { id } = await s.user('renamed@contoso.com')
    expect(await s.patch(`/Users/${id}`, { op: 'replace', path: 'userName', value: 'sam@contoso.com' })).toMatchObject({ status: 409 })
    expect(await s.send('POST', '/Groups', { displayName: 'payments PLATFORM' })).toMatchObject({ status: 409 })
    expect((await eventsOf(id)).at(-1)).toMatchObject({
      kind: 'refusal',
      action: 'updateUser',
      data: { code: 'IdentityConflict', identitySource: 'Okta' },
    })
    expect(await s.send('POST', '/Users', { schemas: [USER], userName: 'renamed@contoso.com' })).toMatchObject({ status: 409 })
    const twin = { schemas: [USER], userName: 'twin1@contoso.com', externalId: 'T' }
    expect(await s.send('POST', '/Users', twin)).toMatchObject({ status: 201 })
    expect(await s.send('POST', '/Users', { ...twin, userName: 'twin2@contoso.com' })).toMatchObject({ status: 409 })
  })

  it('gives one of two who come at once the name', async () => {
    const body = { schemas: [USER], userName: 'race@contoso.com' }
    const replies = await Promise.all(Array.from({ length: 8 }, () => s.send('POST', '/Users', body)))
    expect(replies.map((r) => r.status).sort()).toEqual([201, ...Array(7).fill(409)])
  })

  it('adopts only where it may, and knows who had been turned off before', async () => {
    await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), idOf('sam'), false)
    expect(await adopting.user('engineer@contoso.com', { displayName: 'E' })).toMatchObject({ id: idOf('engineer'), active: true })
    expect(await person(idOf('engineer'))).toMatchObject({ display_name: 'E' })
    // Somebody here had turned them off: they stay so.
    expect(await adopting.user('sam@contoso.com')).toMatchObject({ id: idOf('sam'), active: false })
    expect(await person(idOf('sam'))).toMatchObject({ enabled: false })
    expect((await eventsOf(idOf('engineer'))).at(-1)).toMatchObject({ action: 'adoptUser', data: { identitySource: 'HR' } })
  })

  it('never touches an account for emergencies, before or after', async () => {
    await s.w.db.query('update principals set is_emergency_access = true where id = $1', [idOf('auditor')])
    expect(await adopting.send('POST', '/Users', { userName: 'auditor@contoso.com' })).toMatchObject({ status: 409 })
    const { id } = await s.user('later@contoso.com')
    const { id: group } = await s.group('For emergencies')
    await s.w.db.query('update principals set is_emergency_access = true where id = $1', [id])
    // IdentityNotKept
    expect(await s.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })).toMatchObject({
      status: 403,
      body: { scimType: 'mutability' },
    })
    expect(await s.send('DELETE', `/Users/${id}`)).toMatchObject({ status: 403 })
    expect(await s.patch(`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: id }] })).toMatchObject({ status: 400 })
    expect(await person(id)).toMatchObject({ enabled: true, deleted_at: null })
  })

  it('writes no group that may hold roles, nor one that requests decide on', async () => {
    for (const name of ['Payments Platform', 'pag-payments-operators'])
      expect(await adopting.send('POST', '/Groups', { displayName: name })).toMatchObject({ status: 409 })
    const adopted = await adopting.group('Cloud Platform Approvers')
    expect(adopted.id).toBe(APPROVERS)
    const { id } = await s.group('Managed later')
    const { id: who } = await s.user('member@contoso.com')
    await s.w.db.query(`update scopes set managed_at = created.at from (select now() as at) created where plane = 'group' and id = $1`, [
      id,
    ])
    expect(await s.patch(`/Groups/${id}`, { op: 'add', path: 'members', value: [{ value: who }] })).toMatchObject({ status: 403 })
    expect(await s.send('DELETE', `/Groups/${id}`)).toMatchObject({ status: 403 })
  })

  it('keeps what somebody else gave: a member put in by hand stays', async () => {
    const members = async () =>
      (
        await s.w.db.query<{ id: string }>(`select principal_id as id from schedules where group_id = $1 and status = 'Provisioned'`, [
          APPROVERS,
        ])
      ).map((r) => r.id)
    expect(await members()).toContain(idOf('lead'))
    await adopting.patch(`/Groups/${APPROVERS}`, { op: 'replace', path: 'members', value: [{ value: idOf('engineer') }] })
    expect((await members()).sort()).toEqual([idOf('engineer'), idOf('lead'), idOf('manager')].sort())
    expect((await adopting.send('GET', `/Groups/${APPROVERS}`)).body.members).toMatchObject([{ value: idOf('engineer') }])
  })

  it('lets nobody here fill its groups by requests', async () => {
    const { id } = await s.group('Synchronised')
    const refused = await s.w.submit(s.w.as('admin'), s.w.ask('adminAssign', 'Eligibility', groupRole(id), idOf('priya')))
    expect(refused).toMatchObject({ ok: false, fault: { code: 'PrincipalNotAllowed' } })
  })

  it('cannot turn off, delete or rename away the last administrator', async () => {
    const { id } = await adopting.user('admin@contoso.com')
    expect(id).toBe(idOf('admin'))
    expect(await adopting.patch(`/Users/${id}`, { op: 'replace', path: 'active', value: false })).toMatchObject({ status: 400 })
    expect(await adopting.send('DELETE', `/Users/${id}`)).toMatchObject({ status: 400 })
    expect(await person(id)).toMatchObject({ enabled: true, deleted_at: null })
    expect((await eventsOf(id)).at(-1)).toMatchObject({ kind: 'refusal', data: { code: 'CannotRemoveLastActiveAdministrator' } })
  })
})
