// The rest of the Graph door attacked: what is deleted stays gone by every path, an id of one kind is none of another, a batch does no
// more than its requests, and a list costs no more than its page.

import { describe, expect, it } from 'vitest'
import { USER_ADMINISTRATOR } from '../../src/domain/access/directory-roles.ts'
import { createApp, removeApp } from '../../src/operations/apps.ts'
import { guid, openDoors, type Reply } from '../support/doors.ts'
import { APPROVERS, AU, directoryRole, groupRole, idOf, makeWorld, OPERATORS, resourceRole, SERVICE, TEAM } from '../support/world.ts'

const w = await makeWorld()
const doors = await openDoors(w)
const { send } = doors
const ref = (id: string) => ({ '@odata.id': `https://graph.microsoft.com/v1.0/directoryObjects/${id}` })
const assign = (principalId: string, directoryScopeId = '/', who: 'admin' | 'sam' = 'admin') =>
  send(who, 'POST', '/v1.0/roleManagement/directory/roleAssignments', {
    principalId,
    roleDefinitionId: USER_ADMINISTRATOR,
    directoryScopeId,
  })
const events = async () => (await w.db.query('select 1 from events')).length
const ghosts = async () =>
  w.db.query(
    `select s.plane, s.role from schedules s join principals p on p.id = s.principal_id join scopes c on c.plane = s.plane and c.id = s.scope
     where s.status in ('Granted', 'Provisioned') and (p.deleted_at is not null or c.deleted_at is not null)`,
  )

describe('an application that is removed', () => {
  it('takes along what it held, what was held over it, and the place it was', async () => {
    const input = { publicClient: false, passwordGrant: false, redirectUris: [], application: [], delegated: [] }
    const made = await createApp(w.ctx, w.as('admin'), { ...input, name: 'gone soon', principal: null })
    const { principalId = '', appId = '' } = made.ok ? made.value : {}
    await w.seed(principalId, 'Assignment', resourceRole())
    await w.seed(principalId, 'Assignment', groupRole(OPERATORS, 'owner'))
    expect((await assign(idOf('engineer'), `/${principalId}`)).status).toBe(201)
    expect((await removeApp(w.ctx, w.as('admin'), appId)).ok).toBe(true)
    expect(await ghosts()).toEqual([])
    expect((await assign(idOf('sam'), `/${principalId}`)).status).toBe(404)
    expect((await send('admin', 'GET', `/v1.0/servicePrincipals/${principalId}`)).status).toBe(404)
  })
})

describe('what was deleted', () => {
  it('is reached by no path, and given nothing', async () => {
    const body = { displayName: 'gone', mailNickname: 'gone', mailEnabled: false, securityEnabled: true }
    const { id } = (await send('admin', 'POST', '/v1.0/groups', body)).body
    expect((await send('admin', 'POST', `/v1.0/groups/${id}/owners/$ref`, ref(idOf('sam')))).status).toBe(204)
    expect((await send('sam', 'DELETE', `/v1.0/groups/${id}`)).status).toBe(204)
    const gone = [
      ['GET', `groups/${id}`],
      ['GET', `groups('${id}')`],
      ['GET', `directoryObjects/${id.toUpperCase()}`],
      ['GET', `groups/${id}/members`],
      ['GET', `groups/${id}/owners/$ref`],
      ['PATCH', `groups/${id}`, { displayName: 'back' }],
      ['DELETE', `groups/${id}`],
      ['POST', `groups/${id}/members/$ref`, ref(idOf('sam'))],
      ['DELETE', `groups/${id}/owners/${idOf('sam')}/$ref`],
      ['POST', `directoryObjects/${id}/getMemberGroups`, { securityEnabledOnly: false }],
    ] as const
    for (const [method, path, sent] of gone) expect((await send('sam', method, `/v1.0/${path}`, sent)).status, path).toBe(404)
    expect((await send('admin', 'POST', '/v1.0/directoryObjects/getByIds', { ids: [id] })).body.value).toEqual([])
    expect((await send('admin', 'POST', `/v1.0/groups/${APPROVERS}/members/$ref`, ref(id))).status).toBe(404)
    expect((await assign(id)).status).toBe(404)
  })
})

