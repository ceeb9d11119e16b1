// Walks our sign-in pages as a browser would: cookies kept per origin, redirects followed, the form on the page filled in and sent.

import { readFileSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface Page {
  readonly url: URL
  readonly status: number
  readonly html: string
}

interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly names: readonly string[]
}

const plainText = (text: string) =>
  text
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
const attribute = (tag: string, name: string) => plainText(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

/** The first form of a page that needs no script; null where it has none. */
function formOf(html: string): Form | null {
  const form = /<form\b(?![^>]*\shidden)[^>]*>[\s\S]*?<\/form>/.exec(html)?.[0]
  if (!form) return null
  const inputs = [...form.matchAll(/<(?:input|button)\b[^>]*>/g)].map(([tag]) => tag)
  const named = inputs.filter((tag) => attribute(tag, 'name') !== '')
  const kept = named.filter((tag) => attribute(tag, 'type') === 'hidden')
  return {
    action: attribute(/<form\b[^>]*>/.exec(form)?.[0] ?? '', 'action'),
    fields: Object.fromEntries(kept.map((tag) => [attribute(tag, 'name'), attribute(tag, 'value')])),
    names: named.map((tag) => attribute(tag, 'name')),
  }
}

/** A browser without a window. */
function openBrowser(ca: string | null) {
  const trusted = ca === null ? undefined : readFileSync(ca)
  const jar = new Map<string, string>()
  const once = (url: URL, method: string, body: string | null) =>
    new Promise<{ status: number; headers: Record<string, string | string[] | undefined>; html: string }>((done, fail) => {
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = {
        ...(cookie ? { cookie } : {}),
        ...(body === null
          ? {}
          : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': String(Buffer.byteLength(body)) }),
        ...(body === null ? {} : { origin: url.origin }),
      }
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest
      const sent = send(url, { method, headers, ...(url.protocol === 'https:' ? { ca: trusted } : {}) }, (answer) => {
        let html = ''
        answer.setEncoding('utf8').on('data', (chunk) => {
          html += chunk
        })
        answer.once('end', () => done({ status: answer.statusCode ?? 0, headers: answer.headers, html }))
      })
      sent.once('error', fail)
      sent.end(body ?? undefined)
    })
  const visit = async (to: URL, method = 'GET', form: string | null = null): Promise<Page> => {
    let url = to
    let body = form
    let how = method
    for (let hop = 0; hop < 20; hop += 1) {
      const answer = await once(url, how, body)
      for (const line of [answer.headers['set-cookie'] ?? []].flat()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (value === '') jar.delete(name)
        else jar.set(name, value)
      }
      const { location } = answer.headers
      if (answer.status < 300 || answer.status >= 400 || typeof location !== 'string')
        return { url, status: answer.status, html: answer.html }
      url = new URL(location, url)
      how = 'GET'
      body = null
    }
    throw new Error(`too many redirects at ${url}`)
  }
  return {
    open: (url: string | URL) => visit(new URL(url)),
    /** Sends the page's form with what was filled in. */
    submit(page: Page, filled: Readonly<Record<string, string>>): Promise<Page> {
      const form = formOf(page.html)
      if (!form) throw new Error(`there is no form at ${page.url}: ${page.html}`)
      return visit(new URL(form.action, page.url), 'POST', new URLSearchParams({ ...form.fields, ...filled }).toString())
    },
  }
}

export interface SignIn {
  readonly who: string
  readonly password: string
  /** The code of a device, where its page asks for one. */
  readonly code: string | null
}

/** Fills in whatever form comes, until none does. */
export async function signInOnPages(ca: string | null, url: string, { who, password, code }: SignIn): Promise<Page> {
  const browser = openBrowser(ca)
  let page = await browser.open(url)
  for (let step = 0; step < 8; step += 1) {
    const form = formOf(page.html)
    if (!form) return page
    const values: Readonly<Record<string, string>> = { username: who, login: who, password, ...(code ? { user_code: code } : {}) }
    const wanted = form.names.filter((name) => name in values && !(name in form.fields && form.fields[name]))
    page = await browser.submit(page, Object.fromEntries(wanted.map((name) => [name, values[name] ?? ''])))
  }
  throw new Error(`still asked something at ${page.url}: ${page.html}`)
}
