// What people see of their own sign-in: their passkeys, codes and sessions, each change a form of its own.

import { formatInstant, type Instant } from '../../domain/time.ts'
import type { Account, Owner } from '../../operations/own-account.ts'
import { escapeHtml, form, page, paragraph, passkeyForm, problem } from '../html.ts'
import { qrCode } from './qr.ts'

/** Hidden fields that every form carries. */
export type Fields = Readonly<Record<string, string>>

const minute = (at: Instant | null): string => (at === null ? 'never' : `${formatInstant(at).slice(0, 16).replace('T', ' ')} UTC`)
const cell = (text: string): string => `<td>${escapeHtml(text)}</td>`
const button = (fields: Fields, action: string, id: string, words: string, label: string): string =>
  form(
    `/account/${action}`,
    { ...fields, id },
    `<button class="second" type="submit" aria-label="${escapeHtml(`${words} ${label}`)}">${escapeHtml(words)}</button>`,
  )

const table = (caption: string, heads: readonly string[], rows: readonly string[]): string =>
  rows.length === 0
    ? paragraph('None.')
    : `<table><caption class="small">${escapeHtml(caption)}</caption><thead><tr>${heads.map((h) => `<th scope="col">${escapeHtml(h)}</th>`).join('')}</tr></thead>
<tbody>${rows.map((row) => `<tr>${row}</tr>`).join('\n')}</tbody></table>`

const METHODS: Readonly<Record<string, string>> = {
  passkey: 'passkey',
  otp: 'code',
  pwd: 'password',
  sealed: 'sealed secret',
  ext: 'another provider',
  recovery: 'recovery code',
}
const methodsOf = (methods: readonly string[]): string =>
  methods.flatMap((one) => METHODS[one] ?? []).join(' and ') || methods.join(', ') || 'unknown'

export interface AccountPage {
  readonly owner: Owner
  readonly account: Account
  readonly fields: Fields
  /** Names of the applications that sessions are of, by client id. */
  readonly apps: ReadonlyMap<string, string>
  readonly wrong: string | null
}

function passkeys({ account, fields }: AccountPage): string {
  const rows = account.passkeys.map(
    (k) =>
      `${cell(k.name)}${cell(minute(k.createdAt))}${cell(minute(k.lastUsedAt))}<td>${form(
        '/account/rename-passkey',
        { ...fields, id: k.id },
        `<input name="name" type="text" aria-label="New name of ${escapeHtml(k.name)}" value="${escapeHtml(k.name)}" required maxlength="60">
<button class="second" type="submit" aria-label="Rename ${escapeHtml(k.name)}">Rename</button>`,
      )}
${button(fields, 'remove-passkey', k.id, 'Remove', k.name)}</td>`,
  )
  return `<h2>Passkeys</h2>
${table('Your passkeys', ['Name', 'Added', 'Last used', 'Change'], rows)}
<p><a class="button second" href="/account/passkey">Add a passkey</a></p>`
}

function codes({ account: { ways }, fields }: AccountPage): string {
  const generator = ways.generator
    ? form('/account/remove-generator', fields, '<button class="second" type="submit">Remove the code generator</button>')
    : form('/account/generator', fields, '<button class="second" type="submit">Set up a code generator</button>')
  return `<h2>Password and codes</h2>
${paragraph(ways.password ? 'You have a password.' : 'You have no password.')}
${form(
  '/account/password',
  fields,
  `<label for="new-password">New password (12 characters or more)</label>
<input id="new-password" name="password" type="password" autocomplete="new-password" required minlength="12" maxlength="256">
<button class="second" type="submit">Set the password</button>`,
)}
${paragraph(ways.generator ? 'A code generator is asked for after the password.' : 'You have no code generator.')}
${generator}
${paragraph(`Recovery codes left: ${ways.recoveryCodes}.`)}
${form('/account/recovery-codes', fields, '<button class="second" type="submit">Make new recovery codes</button>')}`
}

