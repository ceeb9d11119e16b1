// The authority's own pages: plain HTML that works without scripts, and a policy that allows none. Every value is escaped.

import { createHash } from 'node:crypto'
import type { OidcClient, OidcContext } from 'oidc-provider'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c]!)

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
h1{font-size:1.4rem}label{display:block;margin-top:1rem;font-weight:600}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #5f5f5f;border-radius:3px}
button{font:inherit;margin:1.2rem .6rem 0 0;padding:.5rem 1.2rem;border:1px solid #0b57a4;border-radius:3px;background:#0b57a4;color:#fff}
button.second{background:#fff;color:#0b57a4}:focus-visible{outline:3px solid #e08a00;outline-offset:2px}
.wrong{border-left:4px solid #b3261e;padding-left:.8rem}.code{font:1.6rem monospace;letter-spacing:.15em}.small{font-size:.9rem;color:#444}`

// The policy lets in this style and no other.
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

/** No script at all; forms go to us and, where a sign-in ends at an application, to its address (browsers follow the rule through redirects). */
export const pagePolicy = (formTargets: readonly string[] = []): string =>
  [
    "default-src 'none'",
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action 'self' ${formTargets.join(' ')}`.trim(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** A whole page. `body` is HTML already. */
const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} - Stint</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`

const paragraph = (text: string, kind = ''): string => `<p${kind && ` class="${kind}"`}>${escapeHtml(text)}</p>`
const problem = (text: string | null): string => (text === null ? '' : `<p class="wrong" role="alert">${escapeHtml(text)}</p>`)

const SAMPLE_ONLY =
  'Until people’s own sign-in exists, only passwords work that the operator of a sample installation set with “stint user set-password”.'

export interface SignInPage {
  readonly action: string
  readonly token: string
  readonly app: string
  readonly name: string
  readonly wrong: string | null
}

/** Name and password. */
export const signInPage = ({ action, token, app, name, wrong }: SignInPage): string =>
  page(
    'Sign in',
    `${problem(wrong)}
${paragraph(`to continue to ${app}`)}
<form method="post" action="${escapeHtml(action)}" autocomplete="on">
<input type="hidden" name="form_token" value="${escapeHtml(token)}">
<label for="name">Account</label>
<input id="name" name="username" type="text" value="${escapeHtml(name)}" placeholder="you@contoso.com" autocomplete="username" required maxlength="256">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required maxlength="256">
<button type="submit" name="do" value="sign-in">Sign in</button>
<button class="second" type="submit" name="do" value="cancel" formnovalidate>Cancel</button>
</form>
${paragraph(SAMPLE_ONLY, 'small')}`,
  )

/** What went wrong, in words a person can act on. */
export const errorPage = (words: string, reference: string): string =>
  page('This did not work', `${problem(words)}\n${paragraph(`If you ask for help, quote ${reference}.`, 'small')}`)

export const signedOutPage = (): string =>
  page('Signed out', paragraph('Nothing is kept signed in here: each sign-in asks for the password again. You can close this page.'))

// The library's own form, with its token against forgery: we put words and buttons around it. Of its text field, the part that is a
// script is left out, since our policy would block it anyway.
const plain = (form: string): string => form.replace(/ on\w+="[^"]*"/g, '').replace('</input>', '')

const show = (ctx: OidcContext, html: string) => {
  ctx.type = 'html'
  ctx.body = html
}

const INPUT_WORDS: Readonly<Record<string, string>> = {
  NoCodeError: 'Enter the code that the application shows.',
  NotFoundError: 'No application waits with this code. Look again, or start anew.',
  ExpiredError: 'This code has ended: start again in the application.',
  AlreadyUsedError: 'This code was used already: start again in the application.',
  AbortedError: 'The sign-in was declined. You can close this page.',
}

/** Where a person types the code that a device shows. */
export function deviceInputPage(ctx: OidcContext, form: string, _out?: unknown, error?: Error): void {
  const wrong = error ? (INPUT_WORDS[error.name] ?? 'This did not work: start again in the application.') : null
  const labelled = plain(form).replace('<input\n', '<label for="code">Code</label>\n<input id="code"\n')
  const button = '<button type="submit" form="op.deviceInputForm">Next</button>'
  show(ctx, page('Enter the code', `${problem(wrong)}\n${paragraph('Enter the code that the application shows.')}\n${labelled}\n${button}`))
}

/** Who asks, and is it really you: the only guard against a code that somebody else sent. */
export function deviceConfirmPage(ctx: OidcContext, form: string, client: OidcClient, _info: unknown, code: string): void {
  const name = client.clientName ?? client.clientId
  show(
    ctx,
    page(
      `Sign in to ${name}?`,
      `${paragraph(`${name} wants to act for you. Go on only if you started it yourself and it shows this very code:`)}
${paragraph(code, 'code')}
${plain(form)}
<button type="submit" form="op.deviceConfirmForm">Yes, go on</button>
<button class="second" type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No, decline</button>`,
    ),
  )
}

export function deviceDonePage(ctx: OidcContext): void {
  show(ctx, page('Done', paragraph('You are signed in on the device. You can close this page.')))
}
