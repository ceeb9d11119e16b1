// How Graph's lists are asked for: filters, searches, order, pages, counts (contract reference 2.2, 2.3); what tokens must say; and what
// is served beside the objects.

import { describe, expect, it } from 'vitest'
import { addContexts } from '../../src/store/tenant-rows.ts'
import { ORIGIN, openDoors } from '../support/doors.ts'
import { APPROVERS, directoryRole, groupRole, idOf, makeWorld, OPERATORS, SERVICE, TEAM, TENANT } from '../support/world.ts'

const EVENTUAL = { consistencylevel: 'eventual' }
const names = (reply: { body: { value: { displayName: string }[] } }) => reply.body.value.map((o) => o.displayName)

describe('lists of objects', async () => {
  const w = await makeWorld()
  const { send } = await openDoors(w)
  await w.db.query(`update principals set app_id = 'aaaaaaaa-0000-4000-8000-000000000001' where id = $1`, [SERVICE])
  await w.db.query(
    `update principals set attributes = '{"department": "Ledger", "groupTypes": ["Unified"]}' where display_name in ('sam', 'Payments Platform')`,
  )

  it.each([
    [`users?$filter=userPrincipalName eq 'SAM@contoso.com'`, ['sam']],
    [`users?%24filter=displayName+eq+%27sam%27&%24select=Id`, [undefined]],
    [`users?$filter=startswith(displayName,'a')&$orderby=displayName&$count=true`, ['admin', 'auditor']],
    [`users?$filter=department eq 'ledger'`, ['sam']],
    [`users?$filter=displayName in ('sam', 'lead') or mail eq 'x'&$orderby=displayName desc&$count=true`, ['sam', 'lead']],
    [
      `groups?$filter=isAssignableToRole eq true and securityEnabled eq true and mailEnabled eq false&$orderby=displayName&$count=true`,
      ['pag-payments-operators', 'Payments Platform'].sort((a, b) => a.localeCompare(b)),
    ],
    [`groups?$filter=groupTypes/any(c:c eq 'Unified')`, ['Payments Platform']],
    [`groups?$filter=groupTypes/any()`, ['Payments Platform']],
    [`servicePrincipals?$filter=servicePrincipalNames/any(c:c eq 'AAAAAAAA-0000-4000-8000-000000000001')`, ['deployer']],
    [`servicePrincipals?$filter=servicePrincipalNames/any(c:c eq '${idOf('sam')}')`, []],
    [`servicePrincipals?$filter=appId eq 'aaaaaaaa-0000-4000-8000-000000000001'`, ['deployer']],
    [`applications?$filter=appId eq 'aaaaaaaa-0000-4000-8000-000000000001'`, ['deployer']],
    [
      `groups?$search="displayName:pay"&$orderby=displayName`,
      ['Payments Platform', 'pag-payments-operators'].sort((a, b) => a.localeCompare(b)),
    ],
    [`groups?$search="displayName:pay" AND "platform"`, ['Payments Platform']],
    [`groups?$search=NOT "platform"`, ['pag-payments-operators']],
    [`groups?$search="ayments"`, []],
    [`users?$search="userPrincipalName:sam"`, ['sam']],
  ])('%s', async (path, expected) => {
    const reply = await send('auditor', 'GET', `/v1.0/${path}`, undefined, EVENTUAL)
    expect(reply.status, JSON.stringify(reply.body)).toBe(200)
    expect(names(reply)).toEqual(expected)
  })

  it.each([
    [`users?$filter=displayName ne 'x'`, {}],
    [`users?$filter=not(displayName eq 'x')&$count=true`, {}],
    [`users?$filter=endswith(mail,'com')`, EVENTUAL],
    [`users?$search="displayName:x"`, {}],
    [`users?$filter=displayName eq 'x'&$orderby=displayName`, {}],
    ['users/$count', {}],
    [`groups/${TEAM}/members/$count`, {}],
  ])('%s needs the eventual index', async (path, headers) => {
    expect(await send('sam', 'GET', `/v1.0/${path}`, undefined, headers)).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_UnsupportedQuery' } },
    })
  })

  it.each([
    ['users?$orderby=jobTitle', 'BadRequest'],
    ['users?$filter=colour eq 1', 'InvalidFilter'],
    [`users?$filter=displayName/any(x:x eq 'y')`, 'InvalidFilter'],
    ['users?$expand=messages', 'BadRequest'],
    ['users?$skiptoken=eyJ9', 'BadRequest'],
  ])('%s is refused', async (path, code) => {
    expect(await send('sam', 'GET', `/v1.0/${path}`)).toMatchObject({ status: 400, body: { error: { code } } })
  })

  it.each(['', '$orderby=displayName', '$orderby=displayName desc', '$orderby=userPrincipalName', '$orderby=createdDateTime'])(
    'pages of two with `%s` hold everybody once, and as many as the count says',
    async (order) => {
      const first = await send('sam', 'GET', `/v1.0/users?$top=2&$count=true&$select=displayName&${order}`, undefined, EVENTUAL)
      const seen = [...names(first)]
      for (let next = first.body['@odata.nextLink']; next; ) {
        expect(next.startsWith(`${ORIGIN}/v1.0/users?`)).toBe(true)
        const page = await send('sam', 'GET', next.slice(ORIGIN.length), undefined, EVENTUAL)
        seen.push(...names(page))
        next = page.body['@odata.nextLink']
      }
      expect(first.body['@odata.count']).toBe(7)
      expect(new Set(seen).size).toBe(7)
      expect(seen).toHaveLength(7)
      if (order.includes('displayName')) expect([...seen].sort()).toEqual(order.endsWith('desc') ? seen.reverse() : seen)
    },
  )

  it('objects are found by their ids under three names, the unknown ones left out', async () => {
    for (const name of ['directoryObjects', 'users', 'groups']) {
      const body = {
        ids: [idOf('sam'), TEAM, SERVICE, '99999999-9999-9999-9999-999999999999'],
        types: ['User', 'servicePrincipal', 'directoryObjectPartnerReference'],
      }
      const reply = await send('sam', 'POST', `/v1.0/${name}/getByIds`, body)
      expect(names(reply).sort()).toEqual(['deployer', 'sam'])
      expect(reply.body.value[0]['@odata.type']).toMatch(/^#microsoft\.graph\.(?:user|servicePrincipal)$/)
    }
    expect((await send('sam', 'POST', '/v1.0/directoryObjects/getByIds', { ids: Array(1001).fill(TEAM) })).status).toBe(400)
    expect((await send('sam', 'POST', '/v1.0/directoryObjects/getByIds', {})).status).toBe(400)
  })

  it('keys are written in every form', async () => {
    for (const path of [
      `servicePrincipals(appId='aaaaaaaa-0000-4000-8000-000000000001')`,
      `servicePrincipals( appId%20=%20'aaaaaaaa-0000-4000-8000-000000000001' )`,
      `servicePrincipals/${SERVICE}`,
      `serviceprincipals('${SERVICE}')/`,
    ])
      expect((await send('sam', 'GET', `/beta/${path}`)).body).toMatchObject({ id: SERVICE, displayName: 'deployer' })
  })
})

