// The library at work: built for the keys that sign now, built anew when they change, asked through the bridge.

import { createHmac, timingSafeEqual } from 'node:crypto'
import type { OidcInteraction, Provider } from 'oidc-provider'
import type { SigningKey } from '../auth/keys.ts'
import type { Deps } from '../deps.ts'
import { askInner, type Inner, type Outer, pairOf } from './bridge.ts'
import { derivedKey } from './derived-key.ts'
import { buildProvider } from './provider.ts'

export interface Service {
  /** Sends a form to one of the library's routes. `resources` are repeated, as its form wants it. */
  post(route: string, fields: Readonly<Record<string, string>>, resources?: readonly string[]): Promise<Outer>
  /** Sends a browser's request on: a page's path and query, its cookies, its form. */
  browse(inner: Inner): Promise<Outer>
  /** The sign-in that a browser is in the middle of, by its cookie. Null if there is none. */
  interaction(inner: Inner): Promise<OidcInteraction | null>
  /** Ends it with a result; answers where the browser goes on. */
  finish(inner: Inner, result: object): Promise<string>
  /** A stamp on a text that only we can make, in any of our processes. */
  stamp(text: string): Promise<string>
  stamped(text: string, stamp: string): Promise<boolean>
}

/** Makes the service over a ring of keys. */
export function openService(deps: Deps, keys: () => readonly SigningKey[]): Service {
  const origin = new URL(deps.publicUrl)
  let built: { readonly kids: string; readonly provider: Promise<Provider> } | null = null
  const provider = (): Promise<Provider> => {
    const now = keys()
    const kids = now.map(({ kid }) => kid).join(' ')
    if (built?.kids !== kids) {
      const one = { kids, provider: buildProvider(deps, now) }
      // One that could not be built is not kept.
      one.provider.catch(() => {
        if (built === one) built = null
      })
      built = one
    }
    return built.provider
  }
  const stampOf = async (text: string, key: SigningKey) =>
    createHmac('sha256', await derivedKey(key, 'stint forms'))
      .update(text)
      .digest()
  const browse = async (inner: Inner) => askInner((await provider()).callback(), inner, origin)
  return {
    browse,
    post(route, fields, resources = []) {
      const form = new URLSearchParams(fields)
      for (const resource of resources) form.append('resource', resource)
      return browse({ method: 'POST', url: route, headers: { accept: 'application/json' }, body: form.toString() })
    },
    async interaction(inner) {
      const { request, response } = pairOf(inner, origin)
      return (await provider()).interactionDetails(request, response).catch(() => null)
    },
    async finish(inner, result) {
      const { request, response } = pairOf(inner, origin)
      return (await provider()).interactionResult(request, response, result)
    },
    stamp: async (text) => (await stampOf(text, keys()[0]!)).toString('base64url'),
    async stamped(text, stamp) {
      const shown = Buffer.from(stamp, 'base64url')
      const ours = await Promise.all(keys().map((key) => stampOf(text, key)))
      return ours.some((one) => one.length === shown.length && timingSafeEqual(one, shown))
    },
  }
}
