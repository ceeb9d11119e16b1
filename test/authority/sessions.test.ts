// What one is signed in to: listed and ended, by oneself and by administrators, at the native door, by the command and on the pages.

import { describe, expect, it } from 'vitest'
import { ApiProblem, createClient } from '../../src/contract/client.ts'
import { authorityServer, GRAPH, TOOL } from '../support/authority.ts'
import { cli } from '../support/server.ts'

const server = await authorityServer()
const { db } = server.database
const ENGINEER = '11111111-1111-1111-1111-111111111111'
await server.password('engineer@contoso.com', 'correct horse')
await server.password('sam@contoso.com', 'correct horse')

const scope = `${server.publicUrl}/.default offline_access openid profile`
async function signIn(username = 'engineer@contoso.com') {
  const { body } = await server.form('token', { client_id: TOOL, grant_type: 'password', username, password: 'correct horse', scope })
  const client = createClient({ baseUrl: server.publicUrl, token: body.access_token, fetch })
  return { client, token: body.access_token as string, refresh: body.refresh_token as string }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error) => (error instanceof ApiProblem ? error.problem.code : String(error)),
  )

describe('sessions', () => {
  it('are listed to whose they are, with what began them', async () => {
    const { client } = await signIn()
    const { items } = await client.mySessions()
    expect(items[0]).toMatchObject({
      ...{ application: { id: TOOL, name: 'Azure CLI' }, methods: ['pwd', 'mfa'], current: true },
      address: expect.stringMatching(/127\.0\.0\.1|::1/),
    })
    expect(items.filter(({ current }) => current)).toHaveLength(1)
  })

  it('that are ended, end codes, tokens and refresh tokens at once', async () => {
    const [first, second] = [await signIn(), await signIn()]
    const { items } = await first.client.mySessions()
    const mine = items.find(({ current }) => current)?.id ?? ''
    expect(await second.client.revokeMySession({ params: { id: mine } })).toBe(true)
    expect(await codeOf(first.client.me())).toBe('InvalidToken')
    const again = { client_id: TOOL, grant_type: 'refresh_token', refresh_token: first.refresh, scope: `${GRAPH}/.default` }
    expect((await server.form('token', again)).status).toBe(400)
    expect(await codeOf(second.client.me())).toBeNull()
    expect(await codeOf(second.client.revokeMySession({ params: { id: mine } }))).toBe('ResourceNotFound')
    const [event] = await db.query<{ n: number }>(
      `select count(*)::int as n from events where action = 'revokeSession' and kind = 'change'`,
    )
    expect(event?.n).toBe(1)
  })

  it('of others are an administrator’s business and nobody else’s', async () => {
    const [theirs, stranger] = [await signIn(), await signIn('sam@contoso.com')]
    const admin = await server.client('admin@contoso.com')
    const id = (await theirs.client.mySessions()).items.find(({ current }) => current)?.id ?? ''
    expect(await codeOf(stranger.client.sessionsOf({ params: { id: ENGINEER } }))).toBe('Forbidden')
    expect(await codeOf(stranger.client.revokeSessionOf({ params: { id: ENGINEER, session: id } }))).toBe('Forbidden')
    // Not even under one's own name.
    expect(await codeOf(stranger.client.revokeMySession({ params: { id } }))).toBe('ResourceNotFound')
    expect((await admin.sessionsOf({ params: { id: ENGINEER } })).items.map((one) => one.id)).toContain(id)
    await admin.revokeSessionOf({ params: { id: ENGINEER, session: id } })
    expect(await codeOf(theirs.client.me())).toBe('InvalidToken')
  })

  it('by the command', async () => {
    const { token } = await signIn()
    const other = await signIn()
    const env = { STINT_URL: server.publicUrl, STINT_TOKEN: token }
    const listed = await cli(['session', 'list'], env)
    expect(listed).toMatchObject({ code: 0, out: expect.stringMatching(/^ID +APPLICATION +SINCE +BY +FROM\n[\s\S]*Azure CLI.*this one/m) })
    const id = (await other.client.mySessions()).items.find(({ current }) => current)?.id ?? ''
    expect(await cli(['session', 'revoke', id], env)).toMatchObject({ code: 0, out: `session ${id} has ended\n` })
    expect(await codeOf(other.client.me())).toBe('InvalidToken')
    const ofOthers = await cli(['session', 'list', '--of', 'sam@contoso.com'], env)
    expect(ofOthers).toMatchObject({ code: 1, err: expect.stringContaining('you lack') })
    expect((await cli(['session', 'list', '--of', 'nobody at all'], env)).code).toBe(1)
  })
})
