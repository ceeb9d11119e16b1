// The resource tree at the ARM door (contract reference, 15.2; clients, sections 2, 3, 5): who sees which place, and what it takes to
// make and delete a resource group.

import { describe, expect, it } from 'vitest'
import { bindPrivilege } from '../../src/operations/bind-privilege.ts'
import { registerTarget } from '../../src/operations/register-target.ts'
import { addScopes } from '../../src/store/directory-rows.ts'
import { ORIGIN, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, idOf, makeWorld, OPERATORS, OWNER, RG, resourceRole, SUBSCRIPTION, TENANT } from '../support/world.ts'

const V = 'api-version=2022-09-01'
const MG = '/providers/Microsoft.Management/managementGroups'
const OTHER = '/subscriptions/77777777-7777-7777-7777-777777777777'
const VAULT = `${RG}/providers/microsoft.keyvault/vaults/kv`
const root = '/providers/microsoft.management/managementgroups/contoso-root'

const w = await makeWorld()
const doors = await openDoors(w)
const { send } = doors
const place = (id: string, kind: string, ancestors: string[], attributes: object = {}) => ({
  plane: 'resource' as const,
  id,
  kind,
  displayName: id.split('/').at(-1) ?? '',
  spelling: id.replace('resourcegroups', 'resourceGroups'),
  parent: ancestors[0] ?? null,
  ancestors,
  attributes: attributes as Record<string, unknown>,
})
const within = [RG, SUBSCRIPTION, root, '/']
await addScopes(w.db, [
  place(OTHER, 'subscription', [root, '/']),
  place(VAULT, 'resource', within, { type: 'Microsoft.KeyVault/vaults', location: 'westeurope', tags: { env: 'prod' } }),
  place(`${RG}/providers/microsoft.storage/storageaccounts/st`, 'resource', within, { type: 'Microsoft.Storage/storageAccounts' }),
])
await w.seed(idOf('engineer'), 'Eligibility', resourceRole(VAULT))
await w.seed(idOf('sam'), 'Assignment', resourceRole(SUBSCRIPTION))
await w.seed(OPERATORS, 'Assignment', resourceRole(OTHER))
await w.seed(idOf('lead'), 'Assignment', { plane: 'group', scope: OPERATORS, role: 'member' })
await w.seed(idOf('auditor'), 'Assignment', resourceRole(RG, OWNER), { start: w.now() - 2_000, end: w.now() - 1_000 })

const names = async (who: Parameters<typeof send>[0], path: string) => {
  const answer = await send(who, 'GET', path)
  return answer.status === 200
    ? answer.body.value.map((item: { name?: string; displayName?: string }) => item.name ?? item.displayName)
    : answer.status
}
const events = async () => w.db.query(`select kind, action, scope, data from events where subject = 'scope' order by position`)

