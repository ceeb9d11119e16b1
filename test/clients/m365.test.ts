// The CLI for Microsoft 365, unmodified, its built-in names led here by a proxy (clients, section 4): secret, password, device code,
// every `entra pim` and role command. One line of the table is one test.

import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { signInOnPages } from '../support/pages.ts'
import { type App, type ClientHouse, DELEGATED, openClientHouse, PASSWORD, required, run, start } from '../support/programs.ts'

const M365 = required(
  resolve(import.meta.dirname, 'tools/node_modules/@pnp/cli-microsoft365/dist/index.js'),
  'run `npm ci --prefix test/clients/tools`',
)

let house: ClientHouse
let program: App
let people: App

/** An m365 of its own. */
async function m365Of(name: string) {
  const home = await house.home(name)
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    NODE_EXTRA_CA_CERTS: house.tls.ca,
    HTTPS_PROXY: house.proxy.url,
    CLIMICROSOFT365_NOUPDATE: '1',
  }
  const args = (words: readonly string[]) => [M365, ...words, '--output', 'json']
  const m365 = async (...words: string[]) => {
    const done = await run(process.execPath, args(words), env)
    if (done.code !== 0) throw new Error(`m365 ${words.join(' ')}: ${done.err}${done.out}`)
    return done.out.trim() === '' ? null : JSON.parse(done.out)
  }
  await run(process.execPath, [M365, 'cli', 'config', 'set', '--key', 'disableTelemetry', '--value', 'true'], env)
  return { m365, begin: (...words: string[]) => start(process.execPath, args(words), env) }
}

beforeAll(async () => {
  house = await openClientHouse()
  program = await house.app('m365 pipeline', {
    application: ['RoleManagement.ReadWrite.Directory', 'Group.ReadWrite.All', 'User.Read.All'],
  })
  people = await house.app('m365', { publicClient: true, passwordGrant: true, delegated: DELEGATED })
  for (const who of ['engineer@contoso.com', 'admin@contoso.com', 'itmanager@contoso.com'])
    await house.password(who, ['--allow-password-grant', '--amr', 'pwd,mfa'])
})

describe('as a program', () => {
  it('m365 login --authType secret; status; logout', async () => {
    const { m365 } = await m365Of('secret')
    await m365('login', '--authType', 'secret', '--appId', program.appId, '--tenant', house.tenant, '--secret', program.secret)
    expect(await m365('status')).toMatchObject({ authType: 'secret', appId: program.appId, appTenant: house.tenant })
    expect(await m365('entra', 'roledefinition', 'get', '--displayName', 'User Administrator')).toMatchObject({ isBuiltIn: true })
    await m365('logout')
  })
})