describe('an id of another kind', () => {
  it('is nobody’s', async () => {
    const unit = AU.split('/').at(-1)
    for (const [method, path, body] of [
      ['GET', `users/${TEAM}`],
      ['PATCH', `users/${TEAM}`, { displayName: 'x' }],
      ['DELETE', `users/${TEAM}`],
      ['DELETE', `groups/${idOf('sam')}`],
      ['DELETE', `users/${SERVICE}`],
      ['PATCH', `groups/${SERVICE}`, { displayName: 'x' }],
      ['POST', `groups/${unit}/members/$ref`, ref(idOf('sam'))],
      ['DELETE', `directory/administrativeUnits/${TEAM}`],
      ['DELETE', `administrativeUnits/${SERVICE}`],
      ['POST', `directory/administrativeUnits/${SERVICE}/members/$ref`, ref(idOf('sam'))],
      ['PUT', `users/${idOf('sam')}/manager/$ref`, ref(TEAM)],
    ] as const)
      expect((await send('admin', method, `/v1.0/${path}`, body)).status, `${method} ${path}`).toBe(404)
  })
})

describe('a key that names many', () => {
  it('names none: nobody writes whichever comes first', async () => {
    const before = await w.db.query('select count(*) as n from principals where deleted_at is null')
    for (const path of [
      "groups(displayName='Payments Platform')",
      'users(accountEnabled=true)',
      "users(displayName='sam')",
      'groups(isAssignableToRole=false)',
    ])
      for (const [method, body] of [
        ['DELETE', undefined],
        ['GET', undefined],
        ['PATCH', { displayName: 'x' }],
      ] as const)
        expect((await send('admin', method, `/v1.0/${path}`, body)).status, `${method} ${path}`).toBe(400)
    expect(await w.db.query('select count(*) as n from principals where deleted_at is null')).toEqual(before)
    expect((await send('admin', 'GET', `/v1.0/users(userPrincipalName='sam@contoso.com')`)).body.id).toBe(idOf('sam'))
  })
})

describe('a batch', () => {
  const batch = (who: 'admin' | 'sam' | null, requests: readonly object[], headers: Record<string, string> = {}): Promise<Reply> =>
    send(who, 'POST', '/v1.0/$batch', { requests }, headers)
  const json = { 'content-type': 'application/json' }

  it('is judged request by request, and takes nobody else’s word', async () => {
    const admin = await doors.token('admin')
    const smuggled = { ...json, Authorization: `Bearer ${admin}`, 'X-HTTP-Method-Override': 'GET' }
    const before = await events()
    const { status, body } = await batch('sam', [
      {
        id: '1',
        method: 'POST',
        url: '/groups',
        headers: smuggled,
        body: { displayName: 'x', mailNickname: 'x', mailEnabled: false, securityEnabled: true },
      },
      { id: '2', method: 'DELETE', url: `/users/${idOf('auditor')}`, headers: smuggled },
      { id: '3', method: 'GET', url: '/me', headers: smuggled },
      { id: '4', method: 'GET', url: '/roleManagement/directory/roleAssignments', headers: smuggled },
    ])
    expect(status).toBe(200)
    expect(body.responses.map((r: { status: number }) => r.status)).toEqual([403, 403, 200, 403])
    expect(body.responses[2].body.id).toBe(idOf('sam'))
    expect(await events()).toBeGreaterThan(before)
    expect((await batch(null, [{ id: '1', method: 'GET', url: '/me', headers: { authorization: `Bearer ${admin}` } }])).status).toBe(401)
  })

  it('reaches no other door, no other server and no batch within', async () => {
    for (const url of [
      'https://graph.microsoft.com/v1.0/me',
      'http://169.254.169.254/latest/meta-data',
      '//169.254.169.254/',
      '\\\\169.254.169.254\\x',
      '/v1.0/me',
      '/beta/../api/v1/me',
      '/../api/v1/me',
      '/%2e%2e/api/v1/me',
      '/..%2f..%2fapi/v1/apps',
      '/$batch',
      '/%24batch',
      '/./$batch',
      '$batch()',
      '/api/v1/apps',
      '/subscriptions',
    ]) {
      const { status, body } = await batch('admin', [{ id: '1', method: 'GET', url, headers: {} }])
      expect(status === 400 || body.responses[0].status >= 400, url).toBe(true)
    }
  })

  it('runs in no circle, and nothing whose ground failed', async () => {
    const self = { id: 'a', method: 'GET', url: '/me', dependsOn: ['A'] }
    expect((await batch('admin', [self])).status).toBe(400)
    const { body } = await batch('sam', [
      { id: '1', method: 'DELETE', url: `/users/${idOf('auditor')}` },
      { id: '2', method: 'GET', url: '/me', dependsOn: ['1'] },
      { id: '3', method: 'GET', url: '/me', dependsOn: ['2'] },
    ])
    expect(body.responses.map((r: { status: number }) => r.status)).toEqual([403, 424, 424])
    expect(
      (
        await batch(
          'admin',
          Array.from({ length: 21 }, (_, n) => ({ id: `${n}`, method: 'GET', url: '/me' })),
        )
      ).status,
    ).toBe(400)
  })
})

