// Cookies of our own pages: marked secure and bound to the host over https, never set or taken over plain http beyond the machine itself.

import { isIP } from 'node:net'
import type { Context } from 'hono'
import { rememberBrowser } from '../operations/throttle.ts'
import type { Deps } from './deps.ts'

const isLoopbackName = (host: string): boolean => host === 'localhost' || host === '[::1]' || (isIP(host) === 4 && host.startsWith('127.'))
const isLoopbackPeer = (address: string): boolean => /^(?:::1$|(?:::ffff:)?127\.)/.test(address)

interface Incoming {
  readonly incoming?: { readonly socket?: { readonly remoteAddress?: string; readonly encrypted?: boolean } }
}

/**
 * May cookies go over this connection? Only over https, or within the machine: the public address says how browsers come here, the peer
 * and the proxy that is trusted say how this one did.
 */
export function mayHaveCookies(c: Context, { publicUrl, isTrustedProxy = () => false }: Deps): boolean {
  const { protocol, hostname } = new URL(publicUrl)
  const socket = (c.env as Incoming | undefined)?.incoming?.socket
  const peer = socket?.remoteAddress
  if (protocol !== 'https:') return isLoopbackName(hostname) && (peer === undefined || isLoopbackPeer(peer) || isTrustedProxy(peer))
  if (peer === undefined || socket?.encrypted) return true
  if (!isTrustedProxy(peer)) return isLoopbackPeer(peer)
  return (c.req.header('x-forwarded-proto') ?? 'https').split(',').at(-1)?.trim().toLowerCase() === 'https'
}

const isSecure = (deps: Deps): boolean => deps.publicUrl.startsWith('https:')
const nameOf = (deps: Deps, name: string): string => (isSecure(deps) ? `__Host-stint_${name}` : `stint_${name}`)

/** A cookie of ours; null where there is none, two that differ, or the connection may have none. */
export function readCookie(c: Context, deps: Deps, name: string): string | null {
  if (!mayHaveCookies(c, deps)) return null
  const pairs = (c.req.header('cookie') ?? '').split(';').map((pair) => pair.trim())
  const values = new Set(pairs.filter((pair) => pair.startsWith(`${nameOf(deps, name)}=`)).map((pair) => pair.slice(pair.indexOf('=') + 1)))
  const [value] = values
  return values.size === 1 && value !== undefined && /^[\w-]{1,2000}$/.test(value) ? value : null
}

export type SameSite = 'Strict' | 'Lax'

/** A cookie for `seconds`; none where the connection may have none. */
export function setCookie(
  c: Context,
  deps: Deps,
  response: Response,
  name: string,
  value: string,
  seconds: number,
  sameSite: SameSite,
): void {
  if (!mayHaveCookies(c, deps)) return
  const secure = isSecure(deps) ? '; Secure' : ''
  response.headers.append(
    'set-cookie',
    `${nameOf(deps, name)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=${sameSite}${secure}`,
  )
}

export const dropCookie = (c: Context, deps: Deps, response: Response, name: string): void =>
  setCookie(c, deps, response, name, '', 0, 'Strict')

const KNOWN = 'known'
const KNOWN_SECONDS = 180 * 24 * 3_600

/** The cookie of a browser that signed in before: it has a budget of guesses of its own. */
export const knownBrowser = (c: Context, deps: Deps): string | null => readCookie(c, deps, KNOWN)

/** Remembers that this person signed in here. */
export const rememberThis = (c: Context, deps: Deps, response: Response, personId: string): void =>
  setCookie(c, deps, response, KNOWN, rememberBrowser(deps.ctx, knownBrowser(c, deps), personId), KNOWN_SECONDS, 'Lax')

/**
 * Was a form sent by a page of ours? Browsers say so themselves; whoever says nothing is none. Beside the form's own token.
 */
export function isOwnForm(c: Context, { publicUrl }: Deps): boolean {
  const site = c.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  return c.req.header('origin') === new URL(publicUrl).origin
}
