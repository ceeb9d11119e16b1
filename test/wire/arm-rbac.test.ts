// Plain role assignments and role definitions at the ARM door (contract reference, 15.1; clients, section 2): made, listed, taken away,
// each judged, evented and marked as made outside of requests.

import { describe, expect, it } from 'vitest'
import { guid, ORIGIN, openDoors } from '../support/doors.ts'
import { CONTRIBUTOR, directoryRole, idOf, makeWorld, OWNER, RG, resourceRole, SERVICE, SUBSCRIPTION } from '../support/world.ts'

const P = 'providers/Microsoft.Authorization'
const V = 'api-version=2022-04-01'
const USER_ACCESS_ADMINISTRATOR = '18d7d88d-d35e-4fb5-a5c3-7773c20a72d9'
const MG = '/providers/microsoft.management/managementgroups/contoso-root'
const roleId = (role = CONTRIBUTOR) => `${SUBSCRIPTION}/${P}/roleDefinitions/${role}`
const at = (scope: string, name: string) => `${scope}/${P}/roleAssignments/${name}?${V}`
const body = (principalId: string, more: object = {}) => ({
  properties: { roleDefinitionId: roleId(), principalId, principalType: 'User', ...more },
})

const w = await makeWorld()
const doors = await openDoors(w)
const { send } = doors
const said = (answer: Awaited<ReturnType<typeof send>>) => [answer.status, answer.body?.error?.code ?? null]
const last = async () =>
  (await w.db.query('select kind, action, actor_id, principal_id, data from events order by position desc limit 1'))[0]
const sources = async (name: string) => w.db.query('select source, status from schedules where name = $1', [name])

