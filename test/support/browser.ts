// A browser without scripts, as far as sign-in pages need one: cookies by path, forms by their fields, redirects one at a time.

import { expect } from 'vitest'

interface Cookie {
  readonly name: string
  readonly value: string
  readonly path: string
}

export interface Page {
  readonly status: number
  readonly url: string
  readonly text: string
  readonly headers: Headers
  /** Where it wants to be taken; null where it does not. */
  readonly location: string | null
}

export class Browser {
  readonly origin: string
  #cookies: readonly Cookie[] = []

  constructor(origin: string) {
    this.origin = origin
  }

  #keep(headers: Headers) {
    for (const line of headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim())
      const at = pair.indexOf('=')
      const path = attributes.find((one) => /^path=/i.test(one))?.slice(5) ?? '/'
      const cookie = { name: pair.slice(0, at), value: pair.slice(at + 1), path }
      expect(line.toLowerCase()).toContain('httponly')
      expect(line.toLowerCase()).toMatch(/samesite=(lax|strict)/)
      const others = this.#cookies.filter((one) => !(one.name === cookie.name && one.path === cookie.path))
      this.#cookies = cookie.value === '' || /expires=thu, 01 jan 1970/i.test(line) ? others : [...others, cookie]
    }
  }

  /** Puts a cookie there, as somebody else might. */
  plant(name: string, value: string) {
    this.#cookies = [...this.#cookies, { name, value, path: '/' }]
  }

  cookies(path: string): string {
    return this.#cookies
      .filter((one) => path === one.path || path.startsWith(one.path.endsWith('/') ? one.path : `${one.path}/`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
  }

  async open(address: string, init: RequestInit = {}): Promise<Page> {
    const url = new URL(address, this.origin)
    const headers = { cookie: this.cookies(url.pathname), accept: 'text/html', ...(init.headers as Record<string, string>) }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    this.#keep(response.headers)
    const location = response.headers.get('location')
    const text = await response.text()
    if (response.headers.get('content-type')?.includes('html')) expectSafe(text, response.headers)
    return { status: response.status, url: url.href, text, headers: response.headers, location: location && new URL(location, url).href }
  }

  /** Follows redirects as long as they stay with us. */
  async go(address: string, init: RequestInit = {}): Promise<Page> {
    let page = await this.open(address, init)
    for (let hops = 0; page.location?.startsWith(`${this.origin}/`) && hops < 10; hops++) page = await this.open(page.location)
    return page
  }

  /** Sends a form of a page with what is typed into it: the first that needs no script, or the one that leads to `action`. */
  submit(page: Page, typed: Readonly<Record<string, string>>, action = ''): Promise<Page> {
    const forms = [...page.text.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, head = '', body = '']) => ({
      action: /action="([^"]*)"/.exec(head)?.[1]?.replaceAll('&amp;', '&') ?? '',
      scripted: / hidden\b/.test(head),
      body,
    }))
    const form = forms.find((one) => (action === '' ? !one.scripted : one.action === action))
    const hidden = [...(form?.body ?? '').matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(
      (m) => [m[1], m[2]] as [string, string],
    )
    return this.go(form?.action ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: this.origin },
      body: new URLSearchParams({ ...Object.fromEntries(hidden), ...typed }).toString(),
    })
  }
}

/** What every page of ours must be: no script but the one that we serve, framed by nobody, sent nowhere else. */
function expectSafe(text: string, headers: Headers) {
  const policy = headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|script-src (?!'self'[;])/)
  // What stands in quotes is a value, escaped.
  const ours = policy.includes("script-src 'self'") ? '<script src="/authority/passkey.js" defer></script>' : ''
  expect(text.replace(ours, '').replace(/"[^"]*"/g, '""')).not.toMatch(/<script|<[^>]*\son\w+=|javascript:/i)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('cache-control')).toMatch(/no-store/)
  expect(headers.get('referrer-policy')).toBe('no-referrer')
}