describe('a list', () => {
  it('is as long as its page, whatever is asked', async () => {
    for (const query of [
      '$top=100000',
      '$top=-1',
      '$top=1e9',
      '$expand=members($expand=members($expand=members))',
      '$search="displayName:%00"',
      '$orderby=displayName,displayName',
      `$skiptoken=${'A'.repeat(5000)}`,
      '$expand=*,*,*,members,members',
    ])
      expect(
        (
          await send('admin', 'GET', `/v1.0/groups?${query}`, undefined, {
            consistencylevel: 'eventual',
            prefer: 'odata.maxpagesize=999999',
          })
        ).status,
        query,
      ).toBeLessThan(500)
    const words = Array.from({ length: 300 }, (_, n) => `"displayName:${n}"`).join(' OR ')
    const found = await send('admin', 'GET', `/v1.0/users?$search=${encodeURIComponent(words)}`, undefined, {
      consistencylevel: 'eventual',
    })
    expect(found.status).toBeLessThan(500)
  })

  it('of what somebody holds is told to nobody who may not see it', async () => {
    await w.seed(idOf('engineer'), 'Eligibility', directoryRole())
    for (const path of [
      'roleManagement/directory/roleAssignments',
      `roleManagement/directory/transitiveRoleAssignments?$count=true&$filter=principalId eq '${idOf('engineer')}'`,
      'roleManagement/directory/roleEligibilitySchedules',
      'roleManagement/directory/roleEligibilitySchedules/$count',
      `directory/administrativeUnits/${AU.split('/').at(-1)}/scopedRoleMembers`,
    ]) {
      const answer = await send('sam', 'GET', `/v1.0/${path}`, undefined, { consistencylevel: 'eventual' })
      expect(answer.status, path).toBe(403)
    }
  })
})

describe('an address that is a trick', () => {
  it('names what it names, once', async () => {
    const before = await events()
    for (const id of [`${idOf('auditor')}%00`, '', 'null', `https://evil.test/${guid()}x`, `x'${idOf('auditor')}`]) {
      const answer = await send('admin', 'POST', `/v1.0/groups/${TEAM}/members/$ref`, { '@odata.id': id })
      expect([400, 404], id).toContain(answer.status)
    }
    for (const path of [
      `users//${idOf('sam')}/..`,
      'users/%2e%2e/groups',
      `users/${idOf('sam')}%2fmanager`,
      `users(${idOf('sam')}`,
      "users('a')('b')",
      'users/sam%00@contoso.com',
      `Users/${'a'.repeat(9000)}`,
    ])
      expect((await send('admin', 'DELETE', `/v1.0/${path}`)).status, path).toBeGreaterThanOrEqual(400)
    expect(await events()).toBe(before)
  })
})