describe('a role assignment', () => {
  const name = guid()

  it('is made by a PUT, marked as made outside, with one event', async () => {
    const made = await send('admin', 'PUT', at(RG, name), body(idOf('engineer'), { description: 'on call' }))
    expect(made.status).toBe(201)
    expect(made.body).toMatchObject({
      id: `${RG}/${P}/roleAssignments/${name}`,
      name,
      type: 'Microsoft.Authorization/roleAssignments',
      properties: { roleDefinitionId: roleId(), principalId: idOf('engineer'), principalType: 'User', scope: RG, description: 'on call' },
    })
    expect(await sources(name)).toEqual([{ source: 'Outside', status: 'Provisioned' }])
    expect(await last()).toMatchObject({
      kind: 'transition',
      action: 'assignOutside',
      actor_id: idOf('admin'),
      principal_id: idOf('engineer'),
    })
  })

  it('is the same under the same name, and conflicts otherwise', async () => {
    const events = async () => (await w.db.query('select 1 from events')).length
    const before = await events()
    expect((await send('admin', 'PUT', at(RG, name.toUpperCase()), body(idOf('engineer')))).status).toBe(200)
    expect(await events()).toBe(before)
    expect(said(await send('admin', 'PUT', at(RG, guid()), body(idOf('engineer'))))).toEqual([409, 'RoleAssignmentExists'])
    expect(said(await send('admin', 'PUT', at(RG, name), body(idOf('sam'))))).toEqual([400, 'RoleAssignmentUpdateNotPermitted'])
    expect(said(await send('admin', 'PUT', at(RG, guid()), body('99999999-9999-9999-9999-999999999999')))).toEqual([
      400,
      'PrincipalNotFound',
    ])
    expect(said(await send('admin', 'PUT', at(RG, guid()), body(idOf('sam'), { roleDefinitionId: roleId(guid()) })))).toEqual([
      404,
      'RoleDefinitionDoesNotExist',
    ])
    expect(said(await send('admin', 'PUT', at(RG, 'name'), body(idOf('sam'))))).toEqual([400, 'InvalidRoleAssignmentRequest'])
    expect(said(await send('admin', 'PUT', at(RG, guid()), { properties: {} }))).toEqual([400, 'InvalidRequestContent'])
    expect(said(await send('admin', 'PUT', at(`${SUBSCRIPTION}/resourcegroups/nowhere`, guid()), body(idOf('sam'))))).toEqual([
      404,
      'ResourceGroupNotFound',
    ])
  })

  it('is refused to whoever may not, or is not multifactored, and the refusal is recorded', async () => {
    for (const who of ['engineer', 'priya', 'sam'] as const) {
      expect(said(await send(who, 'PUT', at(RG, guid()), body(idOf('sam'))))).toEqual([403, 'AuthorizationFailed'])
      expect(await last()).toMatchObject({ kind: 'refusal', actor_id: idOf(who), data: { code: 'Forbidden' } })
    }
    const asked = {
      kind: 'Enablement',
      id: 'Enablement_Admin_Assignment',
      caller: 'Admin',
      level: 'Assignment',
      enabledRules: ['MultiFactorAuthentication'],
    }
    await w.policy(resourceRole(RG), [asked])
    const plain = { authorization: `Bearer ${await doors.token('admin', { amr: ['pwd'] })}` }
    const answer = await send(null, 'PUT', at(RG, guid()), body(idOf('sam')), plain)
    expect(said(answer)).toEqual([400, 'RoleAssignmentRequestPolicyValidationFailed'])
  })

  it('is listed where it is, above only with what is above, below with what is below', async () => {
    await w.seed(SERVICE, 'Assignment', resourceRole(MG))
    const names = async (scope: string, filter: string) => {
      const answer = await send('admin', 'GET', `${scope}/${P}/roleAssignments?${V}&$filter=${encodeURIComponent(filter)}`)
      return answer.body.value.map((a: { properties: { principalId: string; scope: string } }) => [
        a.properties.principalId,
        a.properties.scope,
      ])
    }
    const engineer = [idOf('engineer'), RG]
    const service = [SERVICE, MG]
    expect(await names(SUBSCRIPTION, 'atScope()')).not.toContainEqual(engineer)
    expect(await names(SUBSCRIPTION, 'atScope()')).toContainEqual(service)
    expect(await names(SUBSCRIPTION, `principalId eq '${idOf('engineer')}'`)).toEqual([engineer])
    expect(await names(RG, `atScope() and assignedTo('${SERVICE}')`)).toEqual([service])
    expect(await names(`${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`, `principalId eq '${idOf('engineer')}'`)).toEqual([])
    const everybody = await send('admin', 'GET', `${SUBSCRIPTION}/${P}/roleAssignments?${V}&$filter=atScope()`)
    // az compares role ids as strings, and one with an uppercase subscription must find the same.
    expect(
      everybody.body.value.every((a: { properties: { roleDefinitionId: string } }) =>
        a.properties.roleDefinitionId.startsWith(`${SUBSCRIPTION}/`),
      ),
    ).toBe(true)
    const definitions = await send('admin', 'GET', `${SUBSCRIPTION.toUpperCase()}/${P}/roleDefinitions?${V}`)
    const ids = definitions.body.value.map((d: { id: string }) => d.id)
    for (const a of everybody.body.value) expect(ids).toContain(a.properties.roleDefinitionId)
    expect(said(await send('sam', 'GET', `${SUBSCRIPTION}/${P}/roleAssignments?${V}`))).toEqual([403, 'AuthorizationFailed'])
  })

  it('shows as an instance that was not asked for, with no eligibility', async () => {
    const found = await send(
      'admin',
      'GET',
      `${RG}/${P}/roleAssignmentScheduleInstances?api-version=2020-10-01&$filter=principalId eq '${idOf('engineer')}'`,
    )
    expect(found.body.value.map((i: { properties: object }) => i.properties)).toEqual([
      expect.objectContaining({ assignmentType: 'Assigned', endDateTime: null, linkedRoleEligibilityScheduleId: null }),
    ])
  })

  it('is taken away by a DELETE, once; also when a request made it', async () => {
    expect(said(await send('sam', 'DELETE', at(RG, name)))).toEqual([403, 'AuthorizationFailed'])
    const gone = await send('admin', 'DELETE', at(RG, name.toUpperCase()))
    expect([gone.status, gone.body.name]).toEqual([200, name])
    expect((await send('admin', 'DELETE', at(RG, name))).status).toBe(204)
    expect(said(await send('admin', 'GET', at(RG, name)))).toEqual([404, 'RoleAssignmentNotFound'])
    await w.seed(idOf('sam'), 'Eligibility', resourceRole(SUBSCRIPTION))
    const active = guid()
    const ask = {
      principalId: idOf('sam'),
      roleDefinitionId: roleId(),
      requestType: 'SelfActivate',
      justification: 'x',
      scheduleInfo: { expiration: { type: 'AfterDuration', duration: 'PT1H' } },
    }
    expect(
      (await send('sam', 'PUT', `${RG}/${P}/roleAssignmentScheduleRequests/${active}?api-version=2020-10-01`, { properties: ask })).status,
    ).toBe(201)
    expect((await send('admin', 'DELETE', at(RG, active))).status).toBe(200)
    expect(said(await send('admin', 'GET', `${RG}/${P}/roleAssignmentSchedules/${active}?api-version=2020-10-01`))).toEqual([
      404,
      'ResourceNotFound',
    ])
  })

  it('is refused when the setting closes the side doors, and can still be taken away', async () => {
    const standing = guid()
    expect((await send('admin', 'PUT', at(RG, standing), body(idOf('lead')))).status).toBe(201)
    w.settings = { ...w.settings, sideDoors: 'closed' }
    expect(said(await send('admin', 'PUT', at(RG, guid()), body(idOf('sam'))))).toEqual([403, 'RequestDisallowedByPolicy'])
    expect(await last()).toMatchObject({ kind: 'refusal', data: { code: 'SideDoorClosed' } })
    expect((await send('admin', 'DELETE', at(RG, standing))).status).toBe(200)
    w.settings = { ...w.settings, sideDoors: 'open' }
  })
})

