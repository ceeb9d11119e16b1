// Applications over the native API and `stint app`: who may register them, what is refused, and that what they lose is lost at once.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { authorityServer, GRAPH, TOOL } from '../support/authority.ts'
import { cli, scratch } from '../support/server.ts'
import { selfSigned } from '../support/tls.ts'

const server = await authorityServer()
const admin = await server.client('admin@contoso.com')
const folder = await scratch()

const events = (subject: string) =>
  server.database.db.query<{ action: string; kind: string; data: object }>(
    `select action, kind, data from events where subject = 'application' and subject_id = $1 order by position`,
    [subject],
  )

it('each change leaves one event, and no secret lies anywhere', async () => {
  const app = await admin.createApp({ body: { name: 'evented', application: ['User.Read.All'] } })
  const id = { id: app.appId }
  const { secret, id: credential } = await admin.addSecret({ params: id, body: { name: 'ci' } })
  await admin.changePermissions({ params: id, body: { kind: 'application', add: ['Group.Read.All'], remove: ['User.Read.All'] } })
  await admin.addCertificate({ params: id, body: { pem: (await selfSigned('evented')).pem } })
  const shown = await admin.app({ params: { id: 'evented' } })
  expect(shown).toMatchObject({
    application: ['Group.Read.All'],
    credentials: [{ kind: 'secret', hint: secret.slice(0, 3) }, { kind: 'certificate' }],
  })
  expect(JSON.stringify(shown)).not.toContain(secret)
  await admin.removeCredential({ params: id, body: { credential } })
  await admin.removeApp({ params: id })
  const told = await events(app.appId)
  expect(told.map(({ action }) => action)).toEqual([
    'createApplication',
    'addSecret',
    'changePermissions',
    'addCertificate',
    'removeCredential',
    'removeApplication',
  ])
  const everything = await server.database.db.query<{ text: string }>(
    'select e::text as text from events e union all select c::text from app_credentials c',
  )
  expect(everything.some(({ text }) => text.includes(secret))).toBe(false)
})

it('is for the administrators of the installation', async () => {
  const engineer = await server.client('engineer@contoso.com')
  const before = await server.database.db.query('select count(*)::int as n from apps')
  await expect(engineer.createApp({ body: { name: 'mine' } })).rejects.toMatchObject({ problem: { code: 'Forbidden' } })
  await expect(engineer.apps({ query: {} })).rejects.toMatchObject({ problem: { code: 'Forbidden' } })
  expect(await server.database.db.query('select count(*)::int as n from apps')).toEqual(before)
})

it.each([
  ['InvalidApplication', { name: 'x', redirectUris: ['http://evil.test/'] }],
  ['InvalidApplication', { name: 'x', redirectUris: ['https://a.test/#fragment'] }],
  ['InvalidApplication', { name: 'x', redirectUris: ['javascript:alert(1)'] }],
  ['InvalidApplication', { name: 'x', application: ['not a permission'] }],
  ['InvalidApplication', { name: 'x', passwordGrant: true }],
  ['SubjectNotFound', { name: 'x', principal: 'nobody' }],
] as const)('%s: %o', async (code, body) => {
  const sent = {
    ...body,
    redirectUris: [...('redirectUris' in body ? body.redirectUris : [])],
    application: [...('application' in body ? body.application : [])],
  }
  await expect(admin.createApp({ body: sent })).rejects.toMatchObject({ problem: { code } })
})

it('an existing service principal is registered once: ApplicationExists, ApplicationNotFound', async () => {
  const app = await admin.createApp({ body: { name: 'contoso-deploy', principal: 'contoso-deploy' } })
  expect(app).toMatchObject({ principalId: '41c10917-4c33-4e19-8380-17d74a7358af', appId: '0052e2d8-9897-4951-b486-04ee1a03441e' })
  const again = admin.createApp({ body: { name: 'contoso-deploy', principal: 'contoso-deploy' } })
  await expect(again).rejects.toMatchObject({ problem: { code: 'ApplicationExists', status: 409 } })
  await expect(admin.app({ params: { id: 'nothing' } })).rejects.toMatchObject({ problem: { code: 'ApplicationNotFound', status: 404 } })
})

it('a client id that is Graph’s or a tool’s is nobody’s', async () => {
  for (const [n, appId] of ['00000003-0000-0000-c000-000000000000', TOOL].entries()) {
    const name = `reserved ${n}`
    await server.database.db.query(
      `insert into principals (id, kind, display_name, app_id, created_at) values (gen_random_uuid(), 'servicePrincipal', $1, $2, '2026-01-01')`,
      [name, appId],
    )
    await expect(admin.createApp({ body: { name, principal: name } })).rejects.toMatchObject({ problem: { code: 'InvalidApplication' } })
  }
})

