// The Azure CLI of Debian, unmodified, over TLS (clients, section 2): as a program, as a person, by device code and in a browser.
// One line of the table is one test. `az role …` is broken in that very package, whatever a server does (clients, section 2, pitfalls).

import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { sevenDigits } from '../support/doors.ts'
import { signInOnPages } from '../support/pages.ts'
import { type App, type ClientHouse, openClientHouse, PASSWORD, required, run, SUBSCRIPTION, start } from '../support/programs.ts'

const AZ = required('/usr/bin/az', 'install Debian’s azure-cli')
const ENGINEER = '11111111-1111-1111-1111-111111111111'
const RG = `/subscriptions/${SUBSCRIPTION}/resourceGroups/rg-payments-prod`
const P = '/providers/Microsoft.Authorization'
const PUBLISHED = resolve(import.meta.dirname, '../../../shared/acceptance/requests')
const present = existsSync(PUBLISHED)
if (!present) console.warn(`SKIPPED: the published bodies are not here; put the shared folder beside the project (${PUBLISHED})`)

let house: ClientHouse
let program: App

/** An az of its own: configuration, cache and cloud in a folder apart. */
async function azOf(name: string) {
  const home = await house.home(name)
  const env = {
    HOME: home,
    AZURE_CONFIG_DIR: join(home, 'azure'),
    REQUESTS_CA_BUNDLE: house.tls.ca,
    AZURE_CORE_COLLECT_TELEMETRY: 'no',
    AZURE_CORE_NO_COLOR: 'yes',
    AZURE_CORE_ONLY_SHOW_ERRORS: 'no',
  }
  const az = async (...args: string[]) => {
    const done = await run(AZ, [...args, '-o', 'json'], env)
    if (done.code !== 0) throw new Error(`az ${args.join(' ')}: ${done.err}`)
    return done.out.trim() === '' ? null : JSON.parse(done.out)
  }
  const base = house.server.publicUrl
  const endpoints = {
    management: `${base}/`,
    resourceManager: `${base}/`,
    activeDirectory: `${base}/adfs`,
    activeDirectoryResourceId: `${base}/`,
    activeDirectoryGraphResourceId: `${base}/`,
    microsoftGraphResourceId: `${base}/`,
  }
  await az('cloud', 'register', '-n', 'Pim', '--cloud-config', JSON.stringify({ endpoints }))
  await az('cloud', 'set', '-n', 'Pim')
  return { az, env, home }
}

/** A published body, its blanks filled in, as a file for `--body @…`. */
async function bodyFile(home: string, file: string, fill: Readonly<Record<string, string>> = {}): Promise<string> {
  const text = Object.entries(fill).reduce(
    (t, [name, value]) => t.replaceAll(`{${name}}`, value),
    readFileSync(join(PUBLISHED, file), 'utf8'),
  )
  const path = join(home, file)
  await writeFile(path, text)
  return `@${path}`
}

beforeAll(async () => {
  house = await openClientHouse()
  const application = [
    'RoleManagement.ReadWrite.Directory',
    'Group.ReadWrite.All',
    'User.Read.All',
    'PrivilegedAccess.ReadWrite.AzureADGroup',
  ]
  program = await house.app('pipeline', { application, owner: true })
  if (!process.env.SKIPUSER)
    for (const who of ['engineer@contoso.com', 'admin@contoso.com'])
      await house.password(who, ['--allow-password-grant', '--amr', 'pwd,mfa'])
})

