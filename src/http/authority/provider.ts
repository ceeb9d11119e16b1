// The certified library, configured: which routes, what it may issue, how long it lives. It knows one set of routes under a prefix of
// its own; the addresses that clients know are brought there by the door (stack, section 4).

import { exportJWK } from 'jose'
import type { OidcContext, Provider as OidcProvider, OidcSource } from 'oidc-provider'
import { joinSession } from '../../operations/sessions.ts'
import { signedInPerson } from '../../operations/sign-in.ts'
import type { SigningKey } from '../auth/keys.ts'
import type { Deps } from '../deps.ts'
import { adapterOf } from './adapter.ts'
import { asking } from './asking.ts'
import { accountOf, extraClaims, shapeToken } from './claims.ts'
import { derivedKey } from './derived-key.ts'
import type { LibraryError } from './errors.ts'
import { grantAll, LIVES, resourceInfo } from './issuing.ts'
import { interactionPolicy, Provider } from './library.ts'
import { deviceConfirmPage, deviceDonePage, deviceInputPage } from './pages.ts'
import { passwordGrant } from './password-grant.ts'

/** Where the library's routes lie. */
const ROOT = '/authority'
export const ROUTES = {
  authorization: `${ROOT}/authorize`,
  token: `${ROOT}/token`,
  device_authorization: `${ROOT}/devicecode`,
  code_verification: `${ROOT}/device`,
  jwks: `${ROOT}/keys`,
  end_session: `${ROOT}/end`,
} as const
export const SIGN_IN = `${ROOT}/sign-in`

const { Check, Prompt } = interactionPolicy

// No single sign-on: each sign-in asks, so there is no session to steal and none to end.
const signsIn = () =>
  new Prompt(
    { name: 'login', requestable: true },
    new Check('sign_in', 'a sign-in is asked for each time', (ctx) => !ctx.oidc.result?.login),
  )

/** Builds the service for a set of keys, the one that signs first. */
export async function buildProvider(deps: Deps, keys: readonly SigningKey[]): Promise<OidcProvider> {
  const { ctx, publicUrl: origin, verify } = deps
  const [key] = keys
  if (!key) throw new Error('there is no key to sign with')
  const secure = origin.startsWith('https:')
  const cookie = { httpOnly: true, sameSite: 'lax', secure, signed: true, overwrite: true }
  const off = { enabled: false }
  const provider: OidcProvider = new Provider(verify.issuer, {
    adapter: adapterOf(ctx, key.alg),
    routes: ROUTES,
    jwks: { keys: [{ ...(await exportJWK(key.privateKey)), kid: key.kid, alg: key.alg, use: 'sig' }] },
    cookies: {
      keys: await Promise.all(keys.map((one) => derivedKey(one, 'stint cookies'))),
      names: { session: 'stint_form', interaction: 'stint_sign_in', resume: 'stint_resume' },
      long: cookie,
      short: cookie,
    },
    clientAuthMethods: ['client_secret_post'],
    enabledJWA: { idTokenSigningAlgValues: [key.alg] },
    extraClientMetadata: { properties: ['is_public'] },
    // What the client asked for, word for word: kept with a device code, since the answer must repeat it.
    // What a challenge wants goes along to the sign-in page and to what is issued; the library's own `claims` takes less than clients send.
    extraParams: ['asked_scope', 'asked_claims'],
    scopes: ['openid', 'profile', 'email', 'offline_access'],
    claims: { openid: ['sub', 'oid', 'tid', 'upn', 'preferred_username', 'name', 'ver'], profile: [], email: [] },
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: (_: OidcContext, client: { is_public?: boolean }) => client.is_public === true },
    clientBasedCORS: () => false,
    clockTolerance: 5,
    features: {
      devInteractions: off,
      dPoP: off,
      userinfo: off,
      rpInitiatedLogout: off,
      pushedAuthorizationRequests: off,
      clientCredentials: { enabled: true },
      deviceFlow: {
        enabled: true,
        deviceInfo: () => ({}),
        userCodeInputSource: deviceInputPage,
        userCodeConfirmSource: deviceConfirmPage,
        successSource: deviceDonePage,
      },
      resourceIndicators: {
        enabled: true,
        // Of several the first: the one that was asked for (see the door).
        defaultResource: (_: OidcContext, __: unknown, oneOf?: readonly string[]) => oneOf?.[0],
        useGrantedResource: () => true,
        getResourceServerInfo: ({ oidc }: OidcContext, resource: string) => {
          const device = oidc.entities.DeviceCode as OidcSource | undefined
          return resourceInfo(origin, key.alg, resource, device?.params?.asked_scope)
        },
      },
    },
    ttl: {
      AccessToken: LIVES.access,
      ClientCredentials: LIVES.access,
      IdToken: LIVES.access,
      AuthorizationCode: LIVES.code,
      DeviceCode: LIVES.device,
      Interaction: LIVES.interaction,
      Session: LIVES.form,
      RefreshToken: LIVES.refresh,
      Grant: LIVES.refresh,
    },
    formats: { customizers: { jwt: shapeToken } },
    extraTokenClaims: (oidc: OidcContext, token: Parameters<typeof extraClaims>[3]) => extraClaims(ctx, origin, oidc, token),
    expiresWithSession: () => false,
    issueRefreshToken: (_: OidcContext, client: { grantTypeAllowed(type: string): boolean }) => client.grantTypeAllowed('refresh_token'),
    // Programs of one person share a cache and refresh side by side: theirs stay the same until they end. Others' are used once.
    rotateRefreshToken: (oidc: OidcContext) => oidc.oidc.client?.is_public !== true,
    interactions: { policy: [signsIn()], url: (_: OidcContext, { uid }: { uid: string }) => `${SIGN_IN}/${uid}` },
    async loadExistingGrant({ oidc }: OidcContext) {
      const made = await grantAll(provider, oidc.account?.accountId ?? '', oidc.client?.clientId ?? '', origin)
      await joinSession(ctx, oidc.result?.login?.session ?? '', made.id)
      return made.grant
    },
    async findAccount(_: OidcContext, id: string) {
      const person = await signedInPerson(ctx, id)
      asking().person = person
      return person ? accountOf(ctx, person) : undefined
    },
    renderError(oidc: OidcContext, _out: unknown, error: LibraryError) {
      // The page is made by the door, which knows the request.
      asking().error = error
      oidc.body = ''
    },
  })
  provider.registerGrantType('password', passwordGrant(provider, ctx, { origin, alg: key.alg }), [
    'username',
    'password',
    'scope',
    'resource',
  ])
  const note = (_: OidcContext, error: LibraryError) => {
    asking().error = error
  }
  for (const event of ['grant', 'authorization', 'device_authorization', 'code_verification', 'device_resume'])
    provider.on(`${event}.error`, note)
  // What its framework catches: a failure of ours, and only for our log.
  provider.on('error', (err) => deps.log.error({ err }, 'the token service failed'))
  provider.on('server_error', (_, error) => {
    note(_, error)
    if (!(error as LibraryError).fault) deps.log.error({ err: error }, 'the token service failed')
  })
  return provider
}