describe('a place shows', () => {
  it.each<readonly [Parameters<typeof send>[0], string, readonly unknown[] | number]>([
    ['admin', '/subscriptions', [SUBSCRIPTION.slice(15), OTHER.slice(15)]],
    ['engineer', '/subscriptions', [SUBSCRIPTION.slice(15)]],
    ['sam', '/subscriptions', [SUBSCRIPTION.slice(15)]],
    ['lead', '/subscriptions', [OTHER.slice(15)]],
    ['auditor', '/subscriptions', []],
    ['priya', '/subscriptions', []],
    ['engineer', `${SUBSCRIPTION}/resourcegroups`, ['rg-payments-prod']],
    ['sam', `${SUBSCRIPTION}/resourceGroups`, ['rg-ledger-prod', 'rg-payments-prod']],
    ['lead', `${SUBSCRIPTION}/resourcegroups`, 404],
    ['engineer', `${RG}/resources`, ['kv']],
    ['sam', `${SUBSCRIPTION}/resources`, ['kv', 'st']],
    ['engineer', MG, ['contoso-root']],
    ['priya', MG, []],
  ])('to %s at %s: %j', async (who, path, expected) => {
    const version = path === MG ? 'api-version=2020-05-01' : V
    const answer = await send(who, 'GET', `${path}?${version}`)
    const found = answer.status === 200 ? answer.body.value.map((item: { id: string }) => item.id.split('/').at(-1)) : answer.status
    expect(found).toEqual(expected)
  })

  it('as the reference writes it, in every spelling of its path', async () => {
    const answer = await send('sam', 'GET', `${SUBSCRIPTION}?api-version=2016-06-01`)
    expect(answer.body).toMatchObject({
      id: SUBSCRIPTION,
      subscriptionId: SUBSCRIPTION.slice(15),
      tenantId: TENANT,
      state: 'Enabled',
      managedByTenants: [],
    })
    for (const path of [`/${SUBSCRIPTION}/`, SUBSCRIPTION.toUpperCase(), `/providers/Microsoft.Subscription${SUBSCRIPTION}`]) {
      expect((await send('sam', 'GET', `${path}?${V}`)).body.id).toBe(SUBSCRIPTION)
    }
    const group = await send('sam', 'GET', `${RG.toUpperCase()}?${V}`)
    expect(group.body).toMatchObject({
      name: 'rg-payments-prod',
      type: 'Microsoft.Resources/resourceGroups',
      properties: { provisioningState: 'Succeeded' },
    })
    const vault = await send('engineer', 'GET', `${VAULT}?${V}`)
    expect(vault.body).toMatchObject({ name: 'kv', type: 'Microsoft.KeyVault/vaults', location: 'westeurope', tags: { env: 'prod' } })
  })

  it('and what is hidden is not there', async () => {
    for (const [path, code] of [
      [OTHER, 'SubscriptionNotFound'],
      ['/subscriptions/88888888-8888-8888-8888-888888888888', 'SubscriptionNotFound'],
      [`${SUBSCRIPTION}/resourcegroups/nowhere`, 'ResourceGroupNotFound'],
      [`${RG}/providers/microsoft.web/sites/x`, 'ResourceNotFound'],
    ]) {
      const answer = await send('engineer', 'GET', `${path}?${V}`)
      expect([answer.status, answer.body.error.code]).toEqual([404, code])
    }
    expect((await send('engineer', 'HEAD', `${SUBSCRIPTION}/resourcegroups/rg-ledger-prod?${V}`)).status).toBe(404)
    expect((await send('engineer', 'HEAD', `${RG}?${V}`)).status).toBe(204)
  })

  it('by filters and page by page', async () => {
    const list = `${SUBSCRIPTION}/resources?${V}&$filter=`
    expect(await names('sam', `${list}resourceType eq 'microsoft.keyvault/vaults'`)).toEqual(['kv'])
    expect(await names('sam', `${list}substringof('S',name)`)).toEqual(['st'])
    expect(await names('sam', `${list}resourceGroup eq 'RG-payments-prod' and name ne 'st'`)).toEqual(['kv'])
    expect(await names('sam', `${list}tagName eq 'ENV' and tagValue eq 'prod'`)).toEqual(['kv'])
    expect(await names('sam', `${list}tagName eq 'env' and tagValue eq 'test'`)).toEqual([])
    expect(await names('sam', `${list}tagValue eq 'test'`)).toBe(400)
    expect(await names('sam', `${list}secret eq 'x'`)).toBe(400)
    const first = await send('sam', 'GET', `${SUBSCRIPTION}/resources?${V}&$top=1`)
    expect(first.body.value.map((item: { name: string }) => item.name)).toEqual(['kv'])
    expect(await names('sam', first.body.nextLink.slice(ORIGIN.length))).toEqual(['st'])
  })
})

