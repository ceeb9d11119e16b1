// Signing in to one's own account pages, by the same steps as to an application, or by a recovery code. Before it the browser has a cookie
// of its own for the forms; with the sign-in comes another one, so that nobody can have put theirs there before.

import { randomBytes } from 'node:crypto'
import { fault } from '../../domain/faults.ts'
import { signInByRecovery } from '../../operations/recovery-codes.ts'
import { beginSignIn, type SignedIn } from '../../operations/sign-in.ts'
import { answered, type Conversation, currentPage, fromOf, refusedStep } from '../authority/conversation.ts'
import type { Form } from '../authority/form.ts'
import { dropCookie, knownBrowser, readCookie, rememberThis, setCookie } from '../browser-cookies.ts'
import { escapeHtml, form as formHtml, page, paragraph, problem } from '../html.ts'
import { type At, formToken, ownForm, refusedPage, shown, toPage } from './answer.ts'

export const SESSION = 'account'
const FORM = 'account_form'
const FORM_SECONDS = 3_600
/** As long as the session itself, which ends earlier when it is not used. */
const SESSION_SECONDS = 10 * 3_600
const SECRET_BYTES = 32

const secret = (): string => randomBytes(SECRET_BYTES).toString('base64url')

/** The cookie of the session that comes of it: new each time. */
const conversationOf = ({ c, deps, address, agent, correlationId }: At, cookie: string, next: string): Conversation => ({
  at: `account ${cookie}`,
  around: {
    ...fromOf(c, deps, address),
    ...{ appId: null, agent, bound: null, correlationId, wish: { contexts: [], methods: [] }, cookie: next },
  },
  page: {
    action: '/account/sign-in',
    fields: { form_token: formToken(cookie) },
    title: 'Sign in to your account',
    app: null,
    name: '',
    providers: [],
    more: '<p><a href="/account/recover">Use a recovery code</a></p>',
  },
  formTargets: [],
})

/** The cookie of the forms before a sign-in, made if there is none. */
async function begun(at: At, show: (cookie: string) => Promise<Response>): Promise<Response> {
  const there = readCookie(at.c, at.deps, FORM)
  if (there !== null) return show(there)
  const allowed = await beginSignIn(at.deps.ctx, at.address, knownBrowser(at.c, at.deps))
  if (!allowed.ok) return refusedPage(at, allowed.fault)
  const cookie = secret()
  const response = await show(cookie)
  setCookie(at.c, at.deps, response, FORM, cookie, FORM_SECONDS, 'Strict')
  return response
}

export const signInForm = (at: At): Promise<Response> =>
  begun(at, (cookie) => currentPage(at.c, at.deps, conversationOf(at, cookie, secret())))

const OVER = fault('InvalidSignIn', { detail: 'this sign-in is over: open the page again' })

function welcomed(at: At, { person }: SignedIn, cookie: string): Response {
  const response = toPage('/account')
  setCookie(at.c, at.deps, response, SESSION, cookie, SESSION_SECONDS, 'Strict')
  dropCookie(at.c, at.deps, response, FORM)
  rememberThis(at.c, at.deps, response, person.id)
  return response
}

/** A step of it. */
export async function signIn(at: At): Promise<Response> {
  const cookie = readCookie(at.c, at.deps, FORM)
  if (cookie === null) return refusedPage(at, OVER)
  const form = await ownForm(at, cookie)
  if (!form.ok) return refusedPage(at, form.fault)
  if (form.value.do === 'cancel') return toPage('/account/sign-in')
  const next = secret()
  const talk = conversationOf(at, cookie, next)
  const step = await answered(at.deps, talk, form.value)
  if (!step.ok) return refusedStep(at.c, at.deps, talk, form.value, step.fault)
  return step.value ? welcomed(at, step.value, next) : currentPage(at.c, at.deps, talk)
}

const recoverPage = (cookie: string, form: Form, wrong: string | null): string =>
  page(
    'Use a recovery code',
    `${problem(wrong)}
${paragraph('It opens your account this once, to add a new passkey.')}
${formHtml(
  '/account/recover',
  { form_token: formToken(cookie) },
  `<label for="name">Account</label>
<input id="name" name="username" type="text" value="${escapeHtml((form.username ?? '').slice(0, 256))}" autocomplete="username" required maxlength="256">
<label for="recovery">Recovery code</label>
<input id="recovery" name="recovery" type="text" autocomplete="off" required maxlength="60">
<button type="submit">Go on</button>`,
)}`,
  )

export const recoverForm = (at: At): Promise<Response> => begun(at, async (cookie) => shown(at, recoverPage(cookie, {}, null)))

export async function recover(at: At): Promise<Response> {
  const cookie = readCookie(at.c, at.deps, FORM)
  if (cookie === null) return refusedPage(at, OVER)
  const form = await ownForm(at, cookie)
  if (!form.ok) return refusedPage(at, form.fault)
  const { username = '', recovery = '' } = form.value
  const next = secret()
  const { around } = conversationOf(at, cookie, next)
  const signed = await signInByRecovery(at.deps.ctx, username, recovery, around)
  return signed.ok ? welcomed(at, signed.value, next) : shown(at, recoverPage(cookie, form.value, signed.fault.words), { status: 400 })
}
