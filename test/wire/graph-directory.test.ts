// People, groups, units and roles over Graph: who may write them, what happens to what hangs on them, and how lists are asked for
// (contract reference 2, 9; behaviour 9.3, 9.4).

import { describe, expect, it } from 'vitest'
import { GROUPS_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { addRoles } from '../../src/store/directory-rows.ts'
import { openDoors } from '../support/doors.ts'
import { APPROVERS, directoryRole, groupRole, idOf, makeWorld, type Name, OPERATORS, SERVICE, TEAM } from '../support/world.ts'

const UNKNOWN = '99999999-9999-9999-9999-999999999999'
const EVENTUAL = { consistencylevel: 'eventual' }
const GUESTS = '95e79109-95c0-4d8e-aee3-d01accf2d47b'
const ref = (id: string) => ({ '@odata.id': `https://pim.test/v1.0/directoryObjects/${id}` })

async function setUp() {
  const w = await makeWorld()
  const doors = await openDoors(w)
  const role = (id: string, name: string) => ({ plane: 'directory' as const, id, name, builtIn: true, privileged: true })
  await addRoles(w.db, [role(GROUPS_ADMINISTRATOR, 'Groups Administrator'), role(GUESTS, 'Guest Inviter')])
  await w.seed(idOf('priya'), 'Assignment', directoryRole(USER_ADMINISTRATOR))
  await w.seed(idOf('lead'), 'Assignment', directoryRole(GROUPS_ADMINISTRATOR))
  const events = async (kind: string) =>
    (await w.db.query<{ action: string }>('select action from events where kind = $1 order by position', [kind])).map((e) => e.action)
  const app = async (...roles: string[]) => ({
    authorization: `Bearer ${await doors.token('admin', { oid: SERVICE, idtyp: 'app', roles, amr: [] })}`,
  })
  return { w, ...doors, events, app }
}

const newUser = (name: string) => ({
  accountEnabled: true,
  displayName: `New ${name}`,
  mailNickname: name,
  userPrincipalName: `${name}@contoso.com`,
  passwordProfile: { password: 'Xk29-secret-word' },
})
const newGroup = (name: string, more: object = {}) => ({
  displayName: name,
  mailEnabled: false,
  mailNickName: name,
  securityEnabled: true,
  ...more,
})

describe('people', async () => {
  const { w, send, events, app } = await setUp()

  it('are added, found by either name, changed, and their password is not kept', async () => {
    const made = await send('priya', 'POST', '/v1.0/users', { ...newUser('nora'), givenName: 'Nora', onPremisesImmutableId: 'x' })
    expect(made).toMatchObject({ status: 201, body: { displayName: 'New nora', userPrincipalName: 'nora@contoso.com', givenName: 'Nora' } })
    expect(made.headers.get('location')).toBe(`https://pim.test/v1.0/users('${made.body.id}')`)
    expect((await send('sam', 'GET', '/v1.0/users/NORA@contoso.com')).body.id).toBe(made.body.id)
    expect((await send('priya', 'PATCH', `/beta/users/${made.body.id}`, { jobTitle: 'Cook', givenName: null })).status).toBe(204)
    const read = await send('sam', 'GET', `/v1.0/users('${made.body.id}')?$select=jobTitle,givenName,accountEnabled,Id`)
    expect(read.body).toEqual({
      '@odata.context': expect.any(String),
      id: made.body.id,
      jobTitle: 'Cook',
      givenName: null,
      accountEnabled: true,
    })
    expect(await events('change')).toEqual(['createUser', 'updateUser'])
    const [kept] = await w.db.query<{ all: string }>(
      `select (select string_agg(p::text, '') from principals p) || (select string_agg(e::text, '') from events e) as all`,
    )
    expect(kept?.all).not.toContain('Xk29')
  })

  it.each([
    ['a name that somebody has', { ...newUser('sam') }, 'Request_BadRequest'],
    ['a name of a foreign domain', { ...newUser('x'), userPrincipalName: 'x@elsewhere.com' }, 'Request_BadRequest'],
    ['no address at all', { ...newUser('x'), userPrincipalName: 'x' }, 'Request_BadRequest'],
    ['no display name', { ...newUser('x'), displayName: '  ' }, 'Request_BadRequest'],
    ['a property left out', { ...newUser('x'), mailNickname: undefined }, 'Request_BadRequest'],
    ['a property of the wrong kind', { ...newUser('x'), accountEnabled: 'perhaps' }, 'BadRequest'],
  ])('%s is refused', async (_, body, code) => {
    expect(await send('priya', 'POST', '/v1.0/users', body)).toMatchObject({ status: 400, body: { error: { code } } })
  })

  it('are written by a User Administrator, those with privileges only by whoever may give them', async () => {
    const { body } = await send('priya', 'POST', '/v1.0/users', newUser('oskar'))
    for (const [who, id, status] of [
      ['sam', body.id, 403],
      ['lead', body.id, 403],
      ['priya', body.id, 204],
      ['priya', idOf('admin'), 403],
      ['priya', idOf('priya'), 403],
      ['admin', idOf('priya'), 204],
    ] as const)
      expect((await send(who, 'PATCH', `/v1.0/users/${id}`, { jobTitle: who })).status, `${who} ${id}`).toBe(status)
    // An eligibility is a privilege as well, also one that comes by a group.
    await w.seed(idOf('engineer'), 'Eligibility', groupRole(OPERATORS))
    expect((await send('priya', 'DELETE', `/v1.0/users/${idOf('engineer')}`)).status).toBe(403)
  })

  it('are disabled as ever, and the last administrator is not', async () => {
    const { body } = await send('priya', 'POST', '/v1.0/users', newUser('petra'))
    expect((await send('priya', 'PATCH', `/v1.0/users/${body.id}`, { accountEnabled: false })).status).toBe(204)
    expect((await events('change')).at(-1)).toBe('disablePrincipal')
    for (const [method, sent] of [
      ['PATCH', { accountEnabled: false, jobTitle: 'none' }],
      ['DELETE', undefined],
    ] as const)
      expect(await send('admin', method, `/v1.0/users/${idOf('admin')}`, sent)).toMatchObject({
        status: 400,
        body: { error: { code: 'CannotRemoveLastActiveAdministrator' } },
      })
    expect((await send('admin', 'GET', '/v1.0/me?$select=jobTitle,accountEnabled')).body).toMatchObject({
      accountEnabled: true,
      jobTitle: null,
    })
  })

  it('have managers, but nobody is above themselves', async () => {
    const at = (name: Name) => `/v1.0/users/${idOf(name)}/manager/$ref`
    expect((await send('sam', 'GET', '/v1.0/me/manager')).status).toBe(404)
    expect((await send('admin', 'PUT', at('sam'), ref(idOf('manager')))).status).toBe(204)
    expect((await send('admin', 'PUT', at('manager'), ref(idOf('lead')))).status).toBe(204)
    expect((await send('admin', 'PUT', at('lead'), ref(idOf('sam')))).status).toBe(400)
    expect((await send('admin', 'PUT', at('sam'), ref(UNKNOWN))).status).toBe(404)
    expect((await send('sam', 'GET', '/v1.0/me/manager')).body).toMatchObject({
      '@odata.type': '#microsoft.graph.user',
      id: idOf('manager'),
    })
    expect((await send('sam', 'GET', '/v1.0/me?$expand=manager($select=displayName)')).body.manager).toEqual({
      '@odata.type': '#microsoft.graph.user',
      id: idOf('manager'),
      displayName: 'manager',
    })
    expect((await send('sam', 'GET', `/v1.0/users/${idOf('manager')}/directReports`)).body.value).toMatchObject([{ id: idOf('sam') }])
    expect((await send('admin', 'DELETE', at('sam'))).status).toBe(204)
    expect((await send('sam', 'GET', '/v1.0/me/manager')).status).toBe(404)
  })

  it('a program has no self', async () => {
    expect(await send(null, 'GET', '/v1.0/me', undefined, await app())).toMatchObject({
      status: 400,
      body: { error: { code: 'BadRequest' } },
    })
  })
})

describe('groups', async () => {
  const { w, send, events, token } = await setUp()
  const sources = async (group: string) =>
    (
      await w.db.query<{ role: string; source: string }>(
        `select role, source from schedules where plane = 'group' and scope = $1 order by role`,
        [group],
      )
    ).map(({ role, source }) => `${role} ${source}`)

  it('come with their first owners and members, marked as made past the front door', async () => {
    const body = newGroup('net-ops', {
      'owners@odata.bind': [ref(idOf('sam'))['@odata.id']],
      'members@odata.bind': [`directoryObjects('${SERVICE}')`],
    })
    const made = await send('lead', 'POST', '/beta/groups', body)
    expect(made).toMatchObject({ status: 201, body: { displayName: 'net-ops', mailNickname: 'net-ops', isAssignableToRole: false } })
    expect(await sources(made.body.id)).toEqual(['member Outside', 'owner Outside'])
    const found = await send('lead', 'GET', `/v1.0/groups?$filter=displayName eq 'NET-ops' and mailNickname eq 'net-ops'`)
    expect(found.body.value).toMatchObject([{ id: made.body.id }])
    // An owner may write it, by no role at all.
    expect((await send('sam', 'PATCH', `/v1.0/groups/${made.body.id}`, { displayName: 'Network', description: 'x' })).status).toBe(204)
    expect((await send('auditor', 'PATCH', `/v1.0/groups/${made.body.id}`, { displayName: 'Mine' })).status).toBe(403)
    expect((await send('auditor', 'GET', `/v1.0/groups/${made.body.id}/owners`)).body.value).toMatchObject([{ id: idOf('sam') }])
  })

  it('are not left behind when their first owner is refused', async () => {
    const count = async () => (await w.db.query<{ n: number }>(`select count(*)::int as n from principals`))[0]?.n
    const before = await count()
    const body = newGroup('lost', { 'owners@odata.bind': [ref(idOf('sam'))['@odata.id'], ref(UNKNOWN)['@odata.id']] })
    expect((await send('lead', 'POST', '/v1.0/groups', body)).status).toBe(404)
    expect(await count()).toBe(before)
    expect((await events('refusal')).at(-1)).toBe('createGroup')
  })

  it('that may hold roles are made by role administrators, for good, and at most 500', async () => {
    const body = newGroup('pag-new', { isAssignableToRole: true })
    expect((await send('lead', 'POST', '/v1.0/groups', body)).status).toBe(403)
    const made = await send('admin', 'POST', '/v1.0/groups', body)
    expect(made).toMatchObject({ status: 201, body: { isAssignableToRole: true } })
    expect((await send('admin', 'PATCH', `/v1.0/groups/${made.body.id}`, { isAssignableToRole: false })).status).toBe(400)
    expect((await send('lead', 'PATCH', `/v1.0/groups/${made.body.id}`, { description: 'mine' })).status).toBe(403)
    expect((await send('lead', 'DELETE', `/v1.0/groups/${made.body.id}`)).status).toBe(403)
    await w.db.query(`insert into principals (id, kind, display_name, assignable_to_role, created_at)
      select gen_random_uuid(), 'group', 'g' || n, true, '2031-01-01' from generate_series(1, 497) n`)
    expect(await send('admin', 'POST', '/v1.0/groups', newGroup('one-too-many', { isAssignableToRole: true }))).toMatchObject({
      status: 403,
      body: { error: { code: 'Directory_QuotaExceeded' } },
    })
    expect((await send('admin', 'GET', `/v1.0/groups/$count?$filter=isAssignableToRole eq true`, undefined, EVENTUAL)).body).toBe(500)
    await w.db.query(`delete from principals where display_name ~ '^g[0-9]+$'`)
  })

  it.each([
    ['by rules', { groupTypes: ['DynamicMembership'], membershipRule: 'user.x' }],
    ['without a nickname', { mailNickName: undefined }],
    ['without saying whether for security', { securityEnabled: null }],
    ['for nothing', { securityEnabled: false }],
  ])('%s are refused', async (_, more) => {
    expect(await send('admin', 'POST', '/v1.0/groups', newGroup('x', more))).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_BadRequest' } },
    })
  })

  it('take members and owners by reference, once, and give them back', async () => {
    const at = `/v1.0/groups/${APPROVERS}/members`
    expect((await send('sam', 'POST', `${at}/$ref`, ref(idOf('sam')))).status).toBe(403)
    expect((await send('lead', 'POST', `${at}/$ref`, ref(idOf('sam')))).status).toBe(204)
    expect(await send('lead', 'POST', `${at}/$ref`, ref(idOf('sam')))).toMatchObject({
      status: 400,
      body: { error: { code: 'Request_BadRequest', message: expect.stringContaining('already exist') } },
    })
    expect((await send('lead', 'POST', `${at}/$ref`, ref(UNKNOWN))).status).toBe(404)
    expect((await send('lead', 'POST', `${at}/$ref`, { '@odata.id': 'nowhere' })).status).toBe(400)
    expect((await send('lead', 'DELETE', `${at}/${idOf('sam')}/$ref`)).status).toBe(204)
    expect((await send('lead', 'DELETE', `${at}/${idOf('sam')}/$ref`)).status).toBe(404)
    expect((await send('lead', 'DELETE', `${at}/$ref?$id=${ref(idOf('manager'))['@odata.id']}`)).status).toBe(204)
    expect((await send('lead', 'DELETE', `${at}/$ref`)).status).toBe(400)
    expect((await events('refusal')).at(-1)).toBe('removeOutside')
  })

  it('under management are shut for references by the setting, and multifactor is asked where a rule asks it', async () => {
    const managed = groupRole(TEAM)
    await w.seed(idOf('sam'), 'Eligibility', managed)
    await w.db.query(`update scopes set managed_at = now() where id = $1`, [TEAM])
    const add = (id: string) => send('admin', 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(id))
    w.settings = { ...w.settings, sideDoors: 'closed' }
    expect(await add(idOf('sam'))).toMatchObject({ status: 403, body: { error: { code: 'Authorization_RequestDenied' } } })
    w.settings = { ...w.settings, sideDoors: 'open' }
    await w.policy(managed, [
      {
        kind: 'Enablement',
        id: 'Enablement_Admin_Assignment',
        caller: 'Admin',
        level: 'Assignment',
        enabledRules: ['MultiFactorAuthentication'],
      },
    ])
    const weak = { authorization: `Bearer ${await token('admin', { amr: ['pwd'] })}` }
    expect(await send(null, 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(idOf('sam')), weak)).toMatchObject({
      status: 400,
      body: { error: { code: 'RoleAssignmentRequestPolicyValidationFailed', message: expect.stringContaining('MfaRule') } },
    })
    expect((await add(idOf('sam'))).status).toBe(204)
  })

  it('within groups: members, transitive members, what somebody is in, by type and in number', async () => {
    const outer = (await send('admin', 'POST', '/v1.0/groups', newGroup('outer'))).body.id
    const inner = (await send('admin', 'POST', '/v1.0/groups', newGroup('inner'))).body.id
    for (const [group, id] of [
      [outer, inner],
      [outer, SERVICE],
      [inner, idOf('engineer')],
      [inner, idOf('auditor')],
    ])
      expect((await send('admin', 'POST', `/v1.0/groups/${group}/members/$ref`, ref(id ?? ''))).status).toBe(204)
    const ids = async (path: string) => (await send('sam', 'GET', path)).body.value.map((o: { id: string }) => o.id).sort()
    expect(await ids(`/v1.0/groups/${outer}/members`)).toEqual([inner, SERVICE].sort())
    expect(await ids(`/v1.0/groups/${outer}/members/microsoft.graph.servicePrincipal`)).toEqual([SERVICE])
    expect(await ids(`/v1.0/groups/${outer}/transitiveMembers/microsoft.graph.user`)).toEqual([idOf('engineer'), idOf('auditor')].sort())
    expect(await ids(`/v1.0/users/${idOf('auditor')}/memberOf`)).toEqual([inner])
    expect(await ids(`/v1.0/users/auditor@contoso.com/transitiveMemberOf/microsoft.graph.group`)).toEqual([inner, outer].sort())
    expect(await ids(`/v1.0/users/${idOf('priya')}/memberOf/microsoft.graph.directoryRole`)).toEqual([USER_ADMINISTRATOR])
    expect((await send('sam', 'GET', `/v1.0/groups/${outer}/transitiveMembers/$count`, undefined, EVENTUAL)).body).toBe(4)
    const check = await send('sam', 'POST', `/v1.0/users/${idOf('auditor')}/checkMemberGroups`, { groupIds: [outer, TEAM] })
    expect(check.body.value).toEqual([outer])
    expect((await send('auditor', 'POST', '/v1.0/me/getMemberGroups', { securityEnabledOnly: true })).body.value.sort()).toEqual(
      [inner, outer].sort(),
    )
    expect((await send('sam', 'POST', '/v1.0/me/checkMemberGroups', { groupIds: Array(21).fill(outer) })).status).toBe(400)
    const expanded = await send('sam', 'GET', `/v1.0/groups?$filter=displayName eq 'inner'&$expand=members($select=displayName)`)
    expect(expanded.body.value[0].members.map((m: { displayName: string }) => m.displayName).sort()).toEqual(['auditor', 'engineer'])
    expect((await send('sam', 'GET', `/v1.0/groups?$expand=members($expand=manager)`)).status).toBe(400)
  })

  it('are deleted with everything held of them and by them', async () => {
    const group = (await send('admin', 'POST', '/v1.0/groups', newGroup('doomed', { isAssignableToRole: true }))).body.id
    await send('admin', 'POST', `/v1.0/groups/${group}/members/$ref`, ref(idOf('engineer')))
    const role = { principalId: group, roleDefinitionId: USER_ADMINISTRATOR, directoryScopeId: '/' }
    expect((await send('admin', 'POST', '/v1.0/roleManagement/directory/roleAssignments', role)).status).toBe(201)
    // By the group the engineer administers people.
    expect((await send('engineer', 'POST', '/v1.0/users', newUser('early'))).status).toBe(201)
    expect((await send('admin', 'DELETE', `/v1.0/groups/${group}`)).status).toBe(204)
    expect((await send('engineer', 'POST', '/v1.0/users', newUser('late'))).status).toBe(403)
    expect((await send('admin', 'GET', `/v1.0/groups/${group}`)).status).toBe(404)
    expect((await send('engineer', 'GET', '/v1.0/me/memberOf')).body.value.map((g: { id: string }) => g.id)).not.toContain(group)
    const left = await w.db.query(`select 1 from schedules where status = 'Provisioned' and (principal_id = $1 or scope = $1::text)`, [
      group,
    ])
    expect(left).toEqual([])
  })
})