describe('management groups', () => {
  const v = 'api-version=2020-05-01'

  it('are shown with their children, and all below', async () => {
    const one = await send('admin', 'GET', `${MG}/contoso-root?${v}&$expand=children&$recurse=true`)
    expect(one.body).toMatchObject({
      name: 'contoso-root',
      type: 'Microsoft.Management/managementGroups',
      properties: { tenantId: TENANT },
    })
    expect(one.body.properties.children.map((child: { type: string; name: string }) => [child.type, child.name])).toEqual([
      ['/subscriptions', SUBSCRIPTION.slice(15)],
      ['/subscriptions', OTHER.slice(15)],
    ])
    const mine = await send('engineer', 'GET', `${MG}/contoso-root?${v}&$expand=children`)
    expect(mine.body.properties.children).toHaveLength(1)
    const page = await send('admin', 'GET', `${MG}/contoso-root/descendants?${v}&$top=1`)
    expect(page.body.value[0]).toMatchObject({
      type: 'Microsoft.Management/managementGroups/subscriptions',
      properties: { parent: { id: root } },
    })
    const rest = await send('admin', 'GET', page.body['@nextLink'].slice(ORIGIN.length))
    expect(rest.body.value).toHaveLength(1)
    const all = await send('lead', 'POST', `/providers/Microsoft.Management/getEntities?${v}`)
    expect(
      all.body.value.map((e: { name: string; properties: { numberOfChildren: number } }) => [e.name, e.properties.numberOfChildren]),
    ).toEqual([
      ['contoso-root', 1],
      [OTHER.slice(15), 0],
    ])
    expect((await send('priya', 'GET', `${MG}/contoso-root?${v}`)).status).toBe(404)
  })
})

describe('the tenant and its providers', () => {
  it('are there for every account', async () => {
    const tenants = await send('priya', 'GET', '/tenants?api-version=2016-06-01')
    expect(tenants.body.value).toEqual([
      expect.objectContaining({ id: `/tenants/${TENANT}`, tenantId: TENANT, defaultDomain: 'contoso.com', domains: ['contoso.com'] }),
    ])
    expect((await send('priya', 'GET', `/providers?${V}`)).body.value.map((p: { namespace: string }) => p.namespace)).toContain(
      'Microsoft.Authorization',
    )
    const provider = await send('sam', 'GET', `${SUBSCRIPTION}/providers/microsoft.management?${V}`)
    expect(provider.body).toMatchObject({ namespace: 'Microsoft.Management', registrationState: 'Registered' })
    expect((await send('sam', 'POST', `${SUBSCRIPTION}/providers/Microsoft.Authorization/register?${V}`)).body.registrationState).toBe(
      'Registered',
    )
    expect((await send('sam', 'GET', `${SUBSCRIPTION}/providers/Microsoft.KeyVault?${V}`)).body.resourceTypes[0].resourceType).toBe(
      'vaults',
    )
    expect((await send('sam', 'GET', `${SUBSCRIPTION}/providers/Microsoft.Nothing?${V}`)).status).toBe(404)
    expect((await send('priya', 'POST', `${SUBSCRIPTION}/providers/Microsoft.Management/register?${V}`)).status).toBe(404)
    expect((await send('sam', 'GET', `${SUBSCRIPTION}/locations?${V}`)).body.value.map((l: { name: string }) => l.name)).toEqual([
      'westeurope',
    ])
  })

  it('say which api-versions there are, and what else is offered', async () => {
    const version = await send('sam', 'GET', `${SUBSCRIPTION}/resourcegroups?api-version=1999-01-01`)
    expect([version.status, version.body.error.code]).toEqual([400, 'InvalidApiVersionParameter'])
    const method = await send('sam', 'POST', `${RG}?${V}`)
    expect([method.status, method.body.error.code, method.headers.get('allow')]).toEqual([
      405,
      'MethodNotAllowed',
      'GET, HEAD, PUT, DELETE',
    ])
    const read = await send('sam', 'GET', `${RG}?${V}`)
    expect(read.headers.get('x-ms-ratelimit-remaining-subscription-reads')).toMatch(/^\d+$/)
    expect(method.headers.get('x-ms-ratelimit-remaining-subscription-writes')).toMatch(/^\d+$/)
  })
})

