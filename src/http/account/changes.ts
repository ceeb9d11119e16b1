// What people change on their account pages: each a form, judged by an operation, answered by a page.

import type { Fault } from '../../domain/faults.ts'
import type { Result } from '../../domain/result.ts'
import { appNames } from '../../operations/app-names.ts'
import {
  addOwnPasskey,
  beginOwnGenerator,
  confirmOwnGenerator,
  endOtherOwnSessions,
  endOwnSession,
  isFresh,
  isRecovering,
  type Owner,
  readAccount,
  removeOwnGenerator,
  removeOwnPasskey,
  renameOwnPasskey,
  renewRecoveryCodes,
  setOwnPassword,
} from '../../operations/own-account.ts'
import { beginRegistration } from '../../operations/passkeys.ts'
import type { Form } from '../authority/form.ts'
import { dropCookie } from '../browser-cookies.ts'
import { type At, formToken, type PageStatus, shown, toPage } from './answer.ts'
import { accountPage, codesPage, generatorPage, passkeyPage } from './pages.ts'
import { SESSION } from './sign-in.ts'

/** Somebody at their own pages, by the cookie of their session. */
export interface Mine {
  readonly at: At
  readonly owner: Owner
  readonly cookie: string
}

const fieldsOf = ({ cookie }: Mine) => ({ form_token: formToken(cookie) })
/** The name that a passkey gets where nobody gave one. */
const PASSKEY = 'passkey'
/** Cut to what fits, between two characters: half of one can be kept nowhere. */
export const nameOf = (form: Form): string =>
  form.name
    ?.trim()
    .slice(0, 60)
    .replace(/\p{Surrogate}/gu, '') || PASSKEY

/** The account, with what went wrong. */
export async function showAccount(mine: Mine, wrong: Fault | null = null, status: PageStatus = 200): Promise<Response> {
  const { at, owner } = mine
  const { ctx } = at.deps
  const account = await readAccount(ctx, owner)
  const apps = await appNames(
    ctx,
    account.sessions.flatMap(({ appId }) => appId ?? []),
  )
  const html = accountPage({ owner, account, fields: fieldsOf(mine), apps, wrong: wrong?.words ?? null }, isRecovering(owner))
  return shown(at, html, { status: wrong ? 400 : status })
}

/** The page to add a passkey on: its ceremony begins with it. */
export async function showNewPasskey(mine: Mine, wrong: Fault | null = null): Promise<Response> {
  const { at, owner, cookie } = mine
  if (!isFresh(at.deps.ctx, owner)) return toPage('/account/sign-in')
  const options = await beginRegistration(at.deps.ctx, cookie, at.deps.publicUrl, owner.person)
  const intro = 'Your browser will ask where to keep it: this device, your phone or a security key.'
  const what = { action: '/account/add-passkey', fields: fieldsOf(mine), options, name: PASSKEY, intro, wrong: wrong?.words ?? null }
  return shown(at, passkeyPage('Add a passkey', what), { script: true, status: wrong ? 400 : 200 })
}

type Change = (mine: Mine, form: Form) => Promise<Response>

/** A change that goes back to the account; a proof that is too old goes to the sign-in. */
const back =
  (work: (mine: Mine, form: Form) => Promise<Result<unknown>>): Change =>
  async (mine, form) => {
    const done = await work(mine, form)
    return done.ok ? toPage('/account') : refused(mine, done.fault)
  }

/** What a new sign-in mends: a proof that is too old, or a session that was ended while the form was under way. */
const AGAIN: ReadonlySet<string> = new Set(['FreshProofRequired', 'SignInEnded'])

const refused = (mine: Mine, fault: Fault): Promise<Response> | Response =>
  AGAIN.has(fault.code) ? toPage('/account/sign-in') : showAccount(mine, fault)

/** Whoever ends their own session has no cookie any more. */
function signedOut({ at }: Mine): Response {
  const response = toPage('/account/sign-in')
  dropCookie(at.c, at.deps, response, SESSION)
  return response
}

export const CHANGES: Readonly<Record<string, Change>> = {
  async 'add-passkey'(mine, form) {
    const { at, owner, cookie } = mine
    const done = await addOwnPasskey(at.deps.ctx, owner, cookie, at.deps.publicUrl, nameOf(form), form.response ?? '')
    if (!done.ok) return AGAIN.has(done.fault.code) ? toPage('/account/sign-in') : showNewPasskey(mine, done.fault)
    if (done.value === null) return toPage('/account')
    return shown(at, codesPage('The passkey is added', 'Sign in with it from now on.', done.value, '/account'))
  },
  'rename-passkey': back(({ at, owner }, form) => renameOwnPasskey(at.deps.ctx, owner, form.id ?? '', nameOf(form))),
  'remove-passkey': back(({ at, owner }, form) => removeOwnPasskey(at.deps.ctx, owner, form.id ?? '')),
  async generator(mine) {
    const begun = await beginOwnGenerator(mine.at.deps.ctx, mine.owner)
    if (!begun.ok) return refused(mine, begun.fault)
    const what = { action: '/account/confirm-generator', fields: fieldsOf(mine), generator: begun.value, wrong: null }
    return shown(mine.at, generatorPage('Set up a code generator', what))
  },
  'confirm-generator': back(({ at, owner }, form) => confirmOwnGenerator(at.deps.ctx, owner, form.code ?? '')),
  'remove-generator': back(({ at, owner }) => removeOwnGenerator(at.deps.ctx, owner)),
  async password(mine, form) {
    const done = await setOwnPassword(mine.at.deps.ctx, mine.owner, form.password ?? '')
    return done.ok ? signedOut(mine) : refused(mine, done.fault)
  },
  async 'recovery-codes'(mine) {
    const made = await renewRecoveryCodes(mine.at.deps.ctx, mine.owner)
    if (!made.ok) return refused(mine, made.fault)
    return shown(mine.at, codesPage('New recovery codes', 'The old ones are worth nothing from now on.', made.value, '/account'))
  },
  async 'end-session'(mine, form) {
    const done = await endOwnSession(mine.at.deps.ctx, mine.owner, form.id ?? '')
    if (!done.ok) return refused(mine, done.fault)
    return form.id === mine.owner.session.id ? signedOut(mine) : toPage('/account')
  },
  'end-others': back(({ at, owner }) => endOtherOwnSessions(at.deps.ctx, owner)),
  async 'sign-out'(mine) {
    await endOwnSession(mine.at.deps.ctx, mine.owner, mine.owner.session.id)
    return signedOut(mine)
  },
}
