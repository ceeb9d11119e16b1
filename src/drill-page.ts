// The sign-in page walked as a browser would, at the loopback door: an application asks, the page takes name and secret, and the code
// buys a token. For the drill, so that the way in from elsewhere is rehearsed too.

import { createHash, randomBytes } from 'node:crypto'
import { type Heard, type Here, knock } from './loopback.ts'
import { STINT_CLI } from './operations/app-sign-in.ts'

const REDIRECT = 'http://127.0.0.1/signed-in'
const MOST_STEPS = 10

const plain = (text: string): string =>
  text.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')

const attribute = (tag: string, name: string): string => plain(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

/** The form that asks for a password, with what it carries along; null where the page has none. */
function passwordForm(html: string): { readonly action: string; readonly hidden: Readonly<Record<string, string>> } | null {
  const form = [...html.matchAll(/<form\b[^>]*>[\s\S]*?<\/form>/g)].map(([text]) => text).find((text) => /\sname="password"/.test(text))
  if (form === undefined) return null
  const inputs = [...form.matchAll(/<input\b[^>]*>/g)].map(([tag]) => tag).filter((tag) => attribute(tag, 'type') === 'hidden')
  const hidden = Object.fromEntries(inputs.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')]))
  return { action: attribute(/<form\b[^>]*>/.exec(form)?.[0] ?? '', 'action'), hidden }
}

/** What the page says went wrong. */
const complaintOf = (html: string): string => plain(/<p class="wrong"[^>]*>([^<]*)</.exec(html)?.[1] ?? 'the page is not understood')

/** A browser without a window: follows the server's own redirects, and keeps its cookies. */
function browser(here: Here) {
  const jar = new Map<string, string>()
  const once = async (path: string, form?: Readonly<Record<string, string>>): Promise<Heard> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    const heard = await knock(here, path, {
      headers: { accept: 'text/html', origin: here.publicUrl, ...(cookie ? { cookie } : {}) },
      ...(form ? { form } : {}),
    })
    for (const line of heard.headers['set-cookie'] ?? []) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      jar.set(name, value)
    }
    return heard
  }
  return {
    /** Where it ends: a page, or an address that is not the server's. */
    async go(path: string, form?: Readonly<Record<string, string>>): Promise<{ readonly html: string } | { readonly away: URL }> {
      let heard = await once(path, form)
      for (let step = 0; step < MOST_STEPS; step++) {
        const { location } = heard.headers
        if (location === undefined) return { html: heard.text }
        const next = new URL(location, here.publicUrl)
        if (next.origin !== here.publicUrl) return { away: next }
        heard = await once(`${next.pathname}${next.search}`)
      }
      throw new Error('the pages go round in a circle')
    },
  }
}

/** Signs in on the page; the access token. Throws, in words, where that does not work. */
export async function signInOnPage(here: Here, upn: string, secret: string): Promise<string> {
  const verifier = randomBytes(32).toString('base64url')
  const scope = `${here.publicUrl}/.default openid profile`
  const query = new URLSearchParams({
    ...{ client_id: STINT_CLI, response_type: 'code', redirect_uri: REDIRECT, scope, state: 'drill', login_hint: upn },
    ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' },
  })
  const walk = browser(here)
  const first = await walk.go(`/organizations/oauth2/v2.0/authorize?${query}`)
  const form = 'html' in first ? passwordForm(first.html) : null
  if (!form) throw new Error(`no sign-in page: ${'html' in first ? complaintOf(first.html) : 'sent elsewhere'}`)
  const last = await walk.go(form.action, { ...form.hidden, username: upn, password: secret, do: 'sign-in' })
  if ('html' in last) throw new Error(complaintOf(last.html))
  const code = last.away.searchParams.get('code')
  if (code === null) throw new Error('the authority gave no code')
  const bought = await knock(here, '/organizations/oauth2/v2.0/token', {
    form: { client_id: STINT_CLI, grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier, scope },
  })
  const { access_token: token } = JSON.parse(bought.text) as { access_token?: unknown }
  if (typeof token !== 'string') throw new Error(`the authority gave no token (${bought.status})`)
  return token
}