describe('a resource group', () => {
  const made = `${SUBSCRIPTION}/resourceGroups/RG-New`
  const id = made.toLowerCase()

  it('is made by whoever may write there, with one event', async () => {
    for (const who of ['engineer', 'priya', 'lead'] as const) {
      expect([403, 404]).toContain((await send(who, 'PUT', `${made}?${V}`, { location: 'westeurope' })).status)
    }
    expect((await events()).at(-1)).toMatchObject({ kind: 'refusal', data: { code: 'Forbidden' } })
    const answer = await send('sam', 'PUT', `${made}?${V}`, { Location: 'westeurope', tags: { env: 'test' } })
    expect([answer.status, answer.body.id, answer.body.tags]).toEqual([201, made, { env: 'test' }])
    expect((await events()).at(-1)).toMatchObject({ kind: 'change', action: 'writeResourceGroup', scope: id })
  })

  it('is the same when it is said again, changed when its tags are', async () => {
    const count = (await events()).length
    expect((await send('sam', 'PUT', `${made}?${V}`, { location: 'westeurope' })).status).toBe(200)
    expect(await events()).toHaveLength(count)
    expect((await send('sam', 'PUT', `${made}?${V}`, { location: 'westeurope', tags: {} })).body.tags).toEqual({})
    expect(await events()).toHaveLength(count + 1)
  })

  it.each<readonly [string, string, object, number, string]>([
    ['without a location', `${SUBSCRIPTION}/resourceGroups/rg-x`, {}, 400, 'InvalidRequestContent'],
    ['that moves', made, { location: 'eastus' }, 409, 'InvalidResourceGroupLocation'],
    ['with a name that ends in a dot', `${SUBSCRIPTION}/resourceGroups/rg.`, { location: 'eastus' }, 400, 'InvalidRequestContent'],
    [
      'in no subscription',
      '/subscriptions/88888888-8888-8888-8888-888888888888/resourceGroups/rg',
      { location: 'eastus' },
      404,
      'SubscriptionNotFound',
    ],
  ])('%s is refused', async (_, path, body, status, code) => {
    const answer = await send('sam', 'PUT', `${path}?${V}`, body)
    expect([answer.status, answer.body.error.code]).toEqual([status, code])
  })

  it('is deleted with what is held in it, which does not come back', async () => {
    await w.seed(idOf('engineer'), 'Assignment', resourceRole(id, CONTRIBUTOR))
    await w.policy(resourceRole(id), [])
    expect((await send('priya', 'DELETE', `${made}?${V}`)).status).toBe(403)
    const gone = await send('sam', 'DELETE', `${made}?${V}&forceDeletionTypes=Microsoft.Compute%2FvirtualMachines`)
    expect(gone.status).toBe(202)
    const poll = await send('sam', 'GET', (gone.headers.get('location') ?? '').slice(ORIGIN.length))
    expect([poll.status, poll.body]).toEqual([200, null])
    expect((await events()).at(-1)).toMatchObject({ action: 'deleteResourceGroup', data: { places: 1, policies: 1, held: 1 } })
    expect((await send('sam', 'DELETE', `${made}?${V}`)).status).toBe(404)
    const early = await send('sam', 'PUT', `${made}?${V}`, { location: 'eastus' })
    expect([early.status, early.body.error.code]).toEqual([409, 'ResourceGroupBeingDeleted'])
    await w.settle()
    expect((await send('sam', 'PUT', `${made}?${V}`, { location: 'eastus' })).status).toBe(201)
    const held = await w.db.query(`select 1 from schedules where scope = $1 and status = 'Provisioned'`, [id])
    expect(held).toEqual([])
  })

  it('that is locked stays as it is', async () => {
    await w.db.query('update scopes set locked = true where id = $1', [id])
    const answer = await send('sam', 'DELETE', `${made}?${V}`)
    expect([answer.status, answer.body.error.code]).toEqual([400, 'ResourceIsLocked'])
    expect((await send('sam', 'PUT', `${made}?${V}`, { location: 'eastus', tags: { a: 'b' } })).status).toBe(400)
  })

  it('that a target hangs on is not deleted', async () => {
    const admin = w.as('admin')
    await registerTarget(w.ctx, admin, { name: 'vault', kind: 'memory', config: {} })
    const bound = await bindPrivilege(w.ctx, admin, { privilege: resourceRole(VAULT), target: 'vault', entitlement: 'readers' })
    expect(bound.ok).toBe(true)
    const answer = await send('sam', 'DELETE', `${RG}?${V}`)
    expect([answer.status, answer.body.error.code]).toEqual([409, 'RequestConflict'])
    expect((await send('sam', 'HEAD', `${RG}?${V}`)).status).toBe(204)
  })
})
