// More than was given: programs whose permissions are called by one name and would do another's work, and people who would come by
// more through the directory's own paths (decision D30; behaviour 9; contract reference 9).

import { describe, expect, it } from 'vitest'
import { GROUPS_ADMINISTRATOR, PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { createApp } from '../../src/operations/apps.ts'
import { addRoles } from '../../src/store/directory-rows.ts'
import { guid, openDoors } from '../support/doors.ts'
import {
  AU,
  directoryRole,
  groupRole,
  idOf,
  makeWorld,
  OPERATORS,
  OWNER,
  resourceRole,
  SERVICE,
  SUBSCRIPTION,
  TEAM,
} from '../support/world.ts'

const w = await makeWorld()
const doors = await openDoors(w)
await addRoles(w.db, [{ plane: 'directory', id: GROUPS_ADMINISTRATOR, name: 'Groups Administrator', builtIn: true, privileged: false }])
const NEW_APP = { principal: null, publicClient: false, passwordGrant: false, redirectUris: [], application: [], delegated: [] }
const made = await createApp(w.ctx, w.as('admin'), { ...NEW_APP, name: 'owner of everything' })
const strong = made.ok ? made.value : null
await w.seed(strong?.principalId ?? '', 'Assignment', resourceRole(SUBSCRIPTION, OWNER))

/** Sends as a program with these permissions. */
const asProgram = async (roles: readonly string[], method: string, path: string, body?: object) => {
  const token = await doors.token('sam', { idtyp: 'app', oid: SERVICE, appid: SERVICE, roles })
  return doors.send(null, method, path, body, { authorization: `Bearer ${token}` })
}
const ref = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })
const newGroup = (name: string, more: object = {}) => ({
  displayName: name,
  mailNickname: name,
  mailEnabled: false,
  securityEnabled: true,
  ...more,
})
const holds = async (scope: string, principalId: string) =>
  (await w.db.query(`select role from schedules where scope = $1 and principal_id = $2 and status = 'Provisioned'`, [scope, principalId]))
    .length

describe('a program that may give directory roles', () => {
  const ROLES = ['RoleManagement.ReadWrite.Directory']

  it('gives nobody’s secret away: by it it would be the owner of resources', async () => {
    for (const [path, body] of [
      [`apps/${strong?.appId}/secrets`, { name: 'mine', days: 1 }],
      [`apps/${strong?.appId}/permissions`, { kind: 'application', add: ['Group.ReadWrite.All'] }],
      ['apps', { name: 'mine', application: ['Directory.ReadWrite.All'] }],
    ] as const)
      expect((await asProgram(ROLES, 'POST', `/api/v1/${path}`, body)).status, path).toBe(403)
    expect(await w.db.query('select 1 from app_credentials')).toEqual([])
  })

  it('opens no side door, and turns nobody off', async () => {
    expect((await asProgram(ROLES, 'PATCH', '/api/v1/settings', { sideDoors: 'open' })).status).toBe(403)
    expect((await asProgram(ROLES, 'PATCH', `/v1.0/users/${idOf('sam')}`, { accountEnabled: false })).status).toBe(403)
  })

  it('takes no access to resources', async () => {
    const elevate = '/providers/Microsoft.Authorization/elevateAccess?api-version=2016-07-01'
    expect((await asProgram(ROLES, 'POST', elevate)).status).toBe(403)
  })
})

describe('a program that may give directory roles, at a group that can hold none', () => {
  it('is nobody: the group may hold resources', async () => {
    const { body } = await doors.send('admin', 'POST', '/v1.0/groups', newGroup('holds-resources'))
    await w.seed(body.id, 'Assignment', resourceRole(SUBSCRIPTION, OWNER))
    const roles = ['RoleManagement.ReadWrite.Directory']
    expect((await asProgram(roles, 'POST', `/v1.0/groups/${body.id}/members/$ref`, ref(SERVICE))).status).toBe(403)
    const request = {
      ...{ accessId: 'member', action: 'adminAssign', groupId: body.id, principalId: SERVICE, justification: 'x' },
      scheduleInfo: { expiration: { type: 'afterDuration', duration: 'P1D' } },
    }
    const path = '/v1.0/identityGovernance/privilegedAccess/group/assignmentScheduleRequests'
    expect((await asProgram(roles, 'POST', path, request)).status).toBe(403)
    expect(await holds(body.id, SERVICE)).toBe(0)
    expect((await asProgram(['PrivilegedAccess.ReadWrite.AzureADGroup'], 'POST', path, request)).status).toBe(201)
  })
})

