// Sources of people attacked once more (issue 4): what cannot be kept, groups in circles, documents that grow, names cut in half, the
// secrets of the server's machine asked for by somebody far away.

import { createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Reading } from '../../src/domain/identity/reading.ts'
import { ok } from '../../src/domain/result.ts'
import { syncDue } from '../../src/operations/identity-import.ts'
import { addSource, readSource, wantSync } from '../../src/operations/identity-sources.ts'
import { ENTERPRISE, openScim, type ScimWorld } from '../scim/support.ts'
import { idOf } from '../support/world.ts'

let s: ScimWorld
beforeAll(async () => {
  s = await openScim()
})

const person = (n: number, more: object = {}) => ({
  ...{ externalId: `id-${n}`, userName: `read${n}@contoso.com`, displayName: `Read ${n}`, mail: null, active: true, manager: null },
  attributes: {},
  ...more,
})

describe('a directory whose people write into their own entries', () => {
  const sync = async (reading: Partial<Reading>) => {
    s.w.pass(1_000)
    await wantSync(s.w.ctx, s.w.as('admin'), 'Directory', { full: true, dryRun: false, override: true })
    return syncDue(s.w.ctx, async () => ok({ full: true, users: [], groups: [], gone: [], watermark: null, ...reading }))
  }
  beforeAll(async () => {
    const made = await addSource(s.w.ctx, s.w.as('admin'), { kind: 'ldap', name: 'Directory', adopt: false, settings: {} })
    expect(made.ok).toBe(true)
  })

  it.each([
    ['a title', { attributes: { jobTitle: 'a\u0000b' } }],
    ['a name', { displayName: 'a\u0000b' }],
    ['a user name', { userName: 'a\u0000b' }],
    ['an id', { externalId: 'a\u0000b' }],
    ['a mail', { mail: 'a\u0000b@contoso.com' }],
    ['half a character', { attributes: { department: 'a\ud800' } }],
  ])('a NUL in %s stops nobody else from leaving', async (_, more) => {
    const people = [person(1), person(2), person(3)]
    expect(await sync({ users: people })).toMatchObject({ result: { ok: true } })
    const [row] = await s.w.db.query<{ enabled: boolean }>(`select enabled from principals where upn = 'read1@contoso.com'`)
    expect(row?.enabled).toBe(true)
    const done = await sync({ users: [person(1, { active: false }), person(2), person(3), person(9, more)] })
    expect(done).toMatchObject({ result: { ok: true, value: { findings: [{ code: 'InvalidObject' }] } } })
    const [now] = await s.w.db.query<{ enabled: boolean }>(`select enabled from principals where upn = 'read1@contoso.com'`)
    expect(now?.enabled).toBe(false)
  })

  it.each([
    ['a name that cannot stand', { displayName: 'x'.repeat(257) }],
    ['a mail that cannot stand', { mail: 'x'.repeat(321) }],
    ['a title with NUL', { attributes: { jobTitle: '\u0000' } }],
    ['the name of somebody else', { userName: 'read3@contoso.com' }],
    ['the name of an administrator', { userName: 'admin@contoso.com' }],
    ['a name of nowhere', { userName: 'x@elsewhere.example' }],
  ])('nobody whom it disables keeps their access by %s', async (_, more) => {
    expect(await sync({ users: [person(3), person(4)] })).toMatchObject({ result: { ok: true } })
    const enabled = async () =>
      (await s.w.db.query<{ enabled: boolean }>(`select enabled from principals where upn = 'read4@contoso.com'`))[0]?.enabled
    expect(await enabled()).toBe(true)
    await sync({ users: [person(3), person(4, { ...more, active: false })] })
    expect(await enabled()).toBe(false)
    // And what is wrong is told at the next look.
    expect(await sync({ users: [person(3), person(4, { ...more, active: false })] })).toMatchObject({
      result: { value: { findings: [{ externalId: 'id-4' }] } },
    })
    await sync({ users: [person(3), person(4)] })
    expect(await enabled()).toBe(true)
  })

  it.each([
    ['a name', { displayName: 'a\u0000b' }],
    ['a description', { description: 'a\u0000b' }],
    ['an id', { externalId: 'a\u0000b' }],
  ])('a NUL in %s of a group is a finding', async (_, more) => {
    const users = [person(2), person(3)]
    const group = { externalId: 'g', displayName: 'Odd group', description: null, members: ['id-2'], ...more }
    const done = await sync({ users, groups: [group] })
    expect(done).toMatchObject({ result: { ok: true, value: { findings: expect.arrayContaining([expect.anything()]) } } })
    expect((await readSource(s.w.ctx, s.w.as('admin'), 'Directory')).ok).toBe(true)
  })
})

