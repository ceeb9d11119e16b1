// Passkeys in Debian's Chromium, with a virtual authenticator, at a server that is a process of its own (issue 4, must show 1): enrolled,
// signed in with, stepped up to for an activation; and refused where the proof is not what the rule asks for.

import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { ApiProblem, type Client, createClient } from '../../src/contract/client.ts'
import { payloadOf } from '../support/authority.ts'
import { type Asking, byPasskey, enrolByLink, expectUsable, toolAt, type Visitor, visitor } from '../support/chromium.ts'
import { freshDb } from '../support/database.ts'
import { cli, scratch, startServing, urlOf } from '../support/server.ts'

const data = await scratch()
const database = await freshDb()
const env = { STINT_HOME: join(data, 'home'), STINT_DATA: data, DATABASE_URL: urlOf(database.options), STINT_LOG_LEVEL: 'error' }
const { publicUrl } = await startServing(['--sample'], env)

const ROLE = { plane: 'directory', role: 'User Administrator' } as const
const activate = (duration = 'PT1H') => ({ body: { action: 'selfActivate', ...ROLE, duration, justification: 'help desk' } }) as const
const clientOf = (token: string): Client => createClient({ baseUrl: publicUrl, token, fetch })

async function adminClient(): Promise<Client> {
  const ran = await cli(['token', '--as', 'admin@contoso.com', '--amr', 'pwd,mfa', '--json'], env)
  return clientOf(JSON.parse(ran.out).token)
}

/** What the role asks of a proof, and what `c1` is. */
async function asks(proof: { maximumAge?: string | null; boundToRequest?: boolean }, networks: string[] = []) {
  const admin = await adminClient()
  await admin.setAuthenticationContext({ params: { id: 'c1' }, body: { enabled: true, strength: 'passkey', networks } })
  await admin.updatePolicy({
    params: { plane: 'directory' },
    query: { role: ROLE.role },
    body: {
      rules: [
        { id: 'Enablement_EndUser_Assignment', enabledRules: ['Justification'] },
        { id: 'AuthenticationContext_EndUser_Assignment', isEnabled: true, claimValue: 'c1', proof },
      ],
    },
  })
}

/** The finding that stands in the way. */
async function finding(client: Client, duration?: string) {
  const refused = await client.submit(activate(duration)).then(
    () => null,
    (error) => (error instanceof ApiProblem ? error.problem.findings : [error]),
  )
  return (refused ?? [])[0]
}

let manager: Visitor
let tool: Asking
beforeAll(async () => {
  manager = await visitor()
  tool = await toolAt(publicUrl)
  const ran = await cli(['user', 'enrol', 'itmanager@contoso.com', '--json'], env)
  const codes = await enrolByLink(manager, JSON.parse(ran.out).link)
  expect(codes).toHaveLength(10)
})

const end = async (client: Client) => client.submit({ body: { action: 'selfDeactivate', ...ROLE } })

async function signIn(claims?: string): Promise<{ token: string; client: Client }> {
  await tool.begin(manager, claims)
  await expectUsable(manager)
  await byPasskey(manager)
  const { access_token: token } = await tool.tokens()
  return { token, client: clientOf(token) }
}

describe('an activation that demands c1', () => {
  it('is stepped up to: refused by a password, and granted when it is sent again after the passkey', async () => {
    await asks({})
    await cli(['user', 'set-password', 'itmanager@contoso.com', '--amr', 'pwd,mfa'], env, 'correct horse\n')
    const { page } = manager
    await tool.begin(manager)
    // By the keyboard alone.
    await page.getByLabel('Account').focus()
    await page.keyboard.type('itmanager@contoso.com')
    await page.keyboard.press('Tab')
    await page.keyboard.type('correct horse')
    await page.keyboard.press('Enter')
    const weak = await tool.tokens()
    expect(payloadOf(weak.access_token)).toMatchObject({ amr: ['pwd', 'mfa'], acrs: [] })
    const first = await finding(clientOf(weak.access_token))
    expect(first).toMatchObject({ rule: 'AcrsRule', ruleId: 'AuthenticationContext_EndUser_Assignment' })

    // The page offers what will do, and nothing else.
    await tool.begin(manager, first?.claims)
    expect(await page.getByText('This asks for a passkey').count()).toBe(1)
    expect(await page.getByLabel('Password').count()).toBe(0)
    await byPasskey(manager)
    const strong = await tool.tokens()
    expect(payloadOf(strong.access_token)).toMatchObject({ amr: ['fido', 'passkey', 'mfa'], acrs: ['c1'] })
    const client = clientOf(strong.access_token)
    expect(await client.submit(activate())).toMatchObject({ status: 'Provisioned' })
    await end(client)
  })

  it('is refused with a proof that is older than the rule allows', async () => {
    await asks({ maximumAge: 'PT5M' })
    await tool.begin(manager)
    await byPasskey(manager)
    const { refresh_token } = await tool.tokens()
    await database.db.query(`update sessions set proven_at = proven_at - interval '6 minutes'`)
    // A token that is fresh, on a proof that is not: what somebody has who found a session.
    const client = clientOf((await tool.refresh(refresh_token)).access_token)
    const stale = await finding(client)
    expect(stale).toMatchObject({ rule: 'AcrsRule', words: expect.stringContaining('too old') })
    const fresh = await signIn(stale?.claims)
    expect(await fresh.client.submit(activate())).toMatchObject({ status: 'Provisioned' })
    await end(fresh.client)
  })

  it('is refused with a proof that was made for another request, and takes one once', async () => {
    await asks({ boundToRequest: true })
    const { client: unbound } = await signIn()
    const first = await finding(unbound, 'PT1H')
    expect(first).toMatchObject({ words: expect.stringContaining('not made for this request') })

    await tool.begin(manager, first?.claims)
    // In words, what is about to be confirmed.
    expect(await manager.page.locator('p.why').textContent()).toBe(
      'You are about to confirm this and nothing else: activate User Administrator at Contoso for PT1H.',
    )
    await byPasskey(manager)
    const client = clientOf((await tool.tokens()).access_token)
    expect(await finding(client, 'PT2H')).toMatchObject({ words: expect.stringContaining('not made for this request') })
    expect(await client.submit(activate('PT1H'))).toMatchObject({ status: 'Provisioned' })
    await end(client)
    expect(await finding(client, 'PT1H')).toMatchObject({ words: expect.stringContaining('used for another request already') })
  })

  it('is refused from a network outside the context, by the page too', async () => {
    await asks({})
    const { client } = await signIn()
    await asks({}, ['203.0.113.0/24'])
    const refused = await finding(client)
    expect(refused).toMatchObject({ rule: 'AcrsRule', words: expect.stringContaining('network'), mend: null })
    await tool.begin(manager, refused?.claims)
    expect(await manager.page.getByRole('alert').first().textContent()).toBe('this is not offered from your network')
    expect(await manager.page.getByRole('button').allTextContents()).toEqual(['Cancel'])
    await expectUsable(manager)
    await asks({})
  })
})

