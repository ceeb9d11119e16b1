// Administrative units, the tenant's directory roles, role assignments and custom roles over Graph (contract reference 3.1, 9).

import { describe, expect, it } from 'vitest'
import { PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { EVENTUAL, GUESTS, makeDirectory, ref, UNKNOWN } from '../support/directory.ts'
import { idOf, TEAM } from '../support/world.ts'

describe('administrative units and directory roles', async () => {
  const { w, send } = await makeDirectory()
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
    expect((await send('admin', 'GET', through.replace(idOf('auditor'), 'nobody'), undefined, EVENTUAL)).status).toBe(400)
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

  it('definitions come in one page, or in as many as are asked for', async () => {
    const R = '/v1.0/roleManagement/directory/roleDefinitions'
    const all = (await send('sam', 'GET', R)).body.value.map((r: { id: string }) => r.id)
    const seen: string[] = []
    for (let next: string | undefined = `${R}?$top=2&$count=true`; next; ) {
      const page = await send('sam', 'GET', next)
      expect(page.body['@odata.count']).toBe(all.length)
      seen.push(...page.body.value.map((r: { id: string }) => r.id))
      next = page.body['@odata.nextLink']?.slice('https://pim.test'.length)
    }
    expect(seen).toEqual(all)
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