describe('a source that pushes', () => {
  it('groups that hold each other end in no circle', async () => {
    const inner = await s.user('inner@contoso.com')
    const a = await s.group('Ring A', [inner.id])
    const b = await s.group('Ring B', [a.id])
    const closed = await s.patch(`/Groups/${a.id}`, { op: 'add', path: 'members', value: [{ value: b.id }] })
    expect(closed.status).toBeLessThan(500)
    const self = await s.patch(`/Groups/${a.id}`, { op: 'add', path: 'members', value: [{ value: a.id }] })
    expect(self.status).toBe(400)
    expect((await s.send('PATCH', `/Users/${inner.id}`, { Operations: [{ op: 'replace', value: { active: false } }] })).status).toBe(200)
    expect((await s.send('DELETE', `/Groups/${b.id}`)).status).toBe(204)
    expect((await s.send('DELETE', `/Groups/${a.id}`)).status).toBe(204)
  })

  it('a document does not grow beyond what one request may say', async () => {
    const grown = await s.user('grown@contoso.com')
    const many = (from: number) => Array.from({ length: 150 }, (_, i) => ({ value: `e${from + i}` }))
    const add = (from: number) => s.patch(`/Users/${grown.id}`, { op: 'add', path: 'entitlements', value: many(from) })
    expect((await add(0)).status).toBe(200)
    expect(await add(1_000)).toMatchObject({ status: 400 })
    const one = (i: number) => ({ op: 'add', path: `roles[value eq "r${i}"].display`, value: 'x' })
    expect(await s.patch(`/Users/${grown.id}`, ...Array.from({ length: 400 }, (_, i) => one(i)))).toMatchObject({ status: 400 })
    const [kept] = await s.w.db.query<{ n: number }>('select length(doc::text) as n from identity_links where principal_id = $1', [
      grown.id,
    ])
    expect(kept?.n).toBeLessThan(20_000)
    // Nor by many long ones.
    const photos = Array.from({ length: 10 }, (_, i) => ({ value: `${i}${'p'.repeat(90_000)}` }))
    expect(await s.patch(`/Users/${grown.id}`, { op: 'add', path: 'photos', value: photos })).toMatchObject({ status: 400 })
    expect(await s.send('PUT', `/Users/${grown.id}`, { userName: 'grown@contoso.com', photos })).toMatchObject({ status: 400 })
  })

  it('a name that is taken is a conflict, however it is cut for the event', async () => {
    const name = `${'x'.repeat(199)}😀 group`
    await s.group(name)
    const other = await s.another('Second')
    expect((await other.send('POST', '/Groups', { displayName: name })).status).toBe(409)
    const long = `${'\u{1F600}'.repeat(120)}@contoso.com`
    expect((await other.send('POST', '/Users', { userName: long })).status).toBe(400)
  })

  it('knows nothing of whom it does not keep, by whatever verb or path', async () => {
    const stranger = idOf('admin')
    const second = await s.another('Third')
    const mine = await s.user('only-mine@contoso.com')
    for (const id of [stranger, mine.id]) {
      for (const [method, body] of [
        ['GET', undefined],
        ['PUT', { userName: 'admin@contoso.com', active: false }],
        ['PATCH', { Operations: [{ op: 'replace', path: 'active', value: false }] }],
        ['DELETE', undefined],
      ] as const)
        expect((await second.send(method, `/Users/${id}`, body)).status).toBe(404)
      expect((await second.send('POST', '/Groups', { displayName: `G ${id}`, members: [{ value: id }] })).status).toBe(400)
      const boss = await second.user(`sub-${id.slice(0, 8)}@contoso.com`, { [ENTERPRISE]: { manager: { value: id } } })
      const [row] = await s.w.db.query<{ manager_id: string | null }>('select manager_id from principals where id = $1', [boss.id])
      expect(row?.manager_id).toBeNull()
    }
  })

  it('a bulk whose references go in a circle, or nowhere, writes nothing wrong', async () => {
    const bulk = await s.send('POST', '/Bulk', {
      Operations: [
        { method: 'POST', path: '/Groups', bulkId: 'a', data: { displayName: 'Bulk A', members: [{ value: 'bulkId:b' }] } },
        { method: 'POST', path: '/Groups', bulkId: 'b', data: { displayName: 'Bulk B', members: [{ value: 'bulkId:a' }] } },
        { method: 'PATCH', path: '/Users/bulkId:constructor', data: { Operations: [{ op: 'replace', path: 'active', value: false }] } },
        { method: 'DELETE', path: `/Users/${idOf('admin')}` },
      ],
    })
    expect(bulk.body.Operations.map((o: { status: string }) => o.status)).toEqual(['400', '400', '404', '404'])
  })

  it('whom somebody here turned off it does not turn on, by whatever it says', async () => {
    const off = await s.user('off@contoso.com')
    const { setPrincipalEnabled } = await import('../../src/operations/set-principal-enabled.ts')
    await s.send('PUT', `/Users/${off.id}`, { userName: 'off@contoso.com', active: false })
    expect(await setPrincipalEnabled(s.w.ctx, s.w.as('admin'), off.id, false)).toMatchObject({ ok: true })
    await s.send('PUT', `/Users/${off.id}`, { userName: 'off@contoso.com' })
    await s.patch(`/Users/${off.id}`, { op: 'replace', value: { active: 'True' } })
    await s.patch(`/Users/${off.id}`, { op: 'remove', path: 'active' })
    const [row] = await s.w.db.query<{ enabled: boolean }>('select enabled from principals where id = $1', [off.id])
    expect(row?.enabled).toBe(false)
    for (const active of [[], {}, 0, 1, 'no', null, [true, false]])
      expect((await s.send('PUT', `/Users/${off.id}`, { userName: 'off@contoso.com', active })).status).toBeLessThan(500)
  })
})