function sessions({ account, fields, apps, owner }: AccountPage): string {
  const rows = account.sessions.map((s) => {
    const here = s.id === owner.session.id
    const what = s.appId === null ? 'These pages' : (apps.get(s.appId) ?? s.appId)
    const name = `${what}, since ${minute(s.beganAt)}`
    return `${cell(here ? `${what} (this browser)` : what)}${cell(minute(s.beganAt))}${cell(methodsOf(s.methods))}${cell(s.address ?? '')}${cell(
      s.agent ?? '',
    )}<td>${button(fields, 'end-session', s.id, 'End', name)}</td>`
  })
  return `<h2>Where you are signed in</h2>
${table('Your sessions', ['Where', 'Since', 'By', 'From', 'Program', 'End'], rows)}
${form('/account/end-others', fields, '<button class="second" type="submit">End all others</button>')}`
}

/** The account. Whoever came by a recovery code sees the one thing it is for. */
export function accountPage(p: AccountPage, recovering: boolean): string {
  const { person } = p.owner
  const out = form('/account/sign-out', p.fields, '<button class="second" type="submit">Sign out</button>')
  const rest = recovering
    ? `${paragraph('You came with a recovery code: add a new passkey, then sign in with it.')}
<p><a class="button" href="/account/passkey">Add a passkey</a></p>`
    : [passkeys(p), codes(p), sessions(p)].join('\n')
  return page('Your account', `${problem(p.wrong)}\n${paragraph(`${person.displayName}, ${person.upn}`)}\n${rest}\n${out}`, { wide: true })
}

export interface PasskeyPage {
  readonly action: string
  readonly fields: Fields
  readonly options: object
  readonly name: string
  readonly intro: string
  readonly wrong: string | null
  readonly more?: string
}

/** Adding a passkey, here and at an enrolment. */
export const passkeyPage = (title: string, { action, fields, options, name, intro, wrong, more = '' }: PasskeyPage): string =>
  page(
    title,
    `${problem(wrong)}
${paragraph(intro)}
${passkeyForm(
  action,
  fields,
  options,
  `<label for="passkey-name">A name for it, such as where it is kept</label>
<input id="passkey-name" name="name" type="text" value="${escapeHtml(name)}" required maxlength="60">
<button type="submit">Add the passkey</button>`,
)}
<noscript><p class="wrong">Passkeys need scripts, which your browser does not run here.</p></noscript>
${more}`,
    { script: true },
  )

/** The secret of a code generator, shown once, and the field for its first code. */
export const generatorPage = (
  title: string,
  {
    action,
    fields,
    generator,
    wrong,
  }: { action: string; fields: Fields; generator: { secret: string; uri: string }; wrong: string | null },
): string =>
  page(
    title,
    `${problem(wrong)}
${paragraph('Scan this with your authenticator app, or type the secret into it. It is shown this once.')}
${qrCode(generator.uri)}
<p class="secret">${escapeHtml(generator.secret.replace(/(.{4})(?=.)/g, '$1 '))}</p>
<p class="small secret">${escapeHtml(generator.uri)}</p>
${form(
  action,
  fields,
  `<label for="code">The code it shows now</label>
<input id="code" name="code" type="text" inputmode="numeric" pattern="[0-9 ]{6,7}" autocomplete="one-time-code" required maxlength="7">
<button type="submit">Go on</button>`,
)}`,
  )

/** Recovery codes, shown once. */
export const codesPage = (title: string, intro: string, list: readonly string[], next: string): string =>
  page(
    title,
    `${paragraph(intro)}
${paragraph('Recovery codes, each good once to add a new passkey. Keep them apart from this device; they are not shown again.')}
<ul class="codes">${list.map((one) => `<li>${escapeHtml(one)}</li>`).join('')}</ul>
<p><a class="button" href="${escapeHtml(next)}">Go on</a></p>`,
  )
