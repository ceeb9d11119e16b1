// What somebody sees who signs in: what for, and the ways that will do.

import { formatInstant } from '../../domain/time.ts'
import type { BoundTo } from '../../operations/bound-names.ts'
import type { Offers } from '../../operations/sign-in.ts'
import { escapeHtml, form, page, paragraph, passkeyForm, problem } from '../html.ts'

export interface SignInPage {
  readonly action: string
  /** Hidden fields that each form of the page carries. */
  readonly fields: Readonly<Record<string, string>>
  readonly title: string
  /** Whose application goes on from here; null for our own pages. */
  readonly app: string | null
  readonly name: string
  readonly wrong: string | null
  readonly offers: Offers
  readonly bound: BoundTo | null
  /** The passkeys' ceremony. */
  readonly options: object
  /** Identity providers, and where each is gone to from here. */
  readonly providers: readonly { readonly href: string; readonly displayName: string }[]
  /** Further HTML at the end. */
  readonly more?: string
}

const VERBS: Readonly<Record<string, string>> = {
  selfActivate: 'activate',
  selfDeactivate: 'deactivate',
  selfExtend: 'extend',
  selfRenew: 'renew',
  adminAssign: 'assign',
  adminUpdate: 'change',
  adminRemove: 'remove',
  adminExtend: 'extend',
  adminRenew: 'renew',
}

const GIVEN: Readonly<Record<string, string>> = { adminAssign: 'to', adminRemove: 'from' }

/** What is about to be confirmed, in words. */
function purpose({ action, plane, role, scope, principal, length, until, ticket, eligibility, condition }: BoundTo): string {
  const where = plane === 'directory' && scope === '/' ? '' : plane === 'group' ? ` of ${scope}` : ` at ${scope}`
  const whose = action.startsWith('admin') && principal !== null ? ` ${GIVEN[action] ?? 'for'} ${principal}` : ''
  const span =
    until === null
      ? length === null
        ? ''
        : length === 'NoExpiration'
          ? ' without an end'
          : ` for ${length}`
      : ` until ${formatInstant(until)}`
  const more = `${condition === null ? '' : `, on the condition ${condition}`}${ticket === null ? '' : `, ticket ${ticket}`}`
  const what = eligibility ? `eligibility for ${role}` : role
  return `You are about to confirm this and nothing else: ${VERBS[action] ?? action} ${what}${where}${whose}${span}${more}.`
}

const CANCEL = '<button class="second" type="submit" name="do" value="cancel" formnovalidate>Cancel</button>'

const passwordForm = (p: SignInPage): string =>
  form(
    p.action,
    p.fields,
    `<label for="name">Account</label>
<input id="name" name="username" type="text" value="${escapeHtml(p.name)}" placeholder="you@contoso.com" autocomplete="username" required maxlength="256">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
<button type="submit" name="do" value="sign-in">Sign in</button>
${CANCEL}`,
  )

/** The ways to sign in that will do. */
export function signInPage(p: SignInPage): string {
  const passkey = p.offers.passkey === null
  const password = p.offers.password === null
  const nothing = !passkey && !password && p.providers.length === 0
  const stronger = passkey && !password ? 'This asks for a passkey: nothing weaker will do.' : null
  const parts = [
    problem(p.wrong),
    p.app === null ? '' : paragraph(`to continue to ${p.app}`),
    p.bound ? paragraph(purpose(p.bound), 'why') : '',
    stronger === null ? '' : paragraph(stronger),
    nothing ? problem(p.offers.passkey) : '',
    passkey
      ? passkeyForm(p.action, { ...p.fields, do: 'passkey' }, p.options, '<button type="submit">Sign in with a passkey</button>')
      : '',
    password ? passwordForm(p) : form(p.action, p.fields, CANCEL),
    // Links, since what forms lead to is held by the page's policy, through all redirects.
    ...p.providers.map(
      ({ href, displayName }) => `<p><a class="button second" href="${escapeHtml(href)}">Sign in with ${escapeHtml(displayName)}</a></p>`,
    ),
    passkey ? '<noscript><p class="small">Passkeys need scripts, which your browser does not run here.</p></noscript>' : '',
    p.more ?? '',
  ]
  return page(p.title, parts.filter((one) => one !== '').join('\n'), { script: passkey })
}

/** The code after the password. */
export const codePage = ({ action, fields, app, wrong }: Pick<SignInPage, 'action' | 'fields' | 'app' | 'wrong'>): string =>
  page(
    'Enter the code',
    `${problem(wrong)}
${app === null ? '' : paragraph(`to continue to ${app}`)}
${form(
  action,
  { ...fields, do: 'code' },
  `<label for="code">Code of your authenticator app</label>
<input id="code" name="code" type="text" inputmode="numeric" pattern="[0-9 ]{6,7}" autocomplete="one-time-code" required maxlength="7" autofocus>
<button type="submit">Go on</button>`,
)}
${form(action, { ...fields, do: 'restart' }, '<button class="second" type="submit">Start over</button>')}`,
  )