describe('a program that may write members of groups', () => {
  it('makes no owners: they would do more than be members', async () => {
    const { body } = await doors.send('admin', 'POST', '/v1.0/groups', newGroup('ordinary'))
    const members = ['GroupMember.ReadWrite.All']
    expect((await asProgram(members, 'POST', `/v1.0/groups/${body.id}/members/$ref`, ref(idOf('sam')))).status).toBe(204)
    expect((await asProgram(members, 'POST', `/v1.0/groups/${body.id}/owners/$ref`, ref(idOf('sam')))).status).toBe(403)
    expect(await holds(body.id, idOf('sam'))).toBe(1)
    expect((await asProgram(['Group.ReadWrite.All'], 'POST', `/v1.0/groups/${body.id}/owners/$ref`, ref(idOf('sam')))).status).toBe(204)
  })

  it('not where the group may hold roles, whatever it is called', async () => {
    for (const name of [
      'GroupMember.ReadWrite.All',
      'Group.ReadWrite.All',
      'Directory.ReadWrite.All',
      'PrivilegedAccess.ReadWrite.AzureADGroup',
    ])
      expect((await asProgram([name], 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(idOf('sam')))).status, name).toBe(403)
    expect(await holds(TEAM, idOf('sam'))).toBe(0)
    expect(
      (await asProgram(['RoleManagement.ReadWrite.Directory'], 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(SERVICE))).status,
    ).toBe(204)
  })

  it('nor a person’s token for members', async () => {
    const { body } = await doors.send('admin', 'POST', '/v1.0/groups', newGroup('delegated'))
    const token = await doors.token('admin', { aud: 'https://graph.microsoft.com', scp: 'GroupMember.ReadWrite.All' })
    const as = { authorization: `Bearer ${token}` }
    expect((await doors.send(null, 'POST', `/v1.0/groups/${body.id}/members/$ref`, ref(idOf('sam')), as)).status).toBe(204)
    expect((await doors.send(null, 'POST', `/v1.0/groups/${body.id}/owners/$ref`, ref(idOf('sam')), as)).status).toBe(403)
  })
})

describe('a role for one administrative unit', () => {
  it('does nothing at the root', async () => {
    for (const role of [PRIVILEGED_ROLE_ADMINISTRATOR, USER_ADMINISTRATOR, GROUPS_ADMINISTRATOR])
      await w.seed(idOf('auditor'), 'Assignment', { plane: 'directory', scope: AU, role })
    const tries: readonly (readonly [string, string, object?])[] = [
      [
        'POST',
        '/v1.0/roleManagement/directory/roleAssignments',
        { principalId: idOf('auditor'), roleDefinitionId: USER_ADMINISTRATOR, directoryScopeId: '/' },
      ],
      [
        'POST',
        '/v1.0/roleManagement/directory/roleAssignments',
        { principalId: idOf('auditor'), roleDefinitionId: USER_ADMINISTRATOR, directoryScopeId: AU },
      ],
      ['POST', '/v1.0/groups', newGroup('mine')],
      ['POST', '/v1.0/groups', newGroup('mine', { isAssignableToRole: true })],
      ['PATCH', `/v1.0/users/${idOf('sam')}`, { displayName: 'mine' }],
      ['DELETE', `/v1.0/users/${idOf('sam')}`],
      ['DELETE', `/v1.0${AU.replace('/administrativeUnits', '/directory/administrativeUnits')}`],
      ['PATCH', '/api/v1/settings', { sideDoors: 'closed' }],
    ]
    for (const [method, path, body] of tries) expect((await doors.send('auditor', method, path, body)).status, path).toBe(403)
  })
})

