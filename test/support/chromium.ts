// Debian's Chromium with a virtual authenticator: what a person with a passkey does, without a person.

import { createHash, randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core'
import { afterAll, expect } from 'vitest'
import { TOOL } from './authority.ts'
import { required } from './programs.ts'

const CHROMIUM = required('/usr/bin/chromium', 'apt-get install chromium')

const closing: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const one of closing.splice(0).reverse()) await one()
})

let running: Promise<Browser> | null = null
function browser(): Promise<Browser> {
  running ??= chromium.launch({ executablePath: CHROMIUM, headless: true, args: ['--no-sandbox', '--disable-gpu'] }).then((one) => {
    closing.push(() => one.close())
    return one
  })
  return running
}

export interface Visitor {
  readonly page: Page
  /** Whatever the browser complained of: scripts, policies, missing files. */
  readonly complaints: string[]
  /** Does the authenticator verify its user (a PIN, a finger) from now on? */
  verifies(user: boolean): Promise<void>
}

/** Somebody at a browser of their own, cookies and authenticator apart from all others. */
export async function visitor(): Promise<Visitor> {
  const context = await (await browser()).newContext()
  closing.push(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  const cdp: CDPSession = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
      ...{ isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
  return {
    page,
    complaints,
    verifies: async (user) => void (await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: user })),
  }
}

/** What a page must have for whoever has no mouse, or cannot see it: a language, a heading, a label for each field and a name for each button. */
export async function expectUsable({ page }: Visitor): Promise<void> {
  const found = await page.evaluate(`({
    lang: document.documentElement.lang,
    headings: document.querySelectorAll('h1').length,
    unlabelled: [...document.querySelectorAll('input:not([type=hidden])')].filter((one) => !one.labels?.length && !one.ariaLabel).length,
    unnamed: [...document.querySelectorAll('button, a')].filter((one) => !one.textContent?.trim()).length,
    positive: document.querySelectorAll('[tabindex]:not([tabindex="-1"]):not([tabindex="0"])').length,
  })`)
  expect(found).toEqual({ lang: 'en', headings: 1, unlabelled: 0, unnamed: 0, positive: 0 })
}

/** Where a program on somebody's machine is sent back to. */
async function openLoopback(): Promise<{ url: string; next(): Promise<URL>; server: Server }> {
  let arrive: (url: URL) => void = () => {}
  let arrived = new Promise<URL>((done) => {
    arrive = done
  })
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><html lang="en"><title>back</title><h1>back</h1></html>')
    if (request.url?.includes('state=')) arrive(new URL(request.url, 'http://localhost'))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  closing.push(async () => void server.close())
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    server,
    async next() {
      const url = await arrived
      arrived = new Promise((done) => {
        arrive = done
      })
      return url
    },
  }
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

export interface Asking {
  /** Opens the sign-in page for a tool; `claims` is what a challenge told it to hand on. */
  begin(who: Visitor, claims?: string): Promise<void>
  /** Waits until the browser is back at the tool, and buys the tokens. */
  tokens(): Promise<Tokens>
  refresh(token: string): Promise<Tokens>
}

/** A tool that signs people in by the browser, at a server. */
export async function toolAt(publicUrl: string): Promise<Asking> {
  const back = await openLoopback()
  let verifier = ''
  const scope = `${publicUrl}/.default offline_access openid profile`
  const buy = async (fields: Readonly<Record<string, string>>): Promise<Tokens> => {
    const answer = await fetch(`${publicUrl}/organizations/oauth2/v2.0/token`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: TOOL, scope, ...fields }).toString(),
    })
    const body = (await answer.json()) as Tokens & { readonly error_description?: string }
    expect(body.error_description).toBeUndefined()
    return body
  }
  return {
    async begin({ page }, claims) {
      verifier = randomBytes(32).toString('base64url')
      const query = new URLSearchParams({
        ...{ client_id: TOOL, response_type: 'code', redirect_uri: back.url, state: 's' },
        scope,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...(claims === undefined ? {} : { claims }),
      })
      await page.goto(`${publicUrl}/organizations/oauth2/v2.0/authorize?${query}`)
    },
    async tokens() {
      const code = (await back.next()).searchParams.get('code') ?? ''
      return buy({ grant_type: 'authorization_code', code, redirect_uri: back.url, code_verifier: verifier })
    },
    refresh: (refresh_token) => buy({ grant_type: 'refresh_token', refresh_token }),
  }
}

/** Opens an enrolment link and enrols a passkey; answers the recovery codes. */
export async function enrolByLink(who: Visitor, link: string, name = 'laptop'): Promise<readonly string[]> {
  const { page } = who
  await page.goto(link)
  await expectUsable(who)
  await page.getByRole('button', { name: 'Begin' }).click()
  await page.waitForURL(/\/enrol$/)
  await expectUsable(who)
  await page.getByLabel('A name for it').fill(name)
  await page.getByRole('button', { name: 'Add the passkey' }).click()
  await page.getByRole('heading', { name: 'You are set up' }).waitFor()
  await expectUsable(who)
  return page.locator('ul.codes li').allTextContents()
}

/** Signs in with the passkey on the page that is open. */
export const byPasskey = ({ page }: Visitor): Promise<void> => page.getByRole('button', { name: 'Sign in with a passkey' }).click()
