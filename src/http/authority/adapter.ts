// Where the library keeps its state, and where it finds its clients: our store, through the operations.

import { randomBytes } from 'node:crypto'
import type { ProviderAdapter } from 'oidc-provider'
import { SECOND } from '../../domain/time.ts'
import { type SigningApp, signingApp } from '../../operations/app-sign-in.ts'
import { authorityState } from '../../operations/authority-state.ts'
import type { Ctx } from '../../operations/context.ts'
import { asking } from './asking.ts'
import { errors } from './library.ts'

/**
 * What every client shows the library. We judge an application's credentials ourselves, for one may have several secrets, certificates
 * and issuers; only then is its request handed on, with this. It never leaves the process, and what a caller sends is replaced by it.
 */
export const INNER_SECRET = randomBytes(32).toString('base64url')

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

function grantsOf(app: SigningApp): readonly string[] {
  return [
    'client_credentials',
    'refresh_token',
    ...(app.redirectUris.length > 0 ? ['authorization_code'] : []),
    ...(app.publicClient ? [DEVICE_GRANT] : []),
    ...(app.passwordGrant ? ['password'] : []),
  ]
}

const metadataOf = (app: SigningApp, alg: string) => ({
  client_id: app.appId,
  client_name: app.displayName,
  client_secret: INNER_SECRET,
  token_endpoint_auth_method: 'client_secret_post',
  // Any port of the loopback for programs on somebody's machine (RFC 8252).
  application_type: app.publicClient ? 'native' : 'web',
  redirect_uris: [...app.redirectUris],
  response_types: app.redirectUris.length > 0 ? ['code'] : [],
  response_modes: ['query', 'fragment'],
  grant_types: grantsOf(app),
  id_token_signed_response_alg: alg,
  is_public: app.publicClient,
})

const unused = (): Promise<never> => Promise.reject(new Error('clients are registered by `stint app`'))

/** Applications, as the library's clients. */
const clients = (ctx: Ctx, alg: string): ProviderAdapter => ({
  async find(id) {
    const known = asking().app
    const app = known?.appId === id ? known : await signingApp(ctx, id)
    return app?.enabled ? metadataOf(app, alg) : undefined
  },
  upsert: unused,
  findByUid: unused,
  findByUserCode: unused,
  consume: unused,
  destroy: unused,
  revokeByGrantId: unused,
})

// A device polls, and may send a poll again that was only slow. The second buys nothing, but is no reason to end what the first bought,
// as the library would do: within a moment both are taken for one.
const SIDE_BY_SIDE_SECONDS = 5
const isSideBySide = (usedAt: number, ctx: Ctx): boolean => ctx.now() / SECOND - usedAt < SIDE_BY_SIDE_SECONDS

/** The library's adapter: one for each of its models. */
export const adapterOf =
  (ctx: Ctx, alg: string) =>
  (model: string): ProviderAdapter => {
    if (model === 'Client') return clients(ctx, alg)
    const state = authorityState(ctx, model)
    const grants = authorityState(ctx, 'Grant')
    const refreshTokens = authorityState(ctx, 'RefreshToken')
    const used = () => new errors.InvalidGrant('already used')
    return {
      async upsert(id, payload, seconds) {
        const saved = await state.save(id, payload, seconds)
        if (!saved.ok) throw used()
      },
      async find(id) {
        const found = await state.find(id)
        if (model === 'DeviceCode' && typeof found?.consumed === 'number' && isSideBySide(found.consumed, ctx)) throw used()
        return found ?? undefined
      },
      findByUid: async (uid) => (await state.findByUid(uid)) ?? undefined,
      findByUserCode: async (code) => (await state.findByUserCode(code)) ?? undefined,
      async consume(id) {
        const first = await state.use(id)
        if (first.ok) return
        if (model === 'DeviceCode') throw used()
        // Two at once: one of them is a thief, and nobody can tell which. What was granted ends for both.
        const grantId = (await state.find(id))?.grantId
        if (typeof grantId === 'string') await Promise.all([refreshTokens.dropOfGrant(grantId), grants.drop(grantId)])
        throw used()
      },
      destroy: (id) => state.drop(id),
      revokeByGrantId: (grantId) => state.dropOfGrant(grantId),
    }
  }