describe('administrative units and directory roles', async () => {
  const { w, send } = await setUp()
  const made = await send('admin', 'POST', '/v1.0/directory/administrativeUnits', { displayName: 'North', description: 'the north' })
  const unit = made.body.id as string
  const at = `/v1.0/directory/administrativeUnits/${unit}`

  it('are written by role administrators only', async () => {
    expect(made.status).toBe(201)
    expect((await send('priya', 'POST', '/beta/administrativeUnits', { displayName: 'Mine' })).status).toBe(403)
    expect((await send('admin', 'POST', '/beta/administrativeUnits', {})).status).toBe(400)
    expect((await send('admin', 'PATCH', at, { displayName: 'North West' })).status).toBe(204)
    expect((await send('sam', 'GET', `/beta/administrativeUnits/${unit}`)).body).toMatchObject({
      displayName: 'North West',
      description: 'the north',
    })
    expect((await send('admin', 'PATCH', `/v1.0/directory/administrativeUnits/${UNKNOWN}`, { displayName: 'x' })).status).toBe(404)
  })

  it('have members, and roles held for them that end with them', async () => {
    expect((await send('admin', 'POST', `${at}/members/$ref`, ref(idOf('sam')))).status).toBe(204)
    expect((await send('admin', 'POST', `${at}/members/$ref`, ref(idOf('sam')))).status).toBe(400)
    expect((await send('sam', 'GET', '/v1.0/me/memberOf/microsoft.graph.administrativeUnit')).body.value).toMatchObject([{ id: unit }])
    const scoped = await send('admin', 'POST', `${at}/scopedRoleMembers`, { roleId: GUESTS, roleMemberInfo: { id: idOf('engineer') } })
    expect(scoped).toMatchObject({ status: 201, body: { administrativeUnitId: unit, roleId: GUESTS } })
    const filter = `$filter=directoryScopeId eq '/administrativeUnits/${unit}'&$expand=directoryScope`
    const listed = await send('admin', 'GET', `/v1.0/roleManagement/directory/roleAssignments?${filter}`)
    expect(listed.body.value).toMatchObject([
      { principalId: idOf('engineer'), directoryScope: { '@odata.type': '#microsoft.graph.administrativeUnit', id: unit } },
    ])
    expect((await send('admin', 'GET', `/v1.0/roleManagement/directory/roleAssignments/${listed.body.value[0].id}`)).status).toBe(200)
    expect((await send('admin', 'DELETE', at)).status).toBe(204)
    expect((await send('admin', 'GET', `/v1.0/roleManagement/directory/roleAssignments?${filter}`)).body.value).toEqual([])
    expect((await send('sam', 'GET', '/v1.0/me/memberOf/microsoft.graph.administrativeUnit')).body.value).toEqual([])
    expect((await send('admin', 'POST', `${at}/members/$ref`, ref(idOf('lead')))).status).toBe(404)
  })

  it('roles become the tenant’s own once, by being held or by being asked for', async () => {
    const listed = async () =>
      (await send('sam', 'GET', '/v1.0/directoryRoles')).body.value.map((r: { roleTemplateId: string }) => r.roleTemplateId)
    expect(await listed()).toContain(USER_ADMINISTRATOR)
    expect(await listed()).not.toContain(PRIVILEGED_ROLE_ADMINISTRATOR)
    expect((await send('priya', 'POST', '/v1.0/directoryRoles', { roleTemplateId: PRIVILEGED_ROLE_ADMINISTRATOR })).status).toBe(403)
    expect((await send('admin', 'POST', '/v1.0/directoryRoles', { roleTemplateId: PRIVILEGED_ROLE_ADMINISTRATOR })).status).toBe(201)
    expect((await send('admin', 'POST', '/v1.0/directoryRoles', { roleTemplateId: PRIVILEGED_ROLE_ADMINISTRATOR })).status).toBe(400)
    expect((await send('admin', 'POST', '/v1.0/directoryRoles', { roleTemplateId: UNKNOWN })).status).toBe(404)
    const one = await send('sam', 'GET', `/v1.0/directoryRoles(roleTemplateId='${PRIVILEGED_ROLE_ADMINISTRATOR}')`)
    expect(one.body).toMatchObject({ displayName: 'Privileged Role Administrator' })
    expect((await send('sam', 'GET', `/v1.0/directoryRoles?$filter=roleTemplateId eq '${USER_ADMINISTRATOR}'`)).body.value).toHaveLength(1)
    const members = `/v1.0/directoryRoles/${USER_ADMINISTRATOR}/members`
    expect((await send('sam', 'GET', members)).body.value).toMatchObject([{ '@odata.type': '#microsoft.graph.user', id: idOf('priya') }])
    expect((await send('priya', 'POST', `${members}/$ref`, ref(idOf('sam')))).status).toBe(403)
    expect((await send('admin', 'POST', `${members}/$ref`, ref(idOf('sam')))).status).toBe(204)
    expect((await send('admin', 'DELETE', `${members}/${idOf('sam')}/$ref`)).status).toBe(204)
    w.settings = { ...w.settings, sideDoors: 'closed' }
    expect((await send('admin', 'POST', `${members}/$ref`, ref(idOf('sam')))).status).toBe(403)
    expect(
      (
        await send('admin', 'POST', '/v1.0/roleManagement/directory/roleAssignments', {
          principalId: idOf('sam'),
          roleDefinitionId: GUESTS,
          directoryScopeId: '/',
        })
      ).status,
    ).toBe(403)
    w.settings = { ...w.settings, sideDoors: 'open' }
  })

  it('role assignments say no twice, show up as assigned, and end for everybody who asks through groups', async () => {
    const A = '/v1.0/roleManagement/directory/roleAssignments'
    const body = {
      '@odata.type': '#microsoft.graph.unifiedRoleAssignment',
      PrincipalId: TEAM,
      RoleDefinitionId: GUESTS,
      DirectoryScopeId: '/',
    }
    const first = await send('admin', 'POST', A, body)
    expect(first).toMatchObject({ status: 201, body: { principalId: TEAM, directoryScopeId: '/' } })
    expect(await send('admin', 'POST', A, body)).toMatchObject({ status: 400, body: { error: { code: 'Request_BadRequest' } } })
    const instances = await send(
      'admin',
      'GET',
      `/v1.0/roleManagement/directory/roleAssignmentScheduleInstances?$filter=principalId eq '${TEAM}'`,
    )
    expect(instances.body.value).toMatchObject([{ id: first.body.id, assignmentType: 'Assigned', memberType: 'Direct' }])
    await send('admin', 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(idOf('auditor')))
    const through = `/beta/roleManagement/directory/transitiveRoleAssignments?$count=true&$filter=principalId eq '${idOf('auditor')}'`
    expect((await send('auditor', 'GET', through)).status).toBe(400)
    expect((await send('auditor', 'GET', through, undefined, EVENTUAL)).body.value).toMatchObject([
      { principalId: TEAM, roleDefinitionId: GUESTS },
    ])
    expect((await send('auditor', 'GET', through.replace(idOf('auditor'), idOf('sam')), undefined, EVENTUAL)).status).toBe(403)
    const both = await send(
      'admin',
      'GET',
      `/beta/roleManagement/directory/roleSchedules(directoryScopeId='/',appScopeId=null,principalId='${TEAM}',roleDefinitionId=null)`,
    )
    expect(both.body.value).toMatchObject([{ '@odata.type': '#microsoft.graph.unifiedRoleAssignmentSchedule' }])
    expect((await send('sam', 'DELETE', `${A}/${first.body.id}`)).status).toBe(403)
    expect((await send('admin', 'DELETE', `${A}/${first.body.id}`)).status).toBe(204)
    expect((await send('admin', 'DELETE', `${A}/${first.body.id}`)).status).toBe(404)
  })

  it('custom roles are written, built-in ones are not', async () => {
    const R = '/v1.0/roleManagement/directory/roleDefinitions'
    const body = {
      displayName: 'Badge printer operator',
      isEnabled: true,
      rolePermissions: [{ allowedResourceActions: ['microsoft.directory/users/basic/read'] }],
    }
    expect((await send('priya', 'POST', R, body)).status).toBe(403)
    const role = await send('admin', 'POST', R, body)
    expect(role).toMatchObject({ status: 201, body: { isBuiltIn: false, templateId: role.body.id, version: null, resourceScopes: ['/'] } })
    expect((await send('admin', 'POST', R, { ...body, templateId: USER_ADMINISTRATOR })).status).toBe(400)
    expect((await send('admin', 'PATCH', `${R}/${role.body.id}`, { isEnabled: false })).status).toBe(204)
    expect((await send('sam', 'GET', `${R}/${role.body.id}`)).body).toMatchObject({
      isEnabled: false,
      rolePermissions: body.rolePermissions,
    })
    for (const method of ['PATCH', 'DELETE'])
      expect(
        (await send('admin', method, `${R}/${USER_ADMINISTRATOR}`, method === 'PATCH' ? { description: 'x' } : undefined)).status,
      ).toBe(400)
    expect((await send('admin', 'DELETE', `${R}/${role.body.id}`)).status).toBe(204)
    expect((await send('admin', 'GET', `${R}/${role.body.id}`)).status).toBe(404)
  })
})