describe('a role definition', () => {
  const id = guid()
  const url = (scope = SUBSCRIPTION, role = id) => `${scope}/${P}/roleDefinitions/${role}?${V}`
  const role = (more: object = {}) => ({
    properties: {
      roleName: 'Ledger Reader',
      description: 'reads',
      type: 'CustomRole',
      assignableScopes: [RG],
      permissions: [{ actions: ['Microsoft.Storage/*/read'] }],
      ...more,
    },
  })

  it('is written with 201, read by every id it goes by, and deleted', async () => {
    const made = await send('admin', 'PUT', url(), role())
    expect([made.status, made.body.id, made.body.properties]).toEqual([
      201,
      `${SUBSCRIPTION}/${P}/roleDefinitions/${id}`,
      expect.objectContaining({ roleName: 'Ledger Reader', type: 'CustomRole', assignableScopes: [RG], createdBy: idOf('admin') }),
    ])
    expect((await send('admin', 'PUT', url(), { ...role().properties, name: id, description: 'bare' })).body.properties.description).toBe(
      'bare',
    )
    for (const scope of ['', SUBSCRIPTION, RG, MG]) expect((await send('sam', 'GET', url(scope, id.toUpperCase()))).body.name).toBe(id)
    expect(said(await send('sam', 'GET', url(`${SUBSCRIPTION}/resourcegroups/rg-ledger-prod`)))).toEqual([
      404,
      'RoleDefinitionDoesNotExist',
    ])
    const list = async (scope: string, filter: string) =>
      (await send('sam', 'GET', `${scope}/${P}/roleDefinitions?${V}&$filter=${encodeURIComponent(filter)}`)).body.value.map(
        (r: { name: string }) => r.name,
      )
    expect(await list(RG, "roleName eq 'ledger reader'")).toEqual([id])
    expect(await list(RG, "type eq 'CustomRole'")).toEqual([id])
    expect(await list(SUBSCRIPTION, "type eq 'CustomRole'")).toEqual([])
    expect(await list(SUBSCRIPTION, "atScopeAndBelow() and type eq 'CustomRole'")).toEqual([id])
    expect((await send('admin', 'DELETE', url())).body.name).toBe(id)
    expect((await send('admin', 'DELETE', url())).status).toBe(204)
  })

  it('is refused as the reference refuses it', async () => {
    expect(said(await send('sam', 'PUT', url(), role()))).toEqual([403, 'AuthorizationFailed'])
    expect(said(await send('admin', 'PUT', url(), role({ roleName: 'Owner' })))).toEqual([409, 'RoleDefinitionWithSameNameExists'])
    expect(said(await send('admin', 'PUT', url(SUBSCRIPTION, OWNER), role()))).toEqual([400, 'InvalidRoleDefinition'])
    expect(said(await send('admin', 'DELETE', url(SUBSCRIPTION, OWNER)))).toEqual([400, 'InvalidRoleDefinition'])
    expect((await send('admin', 'PUT', url(), role())).status).toBe(201)
    await w.seed(idOf('sam'), 'Eligibility', resourceRole(RG, id))
    expect(said(await send('admin', 'DELETE', url()))).toEqual([409, 'RoleDefinitionHasAssignments'])
  })

  it('pages lead on', async () => {
    const first = await send('sam', 'GET', `${RG}/${P}/roleDefinitions?${V}&$top=1`)
    expect(first.body.value).toHaveLength(1)
    const second = await send('sam', 'GET', first.body.nextLink.slice(ORIGIN.length))
    expect(second.body.value[0].name).not.toBe(first.body.value[0].name)
  })
})

