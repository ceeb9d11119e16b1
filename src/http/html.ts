// The pages' common part: plain HTML that works without scripts, and a policy that allows none but our own. Every value is escaped.

import { createHash } from 'node:crypto'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c]!)

const STYLE = `body{font:1rem/1.5 system-ui,sans-serif;max-width:26rem;margin:3rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
body.wide{max-width:46rem}h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}label{display:block;margin-top:1rem;font-weight:600}
input{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #5f5f5f;border-radius:3px}
button,a.button{font:inherit;display:inline-block;margin:1.2rem .6rem 0 0;padding:.5rem 1.2rem;border:1px solid #0b57a4;border-radius:3px;background:#0b57a4;color:#fff;text-decoration:none}
button.second,a.second{background:#fff;color:#0b57a4}:focus-visible{outline:3px solid #e08a00;outline-offset:2px}
.wrong{border-left:4px solid #b3261e;padding-left:.8rem}.code{font:1.6rem monospace;letter-spacing:.15em}.small{font-size:.9rem;color:#444}
.why{border-left:4px solid #0b57a4;padding-left:.8rem}.codes{font:1rem/1.8 monospace;columns:2;padding:0;list-style:none}
li form,td form{display:inline}td button,li button{margin:0 .4rem 0 0;padding:.2rem .7rem}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem .4rem 0;border-bottom:1px solid #ccc}svg.qr{width:12rem;height:12rem}
.secret{font-family:monospace;overflow-wrap:anywhere}`

// The policy lets in this style and no other.
const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64')

export interface Policy {
  /** Where forms lead beside us: browsers follow the rule through redirects. */
  readonly formTargets?: readonly string[]
  /** Does the page bring our own script along? */
  readonly script?: boolean
}

/** No script but, where the page has it, the one that we serve; forms go to us and to where a sign-in ends. */
export const pagePolicy = ({ formTargets = [], script = false }: Policy = {}): string =>
  [
    "default-src 'none'",
    ...(script ? ["script-src 'self'"] : []),
    `style-src 'sha256-${STYLE_HASH}'`,
    `form-action 'self' ${formTargets.join(' ')}`.trim(),
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ].join('; ')

/** Where the script of the pages lies. */
export const SCRIPT = '/authority/passkey.js'

/** A whole page. `body` is HTML already. */
export const page = (title: string, body: string, { script = false, wide = false } = {}): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)} - Stint</title>
<style>${STYLE}</style>${script ? `\n<script src="${SCRIPT}" defer></script>` : ''}
</head>
<body${wide ? ' class="wide"' : ''}>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`

export const paragraph = (text: string, kind = ''): string => `<p${kind && ` class="${kind}"`}>${escapeHtml(text)}</p>`
export const problem = (text: string | null): string =>
  text === null ? '' : `<p class="wrong" role="alert" tabindex="-1">${escapeHtml(text)}</p>`

const hidden = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`)
    .join('\n')

/** A form; `body` is HTML already. */
export const form = (action: string, fields: Readonly<Record<string, string>>, body: string): string =>
  `<form method="post" action="${escapeHtml(action)}">
${hidden(fields)}
${body}
</form>`

/** A form that our script fills in with what the passkey answers; out of sight where there is no script. `options` are the ceremony's. */
export const passkeyForm = (action: string, fields: Readonly<Record<string, string>>, options: object, body: string): string =>
  `<form method="post" action="${escapeHtml(action)}" data-passkey="${escapeHtml(JSON.stringify(options))}" hidden>
${hidden({ ...fields, response: '' })}
${body}
<p class="wrong" role="alert" hidden>The passkey did not answer, or you declined. Try again, or go another way.</p>
</form>`

/** What an error page says: words to act on, and what to quote. */
export const errorPage = (words: string, reference: string): string =>
  page('This did not work', `${problem(words)}\n${paragraph(`If you ask for help, quote ${reference}.`, 'small')}`)