describe('as an administrator, by password', () => {
  let m365: Awaited<ReturnType<typeof m365Of>>['m365']
  beforeAll(async () => {
    m365 = (await m365Of('admin')).m365
    const how = ['--authType', 'password', '--appId', people.appId, '--tenant', house.tenant]
    await m365('login', ...how, '--userName', 'admin@contoso.com', '--password', PASSWORD)
  })

  it('status', async () => {
    expect(await m365('status')).toMatchObject({ connectedAs: 'admin@contoso.com', authType: 'password' })
  })
  it('entra roledefinition list, get', async () => {
    expect((await m365('entra', 'roledefinition', 'list')).length).toBeGreaterThan(100)
    expect(await m365('entra', 'roledefinition', 'get', '--displayName', 'Reports Reader')).toMatchObject({ isBuiltIn: true })
  })
  it('entra roledefinition add, set, remove', async () => {
    const add = ['--displayName', 'Badge printer', '--allowedResourceActions', 'microsoft.directory/groups.unified/create']
    const made = await m365('entra', 'roledefinition', 'add', ...add)
    expect(made).toMatchObject({ displayName: 'Badge printer', isBuiltIn: false })
    await m365('entra', 'roledefinition', 'set', '--id', made.id, '--newDisplayName', 'Badge printers')
    expect(await m365('entra', 'roledefinition', 'get', '--id', made.id)).toMatchObject({ displayName: 'Badge printers' })
    await m365('entra', 'roledefinition', 'remove', '--id', made.id, '--force')
    await expect(m365('entra', 'roledefinition', 'get', '--id', made.id)).rejects.toThrow()
  })
  it('entra roleassignment add at an administrative unit and at an application', async () => {
    const unit = await m365('entra', 'administrativeunit', 'add', '--displayName', 'Berlin')
    const role = ['--roleDefinitionName', 'Reports Reader', '--principal', 'sam@contoso.com']
    const made = await m365('entra', 'roleassignment', 'add', ...role, '--administrativeUnitId', unit.id)
    expect(made).toMatchObject({ directoryScopeId: `/administrativeUnits/${unit.id}` })
    const over = await m365('entra', 'roleassignment', 'add', ...role, '--servicePrincipalId', program.principalId)
    expect(over).toMatchObject({ directoryScopeId: `/${program.principalId}` })
  })
  it('entra group add', async () => {
    const made = await m365('entra', 'group', 'add', '--displayName', 'm365 made', '--type', 'security', '--mailNickname', 'm365made')
    expect(made).toMatchObject({ displayName: 'm365 made', securityEnabled: true })
  })
  it('entra pim role assignment add for a person, list, remove', async () => {
    const role = ['--roleDefinitionName', 'User Administrator', '--userName', 'lead@contoso.com']
    const made = await m365('entra', 'pim', 'role', 'assignment', 'add', ...role, '--justification', 'help desk', '--duration', 'PT8H')
    expect(made).toMatchObject({ action: 'adminAssign', status: 'Provisioned' })
    const list = await m365('entra', 'pim', 'role', 'assignment', 'list', '--userName', 'lead@contoso.com', '--withPrincipalDetails')
    expect(list).toMatchObject([
      { principal: { userPrincipalName: 'lead@contoso.com' }, roleDefinition: { displayName: 'User Administrator' } },
    ])
  })
  it('entra pim role assignment add for a group that can hold roles', async () => {
    const made = await m365(
      'entra',
      'pim',
      'role',
      'assignment',
      'add',
      ...['--roleDefinitionName', 'Reports Reader'],
      ...['--groupName', 'pag-payments-operators'],
      '--justification',
      'x',
      '--noExpiration',
    )
    expect(made).toMatchObject({ action: 'adminAssign' })
  })
  it('entra pim role eligibility list', async () => {
    const list = await m365(
      'entra',
      'pim',
      'role',
      'assignment',
      'eligibility',
      'list',
      '--userName',
      'itmanager@contoso.com',
      '--withPrincipalDetails',
    )
    expect(list).toMatchObject([{ roleDefinitionName: 'User Administrator', principal: { userPrincipalName: 'itmanager@contoso.com' } }])
  })
  it('entra pim role request list', async () => {
    const list = await m365(
      'entra',
      'pim',
      'role',
      'request',
      'list',
      '--userName',
      'lead@contoso.com',
      '--createdDateTime',
      '2020-01-01T00:00:00Z',
      '--withPrincipalDetails',
    )
    expect(list).toMatchObject([{ action: 'adminAssign', roleDefinitionName: 'User Administrator' }])
  })
})

describe('as somebody who is eligible, by device code', () => {
  it('login, activate one’s own role, see it, give it back', async () => {
    const { m365, begin } = await m365Of('device')
    const login = begin('login', '--authType', 'deviceCode', '--appId', people.appId, '--tenant', house.tenant)
    const [, page = '', code = ''] = await login.prints(/open the page (\S+) and enter the code (\S+) to/)
    await signInOnPages(house.tls.ca, page, { who: 'itmanager@contoso.com', password: PASSWORD, code })
    const done = await login.ended
    expect(done.code, done.err + done.out).toBe(0)
    expect(await m365('status')).toMatchObject({ connectedAs: 'itmanager@contoso.com' })
    const role = ['--roleDefinitionName', 'User Administrator']
    const made = await m365('entra', 'pim', 'role', 'assignment', 'add', ...role, '--justification', 'tickets', '--duration', 'PT1H')
    expect(made).toMatchObject({ action: 'selfActivate', status: 'Provisioned' })
    const mine = await m365('entra', 'pim', 'role', 'assignment', 'list', '--userName', 'itmanager@contoso.com')
    expect(mine).toMatchObject([{ assignmentType: 'Activated' }])
    expect(await m365('entra', 'pim', 'role', 'assignment', 'remove', ...role)).toMatchObject({
      action: 'selfDeactivate',
      status: 'Revoked',
    })
  })
})
