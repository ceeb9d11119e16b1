// `stint activate` where the rule wants a proof that the saved sign-in lacks: the command asks for it and goes on by itself.

import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { type Authority, authorityServer } from '../support/authority.ts'
import { signInOnPages } from '../support/pages.ts'
import { cli, scratch, startCli } from '../support/server.ts'

const PASSWORD = 'correct horse battery'
const WHO = 'engineer@contoso.com'
const ROLE = 'Reports Reader'

let server: Authority
let env: Record<string, string>
beforeAll(async () => {
  server = await authorityServer()
  await server.password(WHO, PASSWORD)
  await server.password('sam@contoso.com', PASSWORD)
  const admin = await server.client('admin@contoso.com')
  const body = {
    action: 'adminAssign' as const,
    level: 'Eligibility' as const,
    principal: WHO,
    role: ROLE,
    duration: 'P30D',
    justification: 'test',
  }
  await admin.submit({ body })
  await admin.updatePolicy({
    params: { plane: 'directory' },
    query: { role: ROLE },
    body: {
      rules: [
        { id: 'Enablement_EndUser_Assignment', enabledRules: [] },
        { id: 'AuthenticationContext_EndUser_Assignment', isEnabled: true, claimValue: 'c1', proof: { boundToRequest: true } },
      ],
    },
  })
  env = { STINT_URL: server.publicUrl, STINT_HOME: join(await scratch(), 'home') }
})

/** Runs the command, signs in with the code it shows, answers how it ended. */
async function signingIn(args: readonly string[], who: string): Promise<{ code: number | null; out: string; err: string }> {
  const child = startCli(args, { ...env, STINT_SIGN_IN: 'device' })
  child.stdin.end()
  const said = { out: '', err: '' }
  let entered: Promise<unknown> | null = null
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
    const found = /open the page (\S+) and enter the code (\S+)/.exec(said.err)
    if (found && !entered) entered = signInOnPages(null, found[1]!, { who, password: PASSWORD, code: found[2]! })
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  await entered
  return { code, ...said }
}

it('signs in for the very request and sends it again', async () => {
  expect(await signingIn(['login', '--device', env.STINT_URL ?? ''], WHO)).toMatchObject({ code: 0 })
  const done = await signingIn(['activate', ROLE, '--for', '1h', '--reason', 'to see'], WHO)
  expect(done).toMatchObject({ code: 0, err: expect.stringContaining('this needs a fresh sign-in') })
  expect(done.out).toContain('is yours until')
  expect(await cli(['deactivate', ROLE], env)).toMatchObject({ code: 0 })
})

it('asks for nothing where somebody else signed in', async () => {
  const done = await signingIn(['activate', ROLE, '--for', '1h', '--reason', 'to see'], 'sam@contoso.com')
  expect(done).toMatchObject({ code: 4, err: expect.stringContaining('not as engineer@contoso.com') })
  const held = await server.database.db.query(
    `select 1 from requests where action = 'selfActivate' and created_at > now() - interval '10 seconds'`,
  )
  expect(held.length).toBeLessThanOrEqual(1)
})

it('a script is told what to run, and nobody waits for it', async () => {
  expect(await signingIn(['login', '--device', env.STINT_URL ?? ''], WHO)).toMatchObject({ code: 0 })
  const ran = await cli(['activate', ROLE, '--for', '1h', '--reason', 'to see'], { ...env, STINT_SIGN_IN: 'never' })
  expect(ran).toMatchObject({ code: 1, err: expect.stringContaining(`stint login --claims '{"access_token"`) })
})
