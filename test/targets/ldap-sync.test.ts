// A real OpenLDAP, synced: people come, change, are turned off, leave; groups nest; what breaks takes nobody away.

import { Attribute, Change, type Client } from 'ldapts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ldapBinder } from '../../src/sources/ldap/bind.ts'
import { ldapReader } from '../../src/sources/ldap/read.ts'
import type { World } from '../support/world.ts'
import { type PrivateDirectory, startSlapd } from './debian-slapd.ts'
import { type Synced, syncing } from './ldap-world.ts'

let d: PrivateDirectory
let admin: Client
let s: Synced & { w: World }
let settings: Record<string, unknown>
const ENV = { STINT_SOURCE_PASSWORD: '' }
const dn = (uid: string, ou = 'people') => `uid=${uid},ou=${ou},${d.base}`
const groupDn = (cn: string) => `cn=${cn},ou=groups,${d.base}`
const change = (type: string, values: string[], operation: 'replace' | 'add' | 'delete' = 'replace') =>
  new Change({ operation, modification: new Attribute({ type, values }) })

const add = (uid: string, more: Record<string, string> = {}) =>
  admin.add(dn(uid), {
    objectClass: 'inetOrgPerson',
    uid,
    cn: uid,
    sn: uid,
    displayName: `${uid} of Contoso`,
    mail: `${uid}@contoso.com`,
    userPassword: `${uid} and a long password`,
    ...more,
  })

