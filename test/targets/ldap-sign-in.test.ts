// People sign in on our page with the password that their directory knows: a real OpenLDAP, a real server. It counts as a password alone.

import { afterAll, beforeAll, expect, it } from 'vitest'
import { authorityServer } from '../support/authority.ts'
import { Browser, type Page } from '../support/browser.ts'
import { type PrivateDirectory, startSlapd } from './debian-slapd.ts'

const server = await authorityServer()
const { publicUrl: origin } = server
let d: PrivateDirectory
const PASSWORD = 'ann and a long password'
const UPN = 'ann@contoso.com'
const settings = (signIn: boolean) => ({
  ...{ url: d.url, caFile: d.caFile, bindDn: d.bindDn, password: { env: 'STINT_SOURCE_SIGN_IN' } },
  ...{ base: d.base, disabledAttribute: 'pwdAccountLockedTime', fullEverySeconds: 60, everySeconds: 5, signIn },
})

async function until(what: string, query: string): Promise<void> {
  const ends = Date.now() + 60_000
  while ((await server.database.db.query(query)).length === 0) {
    if (Date.now() > ends) throw new Error(`waited for ${what}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}

async function signIn(username: string, password: string): Promise<Page> {
  const browser = new Browser(origin)
  const form = await browser.go('/account/sign-in')
  return browser.submit(form, { username, password, do: 'sign-in' }, '/account/sign-in')
}
const WRONG = 'the name or the password is wrong'
const set = async (more: object) => {
  const admin = await server.client('admin@contoso.com')
  await admin.changeSource({ params: { id: 'ldap' }, body: more })
}

beforeAll(async () => {
  d = await startSlapd()
  process.env.STINT_SOURCE_SIGN_IN = d.password
  const ldap = await d.admin()
  const ou = `ou=people,${d.base}`
  await ldap.add(`uid=ann,${ou}`, {
    ...{ objectClass: 'inetOrgPerson', uid: 'ann', cn: 'ann', sn: 'ann', displayName: 'Ann of Contoso' },
    ...{ mail: UPN, userPassword: PASSWORD },
  })
  await ldap.unbind()
  const admin = await server.client('admin@contoso.com')
  await admin.createSource({ body: { kind: 'ldap', name: 'ldap', settings: settings(false) } })
  await until('Ann', `select 1 from principals where upn = '${UPN}'`)
})
afterAll(() => d?.stop())

it('not unless the source says so', async () => {
  expect((await signIn(UPN, PASSWORD)).text).toContain(WRONG)
})

it('with the password of the directory, and with no other; an empty one is nobody', async () => {
  await set({ settings: settings(true) })
  const page = await signIn(UPN, PASSWORD)
  expect(page.text).toContain('Ann of Contoso')
  const [session] = await server.database.db.query<{ methods: string[] }>('select methods from sessions order by began_at desc limit 1')
  expect(session?.methods).toEqual(['pwd'])
  for (const wrong of ['wrong', '', '*', 'ann and a long passworD']) expect((await signIn(UPN, wrong)).text).toContain(WRONG)
  // Nobody there, and somebody who is kept elsewhere.
  for (const other of ['nobody@contoso.com', 'engineer@contoso.com', 'uid=ann', '*)(uid=ann'])
    expect((await signIn(other, PASSWORD)).text).toContain(WRONG)
})

it('alone it opens no privileged role, and nobody who reaches for one', async () => {
  const admin = await server.client('admin@contoso.com')
  const body = {
    action: 'adminAssign',
    level: 'Eligibility',
    principal: UPN,
    role: 'User Administrator',
    duration: 'P1D',
    justification: 'x',
  } as const
  await admin.submit({ body })
  const page = await signIn(UPN, PASSWORD)
  expect(page.text).not.toContain('Ann of Contoso')
  expect(page.text).toContain('second')
})

it('nobody who was disabled here, nor by a source that is turned off, nor while the directory does not answer', async () => {
  await server.database.db.query(`update principals set enabled = false where upn = $1`, [UPN])
  expect((await signIn(UPN, PASSWORD)).text).not.toContain('Ann of Contoso')
  await server.database.db.query(`update principals set enabled = true where upn = $1`, [UPN])
  await set({ enabled: false })
  expect((await signIn(UPN, PASSWORD)).text).toContain(WRONG)
  await set({ enabled: true })
  await d.stop()
  expect((await signIn(UPN, PASSWORD)).text).toContain(WRONG)
})