describe('the account that reads a directory', () => {
  let server: Server
  let heard = ''
  let port = 0
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('data', (bytes) => {
        heard += bytes.toString('latin1')
        socket.end()
      })
      socket.on('error', () => {})
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    port = (server.address() as { port: number }).port
  })
  afterAll(() => new Promise((done) => server.close(done)))

  it('is no way to read what else the server knows: its key, its database, its environment', async () => {
    const { mkdtemp, writeFile } = await import('node:fs/promises')
    const { tmpdir } = await import('node:os')
    const { join } = await import('node:path')
    const { ldapReader } = await import('../../src/sources/ldap/read.ts')
    const folder = await mkdtemp(join(tmpdir(), 'stint-secrets-'))
    const key = join(folder, 'signing-key.json')
    await writeFile(key, 'PRIVATE-KEY-OF-THE-SERVER', { mode: 0o600 })
    const read = ldapReader({ STINT_DATABASE_URL: 'postgres://THE-DATABASE', AWS_SECRET_ACCESS_KEY: 'ANOTHER-SECRET' })
    const base = { url: `ldap://127.0.0.1:${port}`, plain: true, dialect: 'openldap', bindDn: 'cn=x', base: 'dc=x' }
    for (const password of [
      { file: key },
      { file: `${folder}/x.password/../signing-key.json` },
      { env: 'STINT_DATABASE_URL' },
      { env: 'AWS_SECRET_ACCESS_KEY' },
    ]) {
      const done = await read({ ...base, password }, {}, { full: true, known: new Set() })
      expect(done).toMatchObject({ ok: false, fault: { code: 'InvalidIdentitySource' } })
    }
    expect(heard).not.toMatch(/PRIVATE-KEY|THE-DATABASE|ANOTHER-SECRET/)
  })
})

describe('many at once', () => {
  it('of ten who push the same person, or the same group, one is first', async () => {
    const users = await Promise.all(
      Array.from({ length: 10 }, () => s.send('POST', '/Users', { userName: 'same@contoso.com', externalId: 'same' })),
    )
    expect(users.map((r) => r.status).sort()).toEqual([201, ...Array(9).fill(409)])
    const groups = await Promise.all(
      Array.from({ length: 10 }, () => s.send('POST', '/Groups', { displayName: 'Same', externalId: 'same' })),
    )
    expect(groups.map((r) => r.status).sort()).toEqual([201, ...Array(9).fill(409)])
  })

  it('turned on and off at once, a person is as the last word says, and a group goes with its members or not at all', async () => {
    const one = await s.user('flicker@contoso.com')
    const group = await s.group('Flicker', [one.id])
    const set = (active: boolean) => s.patch(`/Users/${one.id}`, { op: 'replace', path: 'active', value: active })
    const done = await Promise.all([
      ...Array.from({ length: 12 }, (_, i) => set(i % 2 === 0)),
      s.patch(`/Groups/${group.id}`, { op: 'remove', path: 'members' }),
      s.send('DELETE', `/Groups/${group.id}`),
      s.send('DELETE', `/Groups/${group.id}`),
    ])
    expect(done.filter((r) => r.status >= 500)).toEqual([])
    const read = await s.send('GET', `/Users/${one.id}`)
    const [row] = await s.w.db.query<{ enabled: boolean }>('select enabled from principals where id = $1', [one.id])
    expect(read.body.active).toBe(row?.enabled)
  })

  it('a patch of a thousand operations holds up nobody for long', async () => {
    const wide = await s.user('wide@contoso.com', {
      entitlements: Array.from({ length: 199 }, (_, i) => ({ value: `${'v'.repeat(2_000)}${i}` })),
    })
    const op = { op: 'add', path: 'entitlements', value: [{ value: `${'v'.repeat(2_000)}198` }] }
    let worst = 0
    let last = performance.now()
    const beat = setInterval(() => {
      worst = Math.max(worst, performance.now() - last)
      last = performance.now()
    }, 5)
    const done = await s.patch(`/Users/${wide.id}`, ...Array.from({ length: 1_000 }, () => op))
    clearInterval(beat)
    expect(done.status).toBe(200)
    expect(worst).toBeLessThan(1_500)
  })
})