describe('as a program', () => {
  let me: Awaited<ReturnType<typeof azOf>>
  beforeAll(async () => {
    me = await azOf('program')
  })

  it('az login --service-principal', async () => {
    const [subscription] = await me.az('login', '--service-principal', '-u', program.appId, '-p', program.secret, '--tenant', house.tenant)
    expect(subscription).toMatchObject({ id: SUBSCRIPTION, tenantId: house.tenant, state: 'Enabled', user: { type: 'servicePrincipal' } })
  })
  it('az account show, list, get-access-token', async () => {
    expect(await me.az('account', 'show')).toMatchObject({ id: SUBSCRIPTION, environmentName: 'Pim' })
    expect(await me.az('account', 'list')).toHaveLength(1)
    const { accessToken } = await me.az('account', 'get-access-token')
    expect(accessToken.split('.')).toHaveLength(3)
  })
  it('az rest: list eligibilities at a scope', async () => {
    const url = `${house.server.publicUrl}${RG}${P}/roleEligibilitySchedules?api-version=2020-10-01&$filter=atScope()`
    expect(await me.az('rest', '--method', 'get', '--url', url)).toHaveProperty('value')
  })
  it.skipIf(!present)('az rest: the published eligible assignment on a resource group', async () => {
    const name = '0f8a1b2c-3d4e-4f50-8a6b-7c8d9e0f1a2b'
    const url = `${RG}${P}/roleEligibilityScheduleRequests/${name}?api-version=2022-04-01-preview`
    const made = await me.az('rest', '--method', 'put', '--url', url, '--body', await bodyFile(me.home, 'arm-eligible-resource-group.json'))
    expect(made.properties).toMatchObject({ status: 'Provisioned', principalId: ENGINEER })
  })
  it.skipIf(!present)('az rest: the published eligible member of a group', async () => {
    const url = `${house.server.publicUrl}/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests`
    const body = await bodyFile(me.home, 'graph-group-eligible-member.json')
    expect(await me.az('rest', '--method', 'post', '--url', url, '--body', body)).toMatchObject({
      status: 'Provisioned',
      accessId: 'member',
    })
  })
  it.skipIf(!present)('az rest: the published permanent eligibility for Global Administrator', async () => {
    const url = `${house.server.publicUrl}/v1.0/roleManagement/directory/roleEligibilityScheduleRequests`
    const body = await bodyFile(me.home, 'graph-directory-eligible.json', {
      'user-object-id': ENGINEER,
      'now, ISO 8601 with 7 fraction digits': sevenDigits(Date.now()),
    })
    expect(await me.az('rest', '--method', 'post', '--url', url, '--body', body)).toMatchObject({ status: 'Provisioned' })
  })
  it('az rest: a security group that can hold roles', async () => {
    const url = `${house.server.publicUrl}/v1.0/groups`
    const group = { displayName: 'pag-az', mailNickname: 'pag-az', mailEnabled: false, securityEnabled: true, isAssignableToRole: true }
    const made = await me.az('rest', '--method', 'post', '--url', url, '--body', JSON.stringify(group))
    expect(made).toMatchObject({ displayName: 'pag-az', isAssignableToRole: true })
  })
  it('az rest: a side-door role assignment, listed with the inherited ones, deleted', async () => {
    const name = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d'
    const url = `${RG}${P}/roleAssignments/${name}?api-version=2022-04-01`
    const role = `/subscriptions/${SUBSCRIPTION}${P}/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7`
    const properties = { roleDefinitionId: role, principalId: ENGINEER, principalType: 'User' }
    const made = await me.az('rest', '--method', 'put', '--url', url, '--body', JSON.stringify({ properties }))
    expect(made).toMatchObject({ name, properties: { principalId: ENGINEER, roleDefinitionId: role } })
    const listed = await me.az('rest', '--method', 'get', '--url', `${RG}${P}/roleAssignments?api-version=2022-04-01&$filter=atScope()`)
    const scopes = new Set(listed.value.map((one: { properties: { scope: string } }) => one.properties.scope.toLowerCase()))
    expect(scopes.size).toBeGreaterThan(1)
    expect(listed.value.map((one: { name: string }) => one.name)).toContain(name)
    await me.az('rest', '--method', 'delete', '--url', url)
  })
  it('az ad group create, show, list, member add, list, check, remove, delete', async () => {
    const made = await me.az('ad', 'group', 'create', '--display-name', 'az made', '--mail-nickname', 'az-made')
    expect(await me.az('ad', 'group', 'show', '--group', made.id)).toMatchObject({ displayName: 'az made' })
    expect(await me.az('ad', 'group', 'list', '--display-name', 'az made')).toHaveLength(1)
    await me.az('ad', 'group', 'member', 'add', '--group', made.id, '--member-id', ENGINEER)
    expect(await me.az('ad', 'group', 'member', 'list', '--group', made.id)).toMatchObject([{ id: ENGINEER }])
    expect(await me.az('ad', 'group', 'member', 'check', '--group', made.id, '--member-id', ENGINEER)).toEqual({ value: true })
    await me.az('ad', 'group', 'member', 'remove', '--group', made.id, '--member-id', ENGINEER)
    expect(await me.az('ad', 'group', 'member', 'list', '--group', made.id)).toEqual([])
    await me.az('ad', 'group', 'delete', '--group', made.id)
  })
  it('az ad user show, list; az ad sp show; az ad app show', async () => {
    expect(await me.az('ad', 'user', 'show', '--id', 'engineer@contoso.com')).toMatchObject({ id: ENGINEER })
    expect(await me.az('ad', 'user', 'list', '--filter', "startswith(displayName,'Erin')")).toHaveLength(1)
    expect(await me.az('ad', 'sp', 'show', '--id', program.appId)).toMatchObject({ appId: program.appId, id: program.principalId })
  })
  it('az group list, az account management-group list', async () => {
    expect((await me.az('group', 'list')).map((one: { name: string }) => one.name)).toContain('rg-payments-prod')
    expect((await me.az('account', 'management-group', 'list')).map((one: { name: string }) => one.name)).toContain('contoso-root')
  })
  it('az logout; a secret that is wrong is refused in words', async () => {
    await me.az('logout')
    const wrong = me.az('login', '--service-principal', '-u', program.appId, '-p', `${program.secret}x`, '--tenant', house.tenant)
    await expect(wrong).rejects.toThrow(/AADSTS7000215/)
  })
})