it('certificates are registered without their keys, and only strong ones', async () => {
  const { appId } = await admin.createApp({ body: { name: 'certified' } })
  const add = (pem: string) => admin.addCertificate({ params: { id: appId }, body: { pem } })
  const good = await selfSigned('good')
  for (const pem of ['x', good.key, `${good.pem}${good.key}`, (await selfSigned('weak', 1024)).pem])
    await expect(add(pem)).rejects.toMatchObject({ problem: { code: 'InvalidApplication' } })
  await add(good.pem)
  await expect(add(good.pem)).rejects.toMatchObject({ problem: { code: 'ApplicationExists' } })
  await add((await selfSigned('ec', 'ec')).pem)
})

describe('what an application loses, its older tokens lose at once', () => {
  const path = '/v1.0/roleManagement/directory/roleEligibilitySchedules'
  const use = async (token: string) => (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status

  async function working(name: string) {
    const app = await admin.createApp({ body: { name, application: ['RoleManagement.Read.Directory'] } })
    const { secret } = await admin.addSecret({ params: { id: app.appId }, body: {} })
    const ask = { client_id: app.appId, client_secret: secret, grant_type: 'client_credentials', scope: `${GRAPH}/.default` }
    const { body } = await server.form('token', ask)
    expect(await use(body.access_token)).toBe(200)
    return { app, ask, token: body.access_token as string }
  }

  it('a permission', async () => {
    const { app, token } = await working('permitted')
    await admin.changePermissions({ params: { id: app.appId }, body: { kind: 'application', remove: ['RoleManagement.Read.Directory'] } })
    expect(await use(token)).toBe(403)
  })

  it('its registration', async () => {
    const { app, ask, token } = await working('removed')
    await admin.removeApp({ params: { id: app.appId } })
    expect(await use(token)).toBe(401)
    expect(await server.form('token', ask)).toMatchObject({ status: 400, body: { error_codes: [700016] } })
  })

  it('its principal: ApplicationDisabled', async () => {
    const { app, ask, token } = await working('disabled')
    await server.database.db.query('update principals set enabled = false where id = $1', [app.principalId])
    expect(await use(token)).toBe(403)
    expect(await server.form('token', ask)).toMatchObject({ status: 400, body: { error_codes: [7000112] } })
  })

  it('a secret that ended buys nothing: SecretEnded', async () => {
    const { app, ask } = await working('ended')
    await server.database.db.query(`update app_credentials set ends_at = created_at where app_id = $1`, [app.appId])
    expect(await server.form('token', ask)).toMatchObject({ status: 401, body: { error_codes: [7000222] } })
  })
})

it('stint app does all of it', async () => {
  const env = { STINT_URL: server.url, STINT_TOKEN: await server.token('admin@contoso.com') }
  const run = async (...args: string[]) => {
    const ran = await cli(['app', ...args], env)
    expect(ran, ran.err).toMatchObject({ code: 0 })
    return ran.out
  }
  const made = JSON.parse(await run('create', 'by hand', '--permission', 'User.Read.All', '--redirect', 'https://a.test/back', '--json'))
  const secret = JSON.parse(await run('secret', 'add', made.appId, '--days', '30', '--json'))
  const ask = { client_id: made.appId, client_secret: secret.secret, grant_type: 'client_credentials', scope: `${GRAPH}/.default` }
  expect((await server.form('token', ask)).status).toBe(200)
  await run('permission', 'add', made.appId, 'Group.Read.All', 'User.Read', '--delegated')
  writeFileSync(join(folder, 'cli.pem'), (await selfSigned('cli')).pem)
  await run('certificate', 'add', made.appId, join(folder, 'cli.pem'))
  await run('federated', 'add', made.appId, '--issuer', 'https://issuer.test', '--subject', 'repo:x')
  const shown = await run('show', 'by hand')
  for (const words of [made.appId, 'User.Read.All', 'Group.Read.All User.Read', 'https://a.test/back', 'https://issuer.test repo:x'])
    expect(shown).toContain(words)
  expect(await run('list')).toContain(made.appId)
  await run('secret', 'remove', made.appId, secret.id)
  expect((await server.form('token', ask)).status).toBe(401)
  await run('delete', made.appId)
  expect((await cli(['app', 'show', made.appId], env)).code).toBe(1)
})
