// Groups over Graph: first owners, references, nesting, what may hold roles, and what goes with a group (contract reference 9; behaviour
// 9.3, 9.4).

import { describe, expect, it } from 'vitest'
import { USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { EVENTUAL, makeDirectory, newGroup, newUser, ref, UNKNOWN } from '../support/directory.ts'
import { APPROVERS, groupRole, idOf, SERVICE, TEAM } from '../support/world.ts'

describe('groups', async () => {
  const { w, send, events, token } = await makeDirectory()
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
