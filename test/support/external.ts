// A server of ours that knows identity providers, and a browser that signs in by them: for tests of the way there and back.

import { createHash, randomBytes } from 'node:crypto'
import { expect } from 'vitest'
import { type Authority, authorityServer, TOOL } from './authority.ts'
import { Browser, type Page } from './browser.ts'
import { type Peer, startPeer } from './oidc-peer.ts'

const REDIRECT = 'http://localhost/'
export const SECRET = 'a secret of the client, which nobody is shown'

export interface External {
  readonly server: Authority
  readonly peer: Peer
  /** A second one, that has nothing to do with the first. */
  readonly other: Peer
  begin(more?: Begin): Promise<Begun>
  /** Whatever it does ends in a page that says why, leads nowhere, and has signed nobody in. */
  refused(work: () => Promise<Page>, words?: RegExp): Promise<Page>
}

export interface Begin {
  readonly claims?: object
  /** Whose link on the sign-in page is followed. */
  readonly at?: string
  readonly scope?: string
}

export interface Begun {
  readonly browser: Browser
  /** Our sign-in page. */
  readonly page: Page
  /** The address at the provider that the browser was sent to. */
  readonly there: URL
  /** Comes back by an address and goes on as long as it stays with us. */
  back(address: string): Promise<Page>
  /** Through the provider, and back. */
  round(): Promise<Page>
  /** Buys the tokens of the code that a page leads to. */
  // biome-ignore lint/suspicious/noExplicitAny: judged by matchers
  buy(page: Page): Promise<{ status: number; body: any }>
}

/** Starts a server, and two providers that it is registered with as `peer` and `other`. */
export async function externalHouse(): Promise<External> {
  const server = await authorityServer()
  const client = (name: string) => ({
    client_id: 'stint',
    client_secret: SECRET,
    redirect_uris: [`${server.publicUrl}/authority/callback/${name}`],
  })
  const [peer, other] = await Promise.all([startPeer([client('peer')]), startPeer([client('other')])])
  const begin: External['begin'] = async ({
    claims,
    at = 'Peer',
    scope = `${server.publicUrl}/.default offline_access openid profile`,
  } = {}) => {
    const verifier = randomBytes(32).toString('base64url')
    const query = new URLSearchParams({
      ...{ client_id: TOOL, response_type: 'code', redirect_uri: REDIRECT, state: 's', scope, code_challenge_method: 'S256' },
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      ...(claims ? { claims: JSON.stringify(claims) } : {}),
    })
    const browser = new Browser(server.publicUrl)
    const page = await browser.go(`/common/oauth2/v2.0/authorize?${query}`)
    const link = [...page.text.matchAll(/<a [^>]*href="([^"]*)"[^>]*>Sign in with ([^<]*)</g)].find((m) => m[2] === at)?.[1]
    if (!link) throw new Error(`no link to ${at}: ${page.text}`)
    const away = await browser.open(link.replaceAll('&amp;', '&'))
    if (!away.location) throw new Error(`not sent away: ${away.text}`)
    const there = new URL(away.location)
    const back = (address: string) => browser.go(address)
    return {
      ...{ browser, page, there, back },
      round: async () => back(await (there.origin === other.issuer ? other : peer).through(there.href)),
      async buy(last) {
        const code = last.location === null ? null : new URL(last.location).searchParams.get('code')
        if (code === null) throw new Error(`no code: ${last.location} ${last.text}`)
        const { status, body } = await server.form('token', {
          ...{ client_id: TOOL, grant_type: 'authorization_code', code, redirect_uri: REDIRECT, code_verifier: verifier, scope },
          ...(claims ? { claims: JSON.stringify(claims) } : {}),
        })
        return { status, body }
      },
    }
  }
  const sessions = async (): Promise<number> =>
    (await server.database.db.query<{ n: number }>('select count(*)::int as n from sessions where provider_id is not null'))[0]?.n ?? 0
  const refused: External['refused'] = async (work, words = /does not count/) => {
    const before = await sessions()
    const page = await work()
    expect(page).toMatchObject({ status: 400, location: null })
    expect(page.text).toMatch(words)
    expect(await sessions()).toBe(before)
    return page
  }
  return { server, peer, other, begin, refused }
}
