// Identity providers, one's own sign-in and accounts for emergencies, as the native API shows them.

import type { Output } from '../contract/routes.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { readEmergencyAccess } from '../operations/emergency-access.ts'
import {
  addProvider,
  changeProvider,
  linkIdentity,
  listIdentities,
  listProviders,
  type NewProvider,
  type ProviderEdit,
  type ProviderRow,
  readProvider,
  removeProvider,
  unlinkIdentity,
} from '../operations/identity-providers.ts'
import { listSessions, revokeSession } from '../operations/sessions.ts'
import { callbackOf, discover } from './authority/external-provider.ts'
import { readNameCursor, writeCursor } from './native-cursor.ts'
import type { Handlers } from './native-handlers.ts'

const at = (instant: Instant | null): string | null => (instant === null ? null : formatInstant(instant))

/** Our own address, as tokens are judged by: a provider is told of no other. */
const view = (publicUrl: string, p: ProviderRow): Output<'identityProvider'> => {
  const { id, name, displayName, issuer, clientId, enabled, hasSecret, settings, createdAt } = p
  const { scopes, contexts, ...rest } = settings
  return {
    ...{ id, name, displayName, issuer, clientId, enabled, hasSecret, createdAt: formatInstant(createdAt) },
    ...(structuredClone({ ...rest, scopes, contexts }) as unknown as Pick<Output<'identityProvider'>, 'scopes'>),
    redirectUri: callbackOf(publicUrl, p),
  } as Output<'identityProvider'>
}

/** What was said, without what was not. */
const said = <T extends object>(sent: T): T => Object.fromEntries(Object.entries(sent).filter(([, value]) => value !== undefined)) as T

const shown = (publicUrl: string, done: Result<ProviderRow>) => (done.ok ? ok(view(publicUrl, done.value)) : done)

/** What the settings count on and the provider does not say that it offers: it need not say, so it is no refusal. */
function doubtsOf(
  p: ProviderRow,
  { acr_values_supported: acr, scopes_supported: scopes, code_challenge_methods_supported: pkce }: Record<string, unknown>,
) {
  const list = (value: unknown): readonly string[] | null => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : null)
  const lacks = (offered: unknown, wanted: readonly string[], what: string) =>
    wanted.filter((one) => list(offered)?.includes(one) === false).map((one) => `${what} \`${one}\` is not among those it names`)
  return [
    ...lacks(acr, Object.values(p.settings.contexts).flat(), '`acr`'),
    ...lacks(scopes, p.settings.scopes, 'scope'),
    ...(list(pkce)?.includes('S256') ? [] : ['it does not name `S256` as a code challenge: it may ignore ours']),
  ]
}

type Names =
  | 'signOut'
  | 'emergencyAccess'
  | 'identityProviders'
  | 'identityProvider'
  | 'addIdentityProvider'
  | 'changeIdentityProvider'
  | 'removeIdentityProvider'
  | 'testIdentityProvider'
  | 'identityLinks'
  | 'linkIdentity'
  | 'unlinkIdentity'

export const PROVIDER_HANDLERS: Pick<Handlers, Names> = {
  async signOut(ctx, { call, claims }) {
    // What was signed on the machine has no sign-in to end; it ends by itself. Whoever may not act is told so all the same.
    if (claims.session === null) {
      const known = await listSessions(ctx, call, claims.oid)
      return known.ok ? ok({ ended: false }) : known
    }
    const done = await revokeSession(ctx, call, claims.oid, claims.session)
    return done.ok ? ok({ ended: true }) : done
  },
  async emergencyAccess(ctx, { call }) {
    const found = await readEmergencyAccess(ctx, call)
    if (!found.ok) return found
    const { accounts, warnings, lastDrill } = found.value
    return ok({
      accounts: accounts.map(({ id, upn, displayName, passkeys, sealedAt, sealedUsedAt, problems }) => ({
        ...{ id, upn, displayName, passkeys, sealedSecret: sealedAt !== null },
        ...{ lastUsedAt: at(sealedUsedAt), problems: [...problems] },
      })),
      warnings: [...warnings],
      lastDrill: lastDrill && { at: formatInstant(lastDrill.at), outcome: String(lastDrill.data.outcome ?? '') },
    })
  },
  async identityProviders(ctx, { call, origin }) {
    const found = await listProviders(ctx, call)
    return found.ok ? ok({ items: found.value.map((p) => view(origin, p)), next: null }) : found
  },
  async identityProvider(ctx, { call, origin }, { params }) {
    return shown(origin, await readProvider(ctx, call, params.id))
  },
  async addIdentityProvider(ctx, { call, origin }, { body }) {
    const given = { displayName: body.name, ...said(body) } as unknown as NewProvider
    return shown(origin, await addProvider(ctx, call, given))
  },
  async changeIdentityProvider(ctx, { call, origin }, { params, body }) {
    return shown(origin, await changeProvider(ctx, call, params.id, said(body) as ProviderEdit))
  },
  removeIdentityProvider: (ctx, { call }, { params }) => removeProvider(ctx, call, params.id),
  async testIdentityProvider(ctx, { call }, { params }) {
    const found = await readProvider(ctx, call, params.id)
    if (!found.ok) return found
    const answer = await discover(found.value.issuer, ctx.now, true)
    if (!answer.ok) return answer
    const { metadata, keys } = answer.value
    const { issuer, authorization_endpoint: authorize, token_endpoint: token, acr_values_supported: acr } = metadata
    if (authorize === undefined || token === undefined) return refuse(fault('ProviderUnreachable', { detail: 'it names no endpoints' }))
    return ok({
      ...{ issuer, authorizationEndpoint: authorize, tokenEndpoint: token, keys: keys.keys.length },
      acrValues: Array.isArray(acr) ? acr.filter((one): one is string => typeof one === 'string').slice(0, 100) : [],
      doubts: doubtsOf(found.value, metadata),
    })
  },
  async identityLinks(ctx, { call }, { params, query }) {
    const after = readNameCursor(query.cursor)
    if (!after.ok) return after
    const found = await listIdentities(ctx, call, params.id, { after: after.value?.[1] ?? '', limit: query.limit })
    if (!found.ok) return found
    const last = found.value.length < query.limit ? undefined : found.value.at(-1)
    return ok({
      items: found.value.map(({ subject, principalId: id, displayName, upn, createdAt, lastUsedAt }) => ({
        ...{ subject, principal: { id, displayName, upn } },
        ...{ createdAt: formatInstant(createdAt), lastUsedAt: at(lastUsedAt) },
      })),
      next: last ? writeCursor(['link', last.subject]) : null,
    })
  },
  linkIdentity: (ctx, { call }, { params, body }) => linkIdentity(ctx, call, params.id, body.principal, body.subject),
  unlinkIdentity: (ctx, { call }, { params, body }) => unlinkIdentity(ctx, call, params.id, body.subject),
}
