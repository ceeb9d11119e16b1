// What outlives its sign-in.

import { expect, it } from 'vitest'
import { authorityServer, payloadOf, TOOL } from '../support/authority.ts'

const server = await authorityServer()
const { db } = server.database
await server.password('engineer@contoso.com', 'correct horse')

it('a token is worth nothing once the time of its session is over', async () => {
  const fields = { client_id: TOOL, grant_type: 'password', username: 'engineer@contoso.com', password: 'correct horse' }
  const { body } = await server.form('token', { ...fields, scope: `${server.publicUrl}/.default` })
  const ask = async () =>
    (await fetch(`${server.url}/api/v1/me/sessions`, { headers: { authorization: `Bearer ${body.access_token}` } })).status
  expect(await ask()).toBe(200)
  await db.query(`update sessions set ends_at = now() - interval '1 second' where id = $1`, [payloadOf(body.access_token).sid])
  expect(await ask()).toBe(401)
})
