// Enrolment by a one-time link. Looking at it changes nothing, so that whoever previews links burns none; the first form binds it to this
// browser and takes it out of the address.

import { fault } from '../../domain/faults.ts'
import { enrolCode, enrolledSoFar, enrolling, enrolPasskey, enrolPassword, openEnrolment } from '../../operations/enrolment.ts'
import { beginRegistration } from '../../operations/passkeys.ts'
import type { Person } from '../../operations/sign-in.ts'
import { dropCookie, readCookie, rememberThis, setCookie } from '../browser-cookies.ts'
import { form as formHtml, page, paragraph, problem } from '../html.ts'
import { type At, formToken, ownForm, refusedPage, shown, toPage } from './answer.ts'
import { nameOf } from './changes.ts'
import { codesPage, generatorPage, passkeyPage } from './pages.ts'

const ENROL = 'enrol'
const ENROL_SECONDS = 3_600
const OVER = fault('EnrolmentOver')

/** The link, looked at: the same page for any. */
export const linkPage = async (at: At): Promise<Response> =>
  shown(
    at,
    page(
      'Set up your sign-in',
      `${paragraph('This link lets one person set up how they sign in, once, in one browser. Go on only if it was given to you, in the browser that you use.')}
${formHtml('/enrol', { token: at.c.req.param('token') ?? '' }, '<button type="submit">Begin</button>')}`,
    ),
  )

/** The link, opened: bound to this browser. */
export async function openLink(at: At): Promise<Response> {
  const form = await ownForm(at, null)
  if (!form.ok) return refusedPage(at, form.fault)
  const opened = await openEnrolment(at.deps.ctx, form.value.token ?? '', readCookie(at.c, at.deps, ENROL))
  if (!opened.ok) return refusedPage(at, opened.fault)
  const response = toPage('/enrol')
  setCookie(at.c, at.deps, response, ENROL, opened.value, ENROL_SECONDS, 'Strict')
  return response
}

const passwordForm = (token: string): string => `<h2>Or a password and codes</h2>
${paragraph('Where you have no passkey: a password, and an authenticator app that shows codes.')}
${formHtml(
  '/enrol/password',
  { form_token: token },
  `<label for="password">New password (12 characters or more)</label>
<input id="password" name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="256">
<button class="second" type="submit">Go on with a password</button>`,
)}`

interface Enrolling {
  readonly at: At
  readonly cookie: string
  readonly person: Person
}

/** Who enrols in this browser; a page if nobody. */
async function whoEnrols(at: At): Promise<Enrolling | Response> {
  const cookie = readCookie(at.c, at.deps, ENROL)
  const person = cookie === null ? null : await enrolling(at.deps.ctx, cookie)
  if (cookie === null || !person?.ok) return refusedPage(at, OVER)
  return { at, cookie, person: person.value }
}

async function choice({ at, cookie, person }: Enrolling, wrong: string | null): Promise<Response> {
  const { ctx, publicUrl } = at.deps
  const token = formToken(cookie)
  const what = {
    action: '/enrol/passkey',
    fields: { form_token: token },
    options: await beginRegistration(ctx, cookie, publicUrl, person),
    name: 'passkey',
    intro: `For ${person.displayName}, ${person.upn}. A passkey is the safest: this device, your phone or a security key.`,
    wrong,
    // An account for emergencies has a sealed secret instead.
    more: person.emergency ? '' : passwordForm(token),
  }
  return shown(at, passkeyPage('Set up your sign-in', what), { script: true, status: wrong === null ? 200 : 400 })
}

async function generator({ at, cookie, person }: Enrolling, wrong: string | null): Promise<Response | null> {
  const begun = await enrolledSoFar(at.deps.ctx, cookie, person)
  if (!begun) return null
  const what = { action: '/enrol/code', fields: { form_token: formToken(cookie) }, generator: begun, wrong }
  return shown(at, generatorPage('Set up your codes', what), { status: wrong === null ? 200 : 400 })
}

/** The choice of what to enrol. */
export async function enrolPage(at: At): Promise<Response> {
  const who = await whoEnrols(at)
  return who instanceof Response ? who : choice(who, null)
}

/** A form of the enrolment under way. */
async function sent(at: At) {
  const who = await whoEnrols(at)
  if (who instanceof Response) return who
  const form = await ownForm(at, who.cookie)
  return form.ok ? { ...who, form: form.value } : refusedPage(at, form.fault)
}

function done({ at, person }: Enrolling, codes: readonly string[]): Response {
  const response = shown(at, codesPage('You are set up', `${person.upn} can sign in from now on.`, codes, '/account'))
  dropCookie(at.c, at.deps, response, ENROL)
  rememberThis(at.c, at.deps, response, person.id)
  return response
}

export async function takePasskey(at: At): Promise<Response> {
  const who = await sent(at)
  if (who instanceof Response) return who
  const { deps } = at
  const made = await enrolPasskey(deps.ctx, who.cookie, deps.publicUrl, nameOf(who.form), who.form.response ?? '')
  if (made.ok) return done(who, made.value)
  return made.fault.code === 'EnrolmentOver' ? refusedPage(at, made.fault) : choice(who, made.fault.words)
}

export async function takePassword(at: At): Promise<Response> {
  const who = await sent(at)
  if (who instanceof Response) return who
  const taken = await enrolPassword(at.deps.ctx, who.cookie, who.form.password ?? '')
  if (!taken.ok) return choice(who, taken.fault.words)
  return (await generator(who, null)) ?? choice(who, problem(null))
}

export async function takeCode(at: At): Promise<Response> {
  const who = await sent(at)
  if (who instanceof Response) return who
  const made = await enrolCode(at.deps.ctx, who.cookie, who.form.code ?? '')
  if (made.ok) return done(who, made.value)
  if (made.fault.code === 'EnrolmentOver') return refusedPage(at, made.fault)
  return (await generator(who, made.fault.words)) ?? choice(who, made.fault.words)
}