beforeAll(async () => {
  d = await startSlapd()
  ENV.STINT_SOURCE_PASSWORD = d.password
  admin = await d.admin()
  for (const uid of ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal']) await add(uid)
  await admin.modify(dn('ben'), change('manager', [dn('ann')]))
  await admin.add(groupDn('payments'), { objectClass: 'groupOfNames', cn: 'payments', member: [dn('ann'), dn('ben')] })
  // In other letters, and nested.
  await admin.add(groupDn('everybody'), {
    objectClass: 'groupOfNames',
    cn: 'everybody',
    member: [groupDn('payments').toUpperCase(), `uid=Cleo, ou=people, ${d.base}`],
  })
  settings = {
    url: d.url,
    caFile: d.caFile,
    bindDn: d.bindDn,
    password: { env: 'STINT_SOURCE_PASSWORD' },
    base: `ou=people,${d.base}`,
    groupBase: `ou=groups,${d.base}`,
    disabledAttribute: 'pwdAccountLockedTime',
    pageSize: 4,
  }
  s = await syncing(settings, ENV)
})

afterAll(async () => {
  await admin?.unbind()
  await d?.stop()
})

const external = async (upn: string) =>
  (await s.w.db.query<{ e: string }>('select external_id as e from identity_links where name = $1', [upn]))[0]?.e ?? ''

describe('OpenLDAP', () => {
  it('brings in everybody in pages, groups that nest, and managers', async () => {
    const state = await s.sync()
    expect(state).toMatchObject({ lastError: null, findingCount: 0, lastRun: { added: 8, groups: 2, joined: 4, full: true } })
    expect(await s.person('ben@contoso.com')).toMatchObject({
      enabled: true,
      display_name: 'ben of Contoso',
      attributes: { surname: 'ben' },
    })
    expect(await s.members('payments')).toEqual(['ann of Contoso', 'ben of Contoso'])
    expect(await s.members('everybody')).toEqual(['cleo of Contoso', 'payments'])
    const managers = await s.w.db.query(
      `select m.upn from principals p join principals m on m.id = p.manager_id where p.upn = 'ben@contoso.com'`,
    )
    expect(managers).toEqual([{ upn: 'ann@contoso.com' }])
  })

  it('writes nothing where nothing changed', async () => {
    const events = () => s.w.db.query<{ n: number }>('select count(*)::int as n from events')
    await s.sync({ full: true })
    const before = await events()
    await s.sync({ full: true })
    // One: somebody asked for it.
    expect((await events())[0]?.n).toBe((before[0]?.n ?? 0) + 1)
  })

  it('follows a rename, a move and a new member by the id of the entry', async () => {
    const before = await s.person('ann@contoso.com')
    await admin.modifyDN(dn('ann'), dn('anna'))
    await admin.modify(dn('anna'), change('displayName', ['Anna of Contoso']))
    await admin.modify(groupDn('payments'), change('member', [dn('dan')], 'add'))
    await admin.modify(groupDn('payments'), change('member', [dn('ann')], 'delete'))
    await admin.modify(groupDn('payments'), change('member', [dn('anna')], 'add'))
    await s.sync()
    expect(await s.person('anna@contoso.com')).toMatchObject({ id: before?.id, display_name: 'Anna of Contoso' })
    expect(await s.person('ann@contoso.com')).toBeUndefined()
    expect(await s.members('payments')).toEqual(['Anna of Contoso', 'ben of Contoso', 'dan of Contoso'])
  })

  it('turns off whom the directory locks, and on again whom it unlocks', async () => {
    await admin.modify(dn('cleo'), change('pwdAccountLockedTime', ['000001010000Z']))
    expect(await s.sync()).toMatchObject({ lastRun: { disabled: 1 } })
    expect(await s.person('cleo@contoso.com')).toMatchObject({ enabled: false })
    expect((await s.events('disablePrincipal')).at(-1)).toMatchObject({ reason: 'Directory says the person may no longer act' })
    await admin.modify(dn('cleo'), change('pwdAccountLockedTime', [], 'delete'))
    expect(await s.sync()).toMatchObject({ lastRun: { enabled: 1 } })
  })

  it('deletes whom the directory deleted, and whoever moved out of what is read', async () => {
    await admin.del(dn('dan'))
    await admin.modifyDN(dn('eve'), dn('eve', 'elsewhere'))
    expect(await s.sync()).toMatchObject({ lastRun: { deleted: 2 } })
    expect(await s.person('eve@contoso.com')).toMatchObject({ gone: true })
    expect(await s.members('payments')).toEqual(['Anna of Contoso', 'ben of Contoso'])
    expect((await s.events('deleteUser')).map((e) => e.reason)).toEqual(['Directory has it no longer', 'Directory has it no longer'])
  })

  it('reports a name that somebody else holds, and takes over the rest', async () => {
    await add('priya')
    await add('zoe')
    const state = await s.sync()
    expect(state).toMatchObject({ findingCount: 1, findings: [{ code: 'IdentityConflict', name: 'priya' }], lastRun: { added: 1 } })
    await admin.del(dn('priya'))
    await s.sync({ full: true })
  })

  it('stops before writing where many would be lost, until somebody says so', async () => {
    const uids = Array.from({ length: 30 }, (_, i) => `crowd${i}`)
    for (const uid of uids) await add(uid)
    await s.sync()
    for (const uid of uids.slice(0, 20)) await admin.del(dn(uid))
    const state = await s.sync()
    expect(state.lastError).toMatch(/would take away 20 of 3\d people, and the limit is 10/)
    expect(await s.person('crowd0@contoso.com')).toMatchObject({ gone: false })
    const rehearsed = await s.sync({ dryRun: true, override: true })
    expect(rehearsed).toMatchObject({ lastRun: { deleted: 20, dryRun: true } })
    expect(await s.person('crowd0@contoso.com')).toMatchObject({ gone: false })
    expect(await s.sync({ override: true })).toMatchObject({ lastError: null, lastRun: { deleted: 20 } })
    expect(await s.person('crowd0@contoso.com')).toMatchObject({ gone: true })
  })

  it('takes nobody away when the directory is empty, hangs or is gone', async () => {
    const kept = () => s.w.db.query<{ n: number }>('select count(*)::int as n from identity_links')
    const before = await kept()
    const elsewhere = { ...settings, base: `ou=elsewhere,${d.base}`, groupBase: `ou=elsewhere,${d.base}`, userFilter: '(uid=nobody)' }
    await s.w.db.query('update identity_sources set settings = $1', [JSON.stringify(elsewhere)])
    expect((await s.sync({ full: true })).lastError).toMatch(/TooManyLost|would take away/)
    await s.w.db.query('update identity_sources set settings = $1', [JSON.stringify({ ...settings, callMs: 500, connectMs: 500 })])
    d.pause()
    expect((await s.sync({ full: true })).lastError).toMatch(/the directory cannot be read/)
    d.resume()
    await s.w.db.query('update identity_sources set settings = $1', [JSON.stringify({ ...settings, url: 'ldaps://localhost:1' })])
    expect((await s.sync({ full: true })).lastError).toMatch(/the directory cannot be read/)
    await s.w.db.query('update identity_sources set settings = $1', [JSON.stringify(settings)])
    expect(await kept()).toEqual(before)
    expect(await s.sync({ full: true })).toMatchObject({ lastError: null, lastRun: { deleted: 0 } })
  })

  it('speaks TLS or not at all: StartTLS, its own authority, and plain text only where it is allowed', async () => {
    const read = (more: Record<string, unknown>) => ldapReader(ENV)({ ...settings, ...more }, {}, { full: true, known: new Set() })
    expect(await read({ url: d.plainUrl, serverName: 'localhost' })).toMatchObject({ ok: true })
    expect(await read({ url: d.plainUrl, plain: true, caFile: undefined })).toMatchObject({ ok: true })
    expect(await read({ caFile: undefined })).toMatchObject({ ok: false, fault: { code: 'SourceUnreachable' } })
    expect(await read({ serverName: 'another.contoso.com' })).toMatchObject({ ok: false, fault: { code: 'SourceUnreachable' } })
    expect(await read({ url: 'ldap://dc1.contoso.com', plain: true })).toMatchObject({
      ok: false,
      fault: { code: 'InvalidIdentitySource' },
    })
    expect(await read({ password: { env: 'STINT_SOURCE_NOT_THERE' } })).toMatchObject({
      ok: false,
      fault: { code: 'InvalidIdentitySource' },
    })
    expect(await read({ password: 'in the clear' })).toMatchObject({ ok: false, fault: { code: 'InvalidIdentitySource' } })
  })

  it('signs people in by a bind: never with an empty password, never somebody who is locked', async () => {
    const bind = ldapBinder(ENV)
    const id = await external('ben')
    expect(await bind(settings, id, 'ben and a long password')).toEqual({ ok: true, value: true })
    expect(await bind(settings, id, 'wrong')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    expect(await bind(settings, id, '')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    expect(await bind(settings, '*)(uid=*', 'x')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    await admin.modify(dn('ben'), change('pwdAccountLockedTime', ['000001010000Z']))
    expect(await bind(settings, id, 'ben and a long password')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    await admin.modify(dn('ben'), change('pwdAccountLockedTime', [], 'delete'))
  })
})
