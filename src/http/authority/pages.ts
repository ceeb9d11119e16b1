// The authority's own pages around a sign-in: a device's code, the end, and what went wrong.

import type { OidcClient, OidcContext } from 'oidc-provider'
import { page, paragraph, problem } from '../html.ts'

export const signedOutPage = (): string =>
  page('Signed out', paragraph('Nothing is kept signed in here: each sign-in asks anew. You can close this page.'))

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
