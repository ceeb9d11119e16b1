// The doors over a world, without a socket: tokens are real, minted with a key made for the test file.

import { randomUUID } from 'node:crypto'
import { formatInstant } from '../../src/domain/time.ts'
import { createApp } from '../../src/http/app.ts'
import { generateSigningKey, type SigningKey } from '../../src/http/auth/keys.ts'
import { type MintedClaims, mintToken } from '../../src/http/auth/token.ts'
import type { Deps } from '../../src/http/deps.ts'
import { idOf, type Name, TENANT, type World } from './world.ts'

export const ORIGIN = 'https://pim.test'
const ISSUER = `${ORIGIN}/${TENANT}/v2.0`

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies of every dialect, judged by matchers
  readonly body: any
  readonly headers: Headers
}

export interface Doors {
  readonly deps: Deps
  readonly key: SigningKey
  readonly app: ReturnType<typeof createApp>
  token(who: Name, more?: Partial<MintedClaims>): Promise<string>
  /** Sends as somebody, with multifactor unless told otherwise. */
  send(who: Name | null, method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>
}

const silent = () => {}

export async function openDoors(w: World): Promise<Doors> {
  const key = await generateSigningKey()
  const deps: Deps = {
    ctx: w.ctx,
    verify: { keys: [key], issuer: ISSUER, tenantId: TENANT, origin: ORIGIN },
    publicUrl: ORIGIN,
    log: { debug: silent, info: silent, warn: silent, error: (data, words) => console.error(words, data) },
    ticks: () => 0,
    ready: async () => true,
  }
  const app = createApp(deps)
  const token: Doors['token'] = async (who, more = {}) => {
    const claims = {
      iss: ISSUER,
      aud: ORIGIN,
      tid: TENANT,
      oid: idOf(who),
      upn: `${who}@contoso.com`,
      amr: ['pwd', 'mfa'],
      auth_time: w.now(),
      ...more,
    }
    const minted = await mintToken(key, claims as MintedClaims, w.now(), 600)
    if (!minted.ok) throw new Error(minted.fault.words)
    return minted.value
  }
  return {
    deps,
    key,
    app,
    token,
    async send(who, method, path, body, headers = {}) {
      const authorization = who === null ? {} : { authorization: `Bearer ${await token(who)}` }
      const response = await app.request(`${ORIGIN}${path}`, {
        method,
        headers: { ...authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      })
      const text = await response.text()
      return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers }
    },
  }
}

/** A new GUID and the present instant as the published bodies want them: seven fraction digits. */
export const guid = (): string => randomUUID()
export const sevenDigits = (at: number): string => formatInstant(at).replace(/(\.\d{3})Z/, '$10000Z')