describe('what a token must say', async () => {
  const w = await makeWorld()
  const { send, token } = await openDoors(w)
  const as = async (claims: object) => ({
    authorization: `Bearer ${await token('admin', { aud: 'https://graph.microsoft.com', ...claims })}`,
  })
  const group = { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true }

  it.each([
    ['User.Read', 'GET', '/v1.0/me', 200],
    ['User.Read', 'GET', '/v1.0/users', 403],
    ['User.ReadBasic.All', 'GET', '/v1.0/users', 200],
    ['User.Read', 'GET', '/v1.0/me/memberOf', 200],
    ['Group.Read.All', 'GET', '/v1.0/groups', 200],
    ['Group.Read.All', 'POST', '/v1.0/groups', 403],
    ['GroupMember.ReadWrite.All', 'POST', '/v1.0/groups', 403],
    ['Group.ReadWrite.All', 'POST', '/v1.0/groups', 201],
    ['Directory.Read.All', 'POST', '/v1.0/directoryObjects/getByIds', 200],
    ['User.Read', 'GET', '/v1.0/servicePrincipals', 403],
    ['Application.Read.All', 'GET', '/v1.0/servicePrincipals', 200],
    ['AdministrativeUnit.Read.All', 'POST', '/v1.0/directory/administrativeUnits', 403],
    ['AdministrativeUnit.ReadWrite.All', 'POST', '/v1.0/directory/administrativeUnits', 201],
    ['User.Read', 'GET', '/v1.0/organization', 200],
    ['User.Read', 'GET', '/v1.0/directoryRoles', 403],
  ])('%s: %s %s gives %i', async (scp, method, path, status) => {
    const body = method === 'GET' ? undefined : path.endsWith('getByIds') ? { ids: [TEAM] } : group
    const reply = await send(null, method, path, body, await as({ scp }))
    expect(reply.status, JSON.stringify(reply.body)).toBe(status)
    if (status === 403) expect(reply.body.error.code).toBe('Authorization_RequestDenied')
  })

  it('groups that may hold roles take the permission to give roles', async () => {
    const member = { '@odata.id': `x/${idOf('auditor')}` }
    for (const [scp, status] of [
      ['Group.ReadWrite.All GroupMember.ReadWrite.All', 403],
      ['GroupMember.ReadWrite.All RoleManagement.ReadWrite.Directory', 204],
    ] as const) {
      const headers = await as({ scp })
      expect((await send(null, 'POST', `/v1.0/groups/${TEAM}/members/$ref`, member, headers)).status, scp).toBe(status)
    }
    const headers = await as({ scp: 'Group.ReadWrite.All' })
    expect((await send(null, 'POST', '/v1.0/groups', { ...group, isAssignableToRole: true }, headers)).status).toBe(403)
    expect((await send(null, 'DELETE', `/v1.0/groups/${TEAM}`, undefined, headers)).status).toBe(403)
    expect((await send(null, 'POST', `/v1.0/groups/${APPROVERS}/members/$ref`, member, headers)).status).toBe(204)
  })

  it.each([
    [['User.ReadWrite.All'], 'POST', '/v1.0/groups', group, 403],
    [['Group.ReadWrite.All'], 'POST', '/v1.0/groups', group, 201],
    [['Group.ReadWrite.All'], 'POST', '/v1.0/groups', { ...group, isAssignableToRole: true }, 403],
    [['RoleManagement.ReadWrite.Directory'], 'POST', '/v1.0/groups', { ...group, isAssignableToRole: true }, 201],
    [['GroupMember.ReadWrite.All'], 'POST', `/v1.0/groups/${APPROVERS}/members/$ref`, { '@odata.id': `x/${idOf('sam')}` }, 204],
    [['GroupMember.ReadWrite.All'], 'POST', `/v1.0/groups/${OPERATORS}/members/$ref`, { '@odata.id': `x/${idOf('sam')}` }, 403],
    [['GroupMember.ReadWrite.All'], 'PATCH', `/v1.0/groups/${APPROVERS}`, { description: 'x' }, 403],
    [['User.ReadWrite.All'], 'PATCH', `/v1.0/users/${idOf('sam')}`, { jobTitle: 'x' }, 204],
    [['User.ReadWrite.All'], 'PATCH', `/v1.0/users/${idOf('admin')}`, { jobTitle: 'x' }, 403],
    [['AdministrativeUnit.ReadWrite.All'], 'POST', '/v1.0/directory/administrativeUnits', { displayName: 'x' }, 201],
    [['Directory.Read.All'], 'POST', '/v1.0/directory/administrativeUnits', { displayName: 'x' }, 403],
    [[], 'PATCH', `/v1.0/users/${idOf('sam')}`, { jobTitle: 'x' }, 403],
  ] as const)('a program with %j: %s %s', async (roles, method, path, body, status) => {
    const reply = await send(null, method, path, body, await as({ oid: SERVICE, idtyp: 'app', roles, amr: [] }))
    expect(reply.status, JSON.stringify(reply.body)).toBe(status)
  })

  it('a permission on members opens no other door', async () => {
    const headers = await as({ oid: SERVICE, idtyp: 'app', roles: ['GroupMember.ReadWrite.All', 'Group.ReadWrite.All'], amr: [] })
    const asked = {
      accessId: 'member',
      groupId: APPROVERS,
      principalId: idOf('auditor'),
      action: 'adminAssign',
      justification: 'x',
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'P1D' } },
    }
    expect(
      (await send(null, 'POST', '/v1.0/identityGovernance/privilegedAccess/group/eligibilityScheduleRequests', asked, headers)).status,
    ).toBe(403)
  })
})