describe('the rest of what authorization shows', () => {
  it('says what the caller may do, and nothing of what it could', async () => {
    await w.seed(idOf('auditor'), 'Eligibility', resourceRole(RG, OWNER))
    const mine = async (who: 'admin' | 'auditor') => (await send(who, 'GET', `${RG}/${P}/permissions?${V}`)).body.value
    expect(await mine('admin')).toEqual([{ actions: ['*'], notActions: [], dataActions: [], notDataActions: [] }])
    expect(await mine('auditor')).toEqual([])
    expect(said(await send('admin', 'GET', `${SUBSCRIPTION}/resourcegroups/nowhere/${P}/permissions?${V}`))).toEqual([
      404,
      'ResourceGroupNotFound',
    ])
  })

  it('has neither deny assignments nor classic administrators, for whoever may ask', async () => {
    expect((await send('admin', 'GET', `${RG}/${P}/denyAssignments?${V}&$filter=atScope()`)).body).toEqual({ value: [] })
    expect(said(await send('admin', 'GET', `${RG}/${P}/denyAssignments/${guid()}?${V}`))).toEqual([404, 'ResourceNotFound'])
    expect((await send('admin', 'GET', `${SUBSCRIPTION}/${P}/classicAdministrators?api-version=2015-06-01`)).body).toEqual({ value: [] })
    expect(said(await send('engineer', 'GET', `${RG}/${P}/denyAssignments?${V}`))).toEqual([403, 'AuthorizationFailed'])
    expect(said(await send('engineer', 'GET', `${SUBSCRIPTION}/${P}/classicAdministrators?api-version=2015-07-01`))).toEqual([
      403,
      'AuthorizationFailed',
    ])
  })

  it('names the operations there are', async () => {
    const one = await send(
      'sam',
      'GET',
      `/${P}/providerOperations/microsoft.authorization?api-version=2018-01-01-preview&$expand=resourceTypes`,
    )
    expect(one.body.resourceTypes.map((t: { name: string }) => t.name)).toContain('roleAssignments')
    expect((await send('sam', 'GET', `/${P}/providerOperations?${V}`)).body.value).toHaveLength(3)
    expect(said(await send('sam', 'GET', `/${P}/providerOperations/Microsoft.Nothing?${V}`))).toEqual([404, 'ResourceNotFound'])
    expect((await send('sam', 'GET', `/${P}/operations?${V}`)).body.value[0]).toMatchObject({ isDataAction: false })
  })

  it('elevates a Global Administrator, for a while, and nobody else', async () => {
    const url = `/${P}/elevateAccess?api-version=2016-07-01`
    await w.db.query(
      `insert into roles (plane, id, name, built_in, permissions) values ('resource', $1, 'User Access Administrator', true, '{"actions":["*/read","Microsoft.Authorization/*"]}')`,
      [USER_ACCESS_ADMINISTRATOR],
    )
    expect(said(await send('priya', 'POST', url))).toEqual([403, 'AuthorizationFailed'])
    expect(said(await send('admin', 'GET', url))).toEqual([405, 'MethodNotAllowed'])
    expect(said(await send('admin', 'POST', `${SUBSCRIPTION}${url}`))).toEqual([404, 'ResourceNotFound'])
    await w.seed(idOf('lead'), 'Assignment', directoryRole('62e90394-69f5-4237-9190-012177145e10'))
    expect((await send('lead', 'GET', `/subscriptions?api-version=2022-12-01`)).body.value).toEqual([])
    const done = await send('lead', 'POST', url)
    expect([done.status, done.body]).toEqual([200, null])
    expect(await last()).toMatchObject({ action: 'elevateAccess', actor_id: idOf('lead') })
    const [row] = await w.db.query<{ source: string; ends_at: number | null }>(
      `select source, ends_at from schedules where plane = 'resource' and scope = '/' and principal_id = $1`,
      [idOf('lead')],
    )
    expect(row?.source).toBe('Outside')
    expect(row?.ends_at).toBeGreaterThan(w.now())
    expect((await send('lead', 'GET', `/subscriptions?api-version=2022-12-01`)).body.value).toHaveLength(1)
  })
})
