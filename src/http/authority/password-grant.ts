// The password grant: only for accounts that the operator marked for it, and applications that may. The library has no such grant, so
// this issues by its parts what it issues elsewhere.

import type { OidcContext, Provider } from 'oidc-provider'
import { fault } from '../../domain/faults.ts'
import { SECOND } from '../../domain/time.ts'
import type { Ctx } from '../../operations/context.ts'
import { joinSession } from '../../operations/sessions.ts'
import { type SignedIn, signInByGrant } from '../../operations/sign-in.ts'
import { asking } from './asking.ts'
import { accountOf } from './claims.ts'
import { allResources, carried, grantAll, LIVES, resourceInfo } from './issuing.ts'
import { resourceOf } from './resources.ts'

const SCOPE = 'openid profile email offline_access .default'

async function signIn(ctx: Ctx, params: Readonly<Record<string, unknown>>): Promise<SignedIn> {
  const about = asking()
  const { username, password } = params
  if (typeof username !== 'string' || typeof password !== 'string')
    throw carried(fault('InvalidSignIn', { detail: '`username` and `password` are required' }))
  const signed = await signInByGrant(
    ctx,
    { name: username, password },
    {
      address: about.address,
      browser: null,
      appId: about.app?.appId ?? '',
      agent: about.agent,
      bound: about.wanted.bound,
      correlationId: about.correlationId,
      // What is wanted is judged with the claims, in the words that clients know.
      wish: { contexts: [], methods: [] },
    },
  )
  if (!signed.ok) throw carried(signed.fault)
  return signed.value
}

/** The library's handler of the grant. */
export const passwordGrant =
  (provider: Provider, ctx: Ctx, { origin, alg }: { origin: string; alg: string }) =>
  async (oidc: OidcContext) => {
    const about = asking()
    const { client, params = {} } = oidc.oidc
    const { person, session } = await signIn(ctx, params)
    const { asked } = about
    if (!asked) throw carried(fault('InvalidScope', { detail: 'name a resource, such as `https://graph.microsoft.com/.default`' }))
    about.person = person
    const at = Math.floor(ctx.now() / SECOND)
    const account = accountOf(ctx, person)
    oidc.oidc.entity('Account', account)

    const { id: grantId } = await grantAll(provider, person.id, client?.clientId ?? '', origin)
    await joinSession(ctx, session, grantId)
    const first = resourceOf(asked.kind, origin)
    const source = {
      ...{ client, accountId: person.id, grantId, gty: 'password', scope: SCOPE },
      ...{ amr: [...person.methods], authTime: at, resource: allResources(first, origin) },
    }
    about.source = source
    const access = new provider.AccessToken({ client, accountId: person.id, grantId, gty: 'password' })
    access.resourceServer = new provider.ResourceServer(first, resourceInfo(origin, alg, first))
    access.scope = '.default'
    oidc.oidc.entity('AccessToken', access)
    const refresh = new provider.RefreshToken({ ...source, rotations: 0 })
    const id = new provider.IdToken({ ...account.claims(), amr: source.amr, auth_time: at }, { ctx: oidc })
    id.scope = 'openid profile'
    oidc.body = {
      access_token: await access.save(),
      refresh_token: await refresh.save(),
      id_token: await id.issue({ use: 'idtoken' }),
      expires_in: LIVES.access,
      token_type: 'Bearer',
    }
  }