describe('as a person', () => {
  let me: Awaited<ReturnType<typeof azOf>>
  beforeAll(async () => {
    me = await azOf('person')
  })

  it('az login -u -p', async () => {
    const [subscription] = await me.az('login', '-u', 'engineer@contoso.com', '-p', PASSWORD)
    expect(subscription).toMatchObject({ id: SUBSCRIPTION, user: { name: 'engineer@contoso.com', type: 'user' } })
  })
  it('az ad signed-in-user show', async () => {
    expect(await me.az('ad', 'signed-in-user', 'show')).toMatchObject({ id: ENGINEER, userPrincipalName: 'engineer@contoso.com' })
  })
  it.skipIf(!present)('az rest: an activation', async () => {
    const name = '2b3c4d5e-6f70-4b8c-9d0e-1f2a3b4c5d6e'
    const role = `${RG}${P}/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c`
    const properties = {
      principalId: ENGINEER,
      roleDefinitionId: role,
      requestType: 'SelfActivate',
      justification: 'deploy',
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
    }
    const url = `${RG}${P}/roleAssignmentScheduleRequests/${name}?api-version=2020-10-01`
    const made = await me.az('rest', '--method', 'put', '--url', url, '--body', JSON.stringify({ properties }))
    expect(made.properties.status).toBe('PendingApproval')
  })
  it('a wrong password is refused in words', async () => {
    await me.az('logout')
    await expect(me.az('login', '-u', 'engineer@contoso.com', '-p', 'wrong wrong wrong')).rejects.toThrow(/AADSTS50126/)
  })
})

describe('with the cloud it has built in, its names led here', () => {
  it('az login, az account, az rest, az ad: nothing set but the authority to trust', async () => {
    const home = await house.home('built-in')
    const env = {
      HOME: home,
      AZURE_CONFIG_DIR: join(home, 'azure'),
      REQUESTS_CA_BUNDLE: house.tls.ca,
      HTTPS_PROXY: house.proxy.url,
      AZURE_CORE_COLLECT_TELEMETRY: 'no',
    }
    const az = async (...args: string[]) => {
      const done = await run(AZ, [...args, '-o', 'json'], env)
      if (done.code !== 0) throw new Error(`az ${args.join(' ')}: ${done.err}`)
      return done.out.trim() === '' ? null : JSON.parse(done.out)
    }
    const [subscription] = await az('login', '-u', 'engineer@contoso.com', '-p', PASSWORD)
    expect(subscription).toMatchObject({ tenantId: house.tenant, cloudName: 'AzureCloud', user: { type: 'user' } })
    const mine = `https://management.azure.com${P}/roleEligibilityScheduleInstances?api-version=2020-10-01&$filter=asTarget()`
    expect(await az('rest', '--method', 'get', '--url', mine)).toHaveProperty('value')
    expect(await az('rest', '--method', 'get', '--url', 'https://graph.microsoft.com/v1.0/me')).toMatchObject({ id: ENGINEER })
    expect(await az('ad', 'signed-in-user', 'show')).toMatchObject({ userPrincipalName: 'engineer@contoso.com' })
  })
})

describe('by device code and in a browser', () => {
  it('az login --use-device-code', async () => {
    const { az, env } = await azOf('device')
    const login = start(AZ, ['login', '--use-device-code', '-o', 'json'], env)
    const [, page = '', code = ''] = await login.prints(/open the page (\S+) and enter the code (\S+) to/)
    await signInOnPages(house.tls.ca, page, { who: 'engineer@contoso.com', password: PASSWORD, code })
    const done = await login.ended
    expect(done.code, done.err).toBe(0)
    expect(await az('account', 'show')).toMatchObject({ user: { name: 'engineer@contoso.com' } })
  })

  it('az login', async () => {
    const { az, env, home } = await azOf('browser')
    // A browser that only says where it was sent; the pages are then walked as a browser would.
    const browser = join(home, 'browser')
    await writeFile(browser, `#!/bin/sh\nprintf 'GO %s\\n' "$1" > ${home}/url\n`, { mode: 0o755 })
    const login = start(AZ, ['login', '-o', 'json'], { ...env, BROWSER: `${browser} %s`, DISPLAY: ':0' })
    const url = await waitFor(() => (existsSync(`${home}/url`) ? readFileSync(`${home}/url`, 'utf8').trim().replace(/^GO /, '') : ''))
    await signInOnPages(house.tls.ca, url, { who: 'engineer@contoso.com', password: PASSWORD, code: null })
    const done = await login.ended
    expect(done.code, done.err).toBe(0)
    expect(await az('account', 'show')).toMatchObject({ user: { name: 'engineer@contoso.com' } })
  })
})

async function waitFor(look: () => string): Promise<string> {
  for (let i = 0; i < 600; i += 1) {
    const found = look()
    if (found) return found
    await new Promise((next) => setTimeout(next, 100))
  }
  throw new Error('nothing came')
}
