// A real Active Directory domain controller (Samba), synced: everything once, then what changed by its own count; disabled, deleted,
// renamed and moved people; sign-in by a bind.

import { Attribute, Change, type Client } from 'ldapts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ldapBinder } from '../../src/sources/ldap/bind.ts'
import type { World } from '../support/world.ts'
import { type Synced, syncing } from './ldap-world.ts'
import { type DomainController, startSamba } from './samba-dc.ts'

let dc: DomainController
let admin: Client
let s: Synced & { w: World }
let settings: Record<string, unknown>
const ENV = { STINT_SOURCE_PASSWORD: '' }
const PASSWORD = 'Correct-Horse-7'

const ou = (name: string) => `OU=${name},${dc.base}`
const dn = (cn: string, where = 'Staff') => `CN=${cn},${ou(where)}`
const change = (type: string, values: string[], operation: 'replace' | 'add' | 'delete' = 'replace') =>
  new Change({ operation, modification: new Attribute({ type, values }) })

async function person(cn: string): Promise<void> {
  await admin.add(dn(cn), {
    objectClass: ['user'],
    sAMAccountName: cn,
    userPrincipalName: `${cn}@contoso.com`,
    displayName: `${cn} of Contoso`,
    mail: `${cn}@contoso.com`,
    sn: cn,
  })
  const quoted = Buffer.from(`"${PASSWORD}"`, 'utf16le')
  await admin.modify(dn(cn), new Change({ operation: 'replace', modification: new Attribute({ type: 'unicodePwd', values: [quoted] }) }))
  await admin.modify(dn(cn), change('userAccountControl', ['512']))
}

beforeAll(async () => {
  dc = await startSamba()
  ENV.STINT_SOURCE_PASSWORD = dc.password
  admin = await dc.admin()
  for (const name of ['Staff', 'Elsewhere', 'Teams']) await admin.add(ou(name), { objectClass: 'organizationalUnit', ou: name })
  for (const cn of ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay']) await person(cn)
  await admin.modify(dn('ben'), change('manager', [dn('ann')]))
  await admin.add(dn('payments', 'Teams'), { objectClass: 'group', sAMAccountName: 'payments', member: [dn('ann'), dn('ben'), dn('dan')] })
  await admin.add(dn('everybody', 'Teams'), {
    objectClass: 'group',
    sAMAccountName: 'everybody',
    member: [dn('payments', 'Teams'), dn('cleo')],
  })
  settings = {
    url: dc.url,
    caFile: dc.caFile,
    serverName: dc.serverName,
    bindDn: dc.bindDn,
    password: { env: 'STINT_SOURCE_PASSWORD' },
    base: ou('Staff'),
    groupBase: ou('Teams'),
    pageSize: 3,
  }
  s = await syncing(settings, ENV, 'Active Directory')
})

afterAll(async () => {
  await admin?.unbind()
  await dc?.stop()
})

const external = async (name: string) =>
  (await s.w.db.query<{ e: string }>('select external_id as e from identity_links where name = $1', [name]))[0]?.e ?? ''

describe('Active Directory', () => {
  it('brings in everybody in pages, nested groups and managers', async () => {
    const state = await s.sync()
    expect(state).toMatchObject({ lastError: null, findingCount: 0, lastRun: { added: 6, groups: 2, joined: 5, full: true } })
    expect(await s.members('payments')).toEqual(['ann of Contoso', 'ben of Contoso', 'dan of Contoso'])
    expect(await s.members('everybody')).toEqual(['cleo of Contoso', 'payments'])
    const managers = await s.w.db.query(
      `select m.upn from principals p join principals m on m.id = p.manager_id where p.upn = 'ben@contoso.com'`,
    )
    expect(managers).toEqual([{ upn: 'ann@contoso.com' }])
  })

  it('then reads only what changed', async () => {
    expect(await s.sync()).toMatchObject({ lastRun: { full: false, added: 0, changed: 0, joined: 0, left: 0 } })
    await person('gus')
    await admin.modify(dn('payments', 'Teams'), change('member', [dn('gus')], 'add'))
    expect(await s.sync()).toMatchObject({ lastRun: { full: false, added: 1, joined: 1, left: 0 } })
    expect(await s.members('payments')).toContain('gus of Contoso')
  })

  it('turns off whom the directory disables, and on again', async () => {
    await admin.modify(dn('fay'), change('userAccountControl', ['514']))
    expect(await s.sync()).toMatchObject({ lastRun: { full: false, disabled: 1 } })
    expect(await s.person('fay@contoso.com')).toMatchObject({ enabled: false })
    await admin.modify(dn('fay'), change('userAccountControl', ['512']))
    expect(await s.sync()).toMatchObject({ lastRun: { enabled: 1 } })
    expect(await s.person('fay@contoso.com')).toMatchObject({ enabled: true })
  })

  it('knows a renamed person by the id, and keeps their memberships', async () => {
    const before = await s.person('ann@contoso.com')
    await admin.modifyDN(dn('ann'), dn('anna'))
    await admin.modify(dn('anna'), [change('userPrincipalName', ['anna@contoso.com']), change('displayName', ['Anna of Contoso'])])
    expect(await s.sync()).toMatchObject({ lastRun: { full: false, changed: 1, left: 0 } })
    expect(await s.person('anna@contoso.com')).toMatchObject({ id: before?.id })
    expect(await s.members('payments')).toContain('Anna of Contoso')
  })

  it('lets go whom it deletes, and whoever is moved out of what is read', async () => {
    await admin.del(dn('dan'))
    await admin.modifyDN(dn('eve'), dn('eve', 'Elsewhere'))
    expect(await s.sync()).toMatchObject({ lastRun: { full: false, deleted: 2 } })
    expect(await s.person('dan@contoso.com')).toMatchObject({ gone: true })
    expect(await s.person('eve@contoso.com')).toMatchObject({ gone: true })
    expect(await s.members('payments')).toEqual(['Anna of Contoso', 'ben of Contoso', 'gus of Contoso'])
    expect((await s.events('deleteUser')).at(-1)?.reason).toBe('Active Directory has it no longer')
  })

  it('reads everything again when another controller counts', async () => {
    await s.w.db.query(`update identity_sources set state = state || '{"watermark": "00000000-0000-0000-0000-000000000000:1"}'`)
    expect(await s.sync()).toMatchObject({ lastRun: { full: true, added: 0, deleted: 0 } })
    expect(await s.sync()).toMatchObject({ lastRun: { full: false } })
  })

  it('reads everything again when the controller’s own count has gone back', async () => {
    await s.w.db.query(
      `update identity_sources set state = state || jsonb_build_object('watermark', split_part(state ->> 'watermark', ':', 1) || ':9000000000')`,
    )
    expect(await s.sync()).toMatchObject({ lastRun: { full: true, added: 0, deleted: 0 } })
    expect(await s.sync()).toMatchObject({ lastRun: { full: false } })
  })

  it('signs people in by a bind: renamed or not, never empty, never disabled', async () => {
    const bind = ldapBinder(ENV)
    const id = await external('anna@contoso.com')
    expect(await bind(settings, id, PASSWORD)).toEqual({ ok: true, value: true })
    expect(await bind(settings, id, 'wrong')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    expect(await bind(settings, id, '')).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    await admin.modify(dn('anna'), change('userAccountControl', ['514']))
    expect(await bind(settings, id, PASSWORD)).toMatchObject({ ok: false, fault: { code: 'WrongPassword' } })
    await admin.modify(dn('anna'), change('userAccountControl', ['512']))
  })
})
