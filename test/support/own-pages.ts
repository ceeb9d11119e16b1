// People at their own pages without scripts: enrolment by password and code, sign-in, and what a form without its proofs gets.

import { Secret, TOTP } from 'otpauth'
import { enrol } from '../../src/errands.ts'
import type { Authority } from './authority.ts'
import type { Browser, Page } from './browser.ts'

export const PASSWORD = 'seven green tortoises'

/** What an authenticator app would show, `steps` of half a minute from now. */
export const codeOf = (secret: string, steps = 0): string =>
  TOTP.generate({ secret: secretOf(secret), timestamp: Date.now() + steps * 30_000 })

const secretOf = (text: string) => Secret.fromBase32(text.replace(/\s/g, ''))

/** The secret that a page shows for an app. */
export const shownSecret = (page: Page): string => /secret=([A-Z2-7]+)/.exec(page.text)?.[1] ?? ''
/** The recovery codes that a page shows. */
export const shownCodes = (page: Page): readonly string[] => [...page.text.matchAll(/<li>([a-z2-9-]{23})<\/li>/g)].map((m) => m[1] ?? '')

export interface Enrolled {
  readonly secret: string
  readonly codes: readonly string[]
}

/** A link for somebody, as the operator makes it. */
export const linkFor = async (server: Authority, upn: string, hours = 24): Promise<string> =>
  new URL((await enrol(server.config, upn, hours)).link).pathname

/** Opens a link in a browser. */
export async function openLink(browser: Browser, path: string): Promise<Page> {
  return browser.submit(await browser.go(path), {}, '/enrol')
}

/** Enrols a password and a code generator by a link. The code is of the step before, so that the present one is still good. */
export async function enrolByPassword(browser: Browser, path: string, password = PASSWORD): Promise<Enrolled> {
  const choice = await openLink(browser, path)
  const app = await browser.submit(choice, { password }, '/enrol/password')
  const secret = shownSecret(app)
  const done = await browser.submit(app, { code: codeOf(secret, -1) }, '/enrol/code')
  const codes = shownCodes(done)
  if (codes.length !== 10) throw new Error(`not enrolled: ${done.text}`)
  return { secret, codes }
}

/** Signs in to the account pages by password and code; the page that comes of it. */
export async function signInToAccount(browser: Browser, upn: string, password: string, code: string): Promise<Page> {
  const form = await browser.go('/account/sign-in')
  const asked = await browser.submit(form, { username: upn, password, do: 'sign-in' }, '/account/sign-in')
  return browser.submit(asked, { code }, '/account/sign-in')
}