describe('a passkey', () => {
  it('that does not verify its user is refused by the browser, and by the server where the browser is talked out of it', async () => {
    const { page } = manager
    await manager.verifies(false)
    await tool.begin(manager)
    await byPasskey(manager)
    await page.getByText('The passkey did not answer').waitFor({ state: 'visible' })
    await page.evaluate(`for (const form of document.querySelectorAll('form[data-passkey]'))
      form.dataset.passkey = form.dataset.passkey.replace('"userVerification":"required"', '"userVerification":"discouraged"')`)
    await byPasskey(manager)
    await page.getByText('it did not verify you').waitFor()
    await manager.verifies(true)
    // The sign-in is not over for it.
    await byPasskey(manager)
    expect(payloadOf((await tool.tokens()).access_token).amr).toContain('passkey')
  })

  it('answers once: an assertion that is sent again opens nothing', async () => {
    const { page } = manager
    let seen = ''
    page.on('request', (request) => {
      if (request.method() === 'POST') seen = new URLSearchParams(request.postData() ?? '').get('response') ?? seen
    })
    await signIn()
    expect(JSON.parse(seen)).toMatchObject({ type: 'public-key' })
    const send = `{ const form = document.querySelector('form[data-passkey]')
      form.elements.response.value = ${JSON.stringify(seen)}
      form.submit() }`
    await tool.begin(manager)
    await page.evaluate(send)
    await page.getByText('the passkey was not accepted').waitFor()
    // Nor in a browser of somebody else.
    const thief = await visitor()
    const theirs = await toolAt(publicUrl)
    await theirs.begin(thief)
    await thief.page.evaluate(send)
    await thief.page.getByText('the passkey was not accepted').waitFor()
  })
})

describe('the account pages', () => {
  it('let one sign in, add and rename and remove passkeys, and end what one is signed in to', async () => {
    const { page } = manager
    const { client } = await signIn()
    await page.goto(`${publicUrl}/account`)
    await expectUsable(manager)
    await byPasskey(manager)
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
    await expectUsable(manager)
    expect(await page.getByRole('cell', { name: 'Azure CLI' }).count()).toBeGreaterThan(0)

    await page.getByRole('link', { name: 'Add a passkey' }).click()
    await expectUsable(manager)
    // The authenticator holds one for this account already.
    await page.getByRole('button', { name: 'Add the passkey' }).click()
    await page.getByText('The passkey did not answer').waitFor({ state: 'visible' })

    await page.goto(`${publicUrl}/account`)
    await page.getByLabel('New name of laptop').fill('desk')
    await page.getByRole('button', { name: 'Rename laptop' }).click()
    await page.getByRole('cell', { name: 'desk', exact: true }).waitFor()
    await page.getByRole('button', { name: 'Remove desk' }).click()
    await page.getByText('this is the last way into the account').waitFor()

    expect(await client.me()).toMatchObject({ upn: 'itmanager@contoso.com' })
    await page.getByRole('button', { name: 'End all others' }).click()
    await page.getByRole('heading', { name: 'Your account' }).waitFor()
    await expect(client.me()).rejects.toMatchObject({ problem: { status: 401 } })
    await page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await page.waitForURL(/\/account\/sign-in$/)
    await page.goto(`${publicUrl}/account`)
    expect(page.url()).toMatch(/\/account\/sign-in$/)
  })
})

it('the browser complained of nothing but the refusals that were meant', () => {
  const meant = /Failed to load resource: the server responded with a status of 400/
  expect(manager.complaints.filter((one) => !meant.test(one))).toEqual([])
})
