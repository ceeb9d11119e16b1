// People over Graph: who may write them, and that nothing of them is kept that should not be (contract reference 9).

import { describe, expect, it } from 'vitest'
import { makeDirectory, newUser, ref, UNKNOWN } from '../support/directory.ts'
import { groupRole, idOf, type Name, OPERATORS } from '../support/world.ts'

describe('people', async () => {
  const { w, send, events, app } = await makeDirectory()

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
    // Who owns a group that may hold roles could take any of them.
    await w.seed(idOf('manager'), 'Assignment', groupRole(OPERATORS, 'owner'))
    expect((await send('priya', 'PATCH', `/v1.0/users/${idOf('manager')}`, { jobTitle: 'x' })).status).toBe(403)
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