describe('whoever writes people', () => {
  it('writes no administrator, by whatever way that one is privileged', async () => {
    await w.seed(idOf('lead'), 'Assignment', directoryRole(USER_ADMINISTRATOR))
    await w.seed(idOf('engineer'), 'Eligibility', directoryRole(PRIVILEGED_ROLE_ADMINISTRATOR))
    await w.seed(idOf('priya'), 'Assignment', groupRole(OPERATORS, 'owner'))
    await w.seed(idOf('manager'), 'Eligibility', groupRole(TEAM, 'owner'))
    for (const who of ['admin', 'engineer', 'priya', 'manager', 'auditor'] as const)
      for (const [method, body] of [
        ['PATCH', { accountEnabled: false }],
        ['PATCH', { userPrincipalName: `${who}-2@contoso.com` }],
        ['DELETE', undefined],
      ] as const)
        expect((await doors.send('lead', method, `/v1.0/users/${idOf(who)}`, body)).status, `${method} ${who}`).toBe(403)
    expect((await doors.send('lead', 'PATCH', `/v1.0/users/${idOf('sam')}`, { displayName: 'Sam' })).status).toBe(204)
  })

  it('makes no group that may hold roles, nor turns one into such', async () => {
    expect((await doors.send('lead', 'POST', '/v1.0/groups', newGroup('up', { isAssignableToRole: true }))).status).toBe(403)
    const { body } = await doors.send('lead', 'POST', '/v1.0/groups', newGroup('plain'))
    for (const more of [{ isAssignableToRole: true }, { IsAssignableToRole: true, displayName: 'x' }])
      expect((await doors.send('lead', 'PATCH', `/v1.0/groups/${body.id}`, more)).status).toBe(400)
    const roles = { principalId: body.id, roleDefinitionId: USER_ADMINISTRATOR, directoryScopeId: '/' }
    expect((await doors.send('admin', 'POST', '/v1.0/roleManagement/directory/roleAssignments', roles)).status).toBe(400)
    expect((await doors.send('lead', 'POST', `/v1.0/groups/${TEAM}/members/$ref`, ref(idOf('lead')))).status).toBe(403)
    expect((await doors.send('lead', 'POST', `/v1.0/groups/${TEAM}/owners/$ref`, ref(idOf('lead')))).status).toBe(403)
    const nested = newGroup('nest', { isAssignableToRole: true, 'members@odata.bind': [ref(body.id)['@odata.id']] })
    expect((await doors.send('admin', 'POST', '/v1.0/groups', nested)).status).toBe(400)
  })
})

describe('an owner of resources below', () => {
  const P = 'providers/Microsoft.Authorization'
  const put = (at: string, id: string, scopes: readonly string[]) =>
    doors.send('sam', 'PUT', `${at}/${P}/roleDefinitions/${id}?api-version=2022-04-01`, {
      properties: { roleName: `r ${id}`, permissions: [{ actions: ['*'] }], assignableScopes: scopes },
    })
  const RGS = `${SUBSCRIPTION}/resourceGroups/rg-payments-prod`

  it('defines no role above, and takes none over', async () => {
    await w.seed(idOf('sam'), 'Assignment', resourceRole(RGS.toLowerCase(), OWNER))
    const other = `${SUBSCRIPTION}/resourceGroups/rg-ledger-prod`
    for (const scopes of [
      [SUBSCRIPTION],
      [RGS, SUBSCRIPTION],
      [RGS, other],
      ['/'],
      ['/providers/Microsoft.Management/managementGroups/contoso-root'],
    ])
      expect((await put(RGS, guid(), scopes)).status, scopes.join()).toBeGreaterThanOrEqual(400)
    const id = guid()
    const theirs = await doors.send('admin', 'PUT', `${SUBSCRIPTION}/${P}/roleDefinitions/${id}?api-version=2022-04-01`, {
      properties: { roleName: 'reader of two', permissions: [{ actions: ['*/read'] }], assignableScopes: [RGS, other] },
    })
    expect(theirs.status).toBe(201)
    expect((await put(RGS, id, [RGS])).status).toBe(403)
    expect((await put(RGS, OWNER, [RGS])).status).toBe(400)
    expect((await doors.send('sam', 'DELETE', `${RGS}/${P}/roleDefinitions/${id}?api-version=2022-04-01`)).status).toBe(403)
  })
})