describe('beside the objects', async () => {
  const w = await makeWorld()
  const { send, app, token } = await openDoors(w)
  await addContexts(w.db, [
    { id: 'c1', name: 'Strong', description: 'a second factor', strength: 'mfa', maximumAge: null, networks: [], compliantDevice: false },
  ])
  await w.db.query('insert into tenant (id, display_name, domains) values ($1, $2, $3)', [TENANT, 'Contoso', ['contoso.com']])

  it('the description names every set that is served, in XML', async () => {
    const reply = await app.request(`${ORIGIN}/v1.0/$metadata`, { headers: { authorization: `Bearer ${await token('sam')}` } })
    expect(reply.headers.get('content-type')).toBe('application/xml')
    const text = await reply.text()
    const types = new Set([...text.matchAll(/<(?:Entity|Complex)Type Name="(\w+)"/g)].map((m) => m[1]))
    // Whatever a property or a set is said to be is described.
    for (const [, type] of text.matchAll(/Type="(?:Collection\()?(?:graph|microsoft\.graph)\.(\w+)\)?"/g)) expect(types).toContain(type)
    for (const [, base] of text.matchAll(/BaseType="graph\.(\w+)"/g)) expect(types).toContain(base)
    expect(text).toMatch(/^<\?xml/)
    expect((text.match(/<\w+(?=[^>]*[^/]>)/g) ?? []).length - 1).toBeGreaterThan(0)
    expect((await app.request(`${ORIGIN}/v1.0/$metadata`)).status).toBe(401)
  })

  it('the tenant, its contexts, templates and permissions', async () => {
    expect((await send('sam', 'GET', '/v1.0/organization')).body.value).toMatchObject([
      { id: TENANT, displayName: 'Contoso', verifiedDomains: [{ name: 'contoso.com', isDefault: true }] },
    ])
    expect((await send('sam', 'GET', '/v1.0/identity/conditionalAccess/authenticationContextClassReferences/c1')).body).toMatchObject({
      id: 'c1',
      displayName: 'Strong',
      isAvailable: true,
    })
    expect((await send('sam', 'GET', `/v1.0/directoryRoleTemplates/${directoryRole().role}`)).body.displayName).toBe('User Administrator')
    const actions = await send('sam', 'GET', '/v1.0/roleManagement/directory/resourceNamespaces/microsoft.directory/resourceActions')
    expect(actions.body.value.length).toBeGreaterThan(50)
    expect(
      (await send('sam', 'GET', '/v1.0/roleManagement/directory/resourceNamespaces/microsoft.other/resourceActions')).body.value,
    ).toEqual([])
  })

  it('groups under management, for scanners', async () => {
    expect((await send('sam', 'GET', '/beta/identityGovernance/privilegedAccess/group/resources')).body.value).toEqual([])
    await w.db.query(`update scopes set managed_at = '2031-01-01' where id = $1`, [OPERATORS])
    expect((await send('sam', 'GET', '/beta/identityGovernance/privilegedAccess/group/resources')).body.value).toMatchObject([
      { id: OPERATORS },
    ])
  })

  it('a method that is not offered says which are; an unknown path is nowhere', async () => {
    for (const [method, path, allow] of [
      ['PUT', '/v1.0/users', 'GET, POST'],
      ['POST', `/v1.0/users/${idOf('sam')}`, 'GET, PATCH, DELETE'],
      ['DELETE', '/v1.0/me', 'GET'],
      ['GET', '/v1.0/$batch', 'POST'],
    ] as const) {
      const reply = await send('admin', method, path)
      expect(reply).toMatchObject({ status: 405, body: { error: { code: 'Request_BadRequest' } } })
      expect(reply.headers.get('allow')).toBe(allow)
    }
    for (const path of ['/v1.0/users/x/y/z', '/v1.0/groups(a=1,b=2)', '/v1.0/members', `/v1.0/users(colour='x')`])
      expect([400, 404]).toContain((await send('admin', 'GET', path)).status)
  })

  it('a group’s policy is named as its readers take it apart, written whole and by the rule', async () => {
    await w.seed(idOf('sam'), 'Eligibility', groupRole(OPERATORS))
    const P = '/v1.0/policies'
    const filter = `$filter=scopeType eq 'Group' and scopeId eq '${OPERATORS}' and roleDefinitionId eq 'member'`
    const assignment = (await send('admin', 'GET', `${P}/roleManagementPolicyAssignments?${filter}`)).body.value[0]
    expect(assignment.id.split('_')).toHaveLength(4)
    const { policyId } = assignment
    expect(policyId).toMatch(new RegExp(`^Group_${OPERATORS}_[0-9a-f-]{36}$`))
    expect((await send('admin', 'GET', `${P}/roleManagementPolicies/${policyId}?$expand=*`)).body.rules).toHaveLength(17)
    const rule = {
      '@odata.type': '#microsoft.graph.unifiedRoleManagementPolicyExpirationRule',
      id: 'Expiration_EndUser_Assignment',
      maximumDuration: 'PT2H',
    }
    const whole = await send('admin', 'PATCH', `${P}/roleManagementPolicies/${policyId}`, {
      id: policyId,
      scopeId: OPERATORS,
      scopeType: 'Group',
      rules: [rule],
    })
    expect(whole).toMatchObject({ status: 200, body: { id: policyId } })
    expect(whole.body.rules).toBeUndefined()
    const one = await send('admin', 'PATCH', `${P}/roleManagementPolicies/${policyId}/rules/${rule.id}`, {
      ...rule,
      maximumDuration: 'PT3H',
    })
    expect(one.status).toBe(204)
    expect((await send('admin', 'GET', `${P}/roleManagementPolicies/${policyId}/rules/${rule.id}`)).body.maximumDuration).toBe('PT3H')
    expect((await send('admin', 'GET', `${P}/roleManagementPolicyAssignments?$filter=policyId eq '${policyId}'`)).body.value).toMatchObject(
      [{ id: assignment.id }],
    )
    const either = `${P}/roleManagementPolicyAssignments?$filter=scopeType eq 'Group' and (scopeId eq '${OPERATORS}' or scopeId eq '${TEAM}')`
    expect(await send('admin', 'GET', either)).toMatchObject({ status: 400, body: { error: { code: 'InvalidFilter' } } })
    expect((await send('admin', 'DELETE', `${P}/roleManagementPolicies/${policyId}`)).status).toBe(204)
    expect((await send('admin', 'GET', `${P}/roleManagementPolicies/${policyId}/rules/${rule.id}`)).body.maximumDuration).toBe('PT8H')
  })
})
