// In which browser a sign-in was begun. The library's own cookies can be put into another browser by a neighbour of our name; whoever
// signed in there would end what somebody else began, and be them. Ours bears the mark that browsers let no neighbour set.

import type { Context } from 'hono'
import type { OidcInteraction } from 'oidc-provider'
import { readCookie, setCookie } from '../browser-cookies.ts'
import type { Deps } from '../deps.ts'
import { type At, innerOf } from './browser.ts'
import { LIVES } from './issuing.ts'
import { SIGN_IN } from './provider.ts'

const BEGUN = 'begun'
const ABOUT = 'sign-ins begun'
/** Side by side in one browser, the latest first; an older one is begun again. */
const MOST = 8

function begunIn(c: Context, deps: Deps): readonly string[] {
  const cookie = readCookie(c, deps, BEGUN)
  if (cookie === null) return []
  try {
    return JSON.parse(deps.ctx.sealer.open(Buffer.from(cookie, 'base64url'), ABOUT)) as readonly string[]
  } catch {
    return []
  }
}

/** Remembers the sign-in that an answer leads to, if it leads to one. */
export function rememberBegun(c: Context, deps: Deps, response: Response, location: string): void {
  const [, uid] = /\/sign-in\/([\w-]{1,100})$/.exec(location) ?? []
  if (uid === undefined) return
  const list = [uid, ...begunIn(c, deps).filter((one) => one !== uid)].slice(0, MOST)
  setCookie(c, deps, response, BEGUN, deps.ctx.sealer.seal(JSON.stringify(list), ABOUT).toString('base64url'), LIVES.interaction, 'Lax')
}

/** The sign-in that this very browser is in the middle of; its cookies must be the page's. Null if there is none. */
export async function begunHere({ c, deps, service }: At): Promise<OidcInteraction | null> {
  const uid = c.req.param('uid') ?? ''
  if (!begunIn(c, deps).includes(uid)) return null
  const found = await service.interaction(innerOf(c, `${SIGN_IN}/${uid}`, 'all'))
  return found?.uid === uid ? found : null
}
