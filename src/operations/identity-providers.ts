// Identity providers that people may sign in with: made, changed and removed by whoever runs the installation (D30). A client's secret is
// sealed and never shown again; who is whom there is written down by an administrator, one by one.

import { PLAIN_PROVIDER, type ProviderSettings } from '../domain/access/provider.ts'
import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import {
  deleteIdentity,
  deleteProvider,
  endSessionsOfProvider,
  type IdentityRow,
  insertIdentity,
  insertProvider,
  lockLinkable,
  lockProvider,
  type ProviderRow,
  selectIdentities,
  selectProvider,
  selectProviderSecret,
  selectProviders,
  writeProvider,
} from '../store/identity-providers.ts'
import { insertSource, updateSource } from '../store/identity-sources.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit, type Told } from './administer.ts'
import { authorizeInstallation } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { keepingAble } from './keep-able.ts'
import { adoptGroups } from './provider-groups.ts'
import { checkProvider } from './provider-rules.ts'
import { GUARD_LOCK } from './query-of.ts'
import { resolvePrincipal } from './resolve-names.ts'

export type { IdentityRow, ProviderRow } from '../store/identity-providers.ts'

export interface NewProvider extends Partial<ProviderSettings> {
  readonly name: string
  readonly displayName: string
  readonly issuer: string
  readonly clientId: string
  readonly secret: string | null
}

export interface ProviderEdit extends Partial<ProviderSettings> {
  readonly displayName?: string
  readonly clientId?: string
  readonly secret?: string
  readonly enabled?: boolean
}

const about = (subjectId: string, action: string, data: Told['data'] = {}): Told => ({
  subject: 'identityProvider',
  subjectId,
  action,
  data,
})
const missing = (id: string) => refuse(fault('ProviderNotFound', { id: id.slice(0, 200) }))

const TAKEN = {
  identity_providers_name_is_unique: fault('ProviderExists', { what: 'the name' }),
  identity_providers_issuer_is_unique: fault('ProviderExists', { what: 'the issuer' }),
  external_identities_pkey: fault('ProviderExists', { what: 'a link of this subject' }),
  external_identities_one_each: fault('ProviderExists', { what: 'a link of this person' }),
}

/** What a secret is sealed for. */
const secretAbout = (providerId: string): string => `identity-provider ${providerId}`

/** A provider by its id or name. Fault: `ProviderNotFound`. */
async function named(tx: Sql, word: string): Promise<Result<ProviderRow>> {
  const found = await selectProvider(tx, isGuid(word) ? { id: word.toLowerCase() } : { name: word })
  return found ? ok(found) : missing(word)
}

/** What was said, without what was not. */
function settingsOf(before: ProviderSettings, said: Partial<ProviderSettings>): ProviderSettings {
  const names = Object.keys(PLAIN_PROVIDER) as (keyof ProviderSettings)[]
  return Object.fromEntries(
    names.map((name) => [name, said[name] === undefined ? before[name] : said[name]]),
  ) as unknown as ProviderSettings
}

/** Whom it brings is kept by a source of its own: what that keeps, nobody else's word changes. */
async function withSource(ctx: Ctx, tx: Sql, call: Call, p: ProviderRow, now: Instant): Promise<Result<ProviderRow>> {
  if (p.settings.createPeople === null && p.settings.groups === null) return ok(p)
  const id = p.sourceId ?? ctx.ids()
  const source = {
    id,
    kind: 'oidc' as const,
    name: `sign-in by ${p.name}`,
    settings: {},
    adopt: false,
    enabled: true,
    state: {},
    createdAt: now,
  }
  if (p.sourceId === null) await insertSource(tx, source, null)
  else await updateSource(tx, id, { enabled: p.enabled })
  const adopted = await adoptGroups({ ctx, tx, now, source, call, pushed: false }, p.settings.groups?.names ?? {})
  return adopted.ok ? ok({ ...p, sourceId: id }) : adopted
}

/** Adds a provider. Faults: `Forbidden`, `InvalidProvider`, `ProviderExists`, `IdentityConflict`, `InvalidObject`. */
export function addProvider(ctx: Ctx, call: Call, given: NewProvider): Promise<Result<ProviderRow>> {
  const id = ctx.ids()
  const told = about(id, 'addIdentityProvider', { name: given.name, issuer: given.issuer })
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<ProviderRow>>> => {
    const { name, displayName, issuer, clientId, secret } = given
    const settings = settingsOf(PLAIN_PROVIDER, given)
    const row = {
      id,
      name,
      displayName,
      issuer,
      clientId,
      enabled: true,
      settings,
      sourceId: null,
      createdAt: now,
      hasSecret: secret !== null,
    }
    const fits = checkProvider(row, ctx.tenant().domains)
    if (!fits.ok) return fits
    const whole = await withSource(ctx, tx, call, row, now)
    if (!whole.ok) return whole
    await insertProvider(tx, whole.value, secret === null ? null : ctx.sealer.seal(secret, secretAbout(id)))
    return ok({ value: whole.value, told })
  }
  return administer(ctx, call, told, edit, TAKEN)
}

/** Edits a provider under its lock. */
const editing = <T>(
  ctx: Ctx,
  call: Call,
  word: string,
  action: string,
  work: (tx: Sql, p: ProviderRow, now: Instant) => Promise<Result<Edit<T>>>,
): Promise<Result<T>> =>
  administer<T>(
    ctx,
    call,
    about(word.slice(0, 200), action),
    async (tx, now) => {
      const found = await named(tx, word)
      if (!found.ok) return found
      const held = await lockProvider(tx, found.value.id)
      return held ? keepingAble(tx, now, () => work(tx, held, now)) : missing(word)
    },
    TAKEN,
    GUARD_LOCK,
  )

/** Is all that its words were worth still worth the same? Whoever came in by more than that signs in anew. */
function proves(next: ProviderSettings, before: ProviderSettings): boolean {
  const stays = (table: 'acr' | 'amr') => Object.entries(before[table]).every(([word, worth]) => next[table][word] === worth)
  return stays('acr') && stays('amr') && (before.device === null || JSON.stringify(before.device) === JSON.stringify(next.device))
}

/**
 * Changes a provider; its issuer stays, since all that is linked is linked there. Turned off, or worth less than it was, whoever signed in
 * by it is signed out.
 * Faults: `Forbidden`, `ProviderNotFound`, `InvalidProvider`, `IdentityConflict`, `InvalidObject`.
 */
export const changeProvider = (ctx: Ctx, call: Call, word: string, said: ProviderEdit): Promise<Result<ProviderRow>> =>
  editing(ctx, call, word, 'changeIdentityProvider', async (tx, p, now) => {
    const { displayName = p.displayName, clientId = p.clientId, enabled = p.enabled, secret } = said
    const settings = settingsOf(p.settings, said)
    const next = { ...p, displayName, clientId, enabled, settings, hasSecret: p.hasSecret || secret !== undefined }
    const fits = checkProvider(next, ctx.tenant().domains)
    if (!fits.ok) return fits
    const whole = await withSource(ctx, tx, call, next, now)
    if (!whole.ok) return whole
    await writeProvider(tx, whole.value, secret === undefined ? undefined : ctx.sealer.seal(secret, secretAbout(p.id)))
    if (!enabled || !proves(settings, p.settings)) await endSessionsOfProvider(tx, p.id, null, now)
    const fields = Object.keys(said).join(',')
    return ok({ value: whole.value, told: fields === '' ? null : about(p.id, 'changeIdentityProvider', { name: p.name, fields, enabled }) })
  })

/** Removes a provider and all links; whoever signed in by it is signed out. Faults: `Forbidden`, `ProviderNotFound`. */
export const removeProvider = (ctx: Ctx, call: Call, word: string): Promise<Result<{ readonly id: string }>> =>
  editing(ctx, call, word, 'removeIdentityProvider', async (tx, p, now) => {
    await endSessionsOfProvider(tx, p.id, null, now)
    if (p.sourceId !== null) await updateSource(tx, p.sourceId, { enabled: false })
    await deleteProvider(tx, p.id)
    return ok({ value: { id: p.id }, told: about(p.id, 'removeIdentityProvider', { name: p.name, issuer: p.issuer }) })
  })

/** All providers. Fault: `Forbidden`. */
export async function listProviders(ctx: Ctx, call: Call): Promise<Result<readonly ProviderRow[]>> {
  const allowed = await authorizeInstallation(ctx, call)
  return allowed.ok ? ok(await selectProviders(ctx.db, false)) : allowed
}

/** One provider. Faults: `Forbidden`, `ProviderNotFound`. */
export async function readProvider(ctx: Ctx, call: Call, word: string): Promise<Result<ProviderRow>> {
  const allowed = await authorizeInstallation(ctx, call)
  return allowed.ok ? named(ctx.db, word) : allowed
}

/** Who is whom at a provider, by subject. Faults: `Forbidden`, `ProviderNotFound`. */
export async function listIdentities(
  ctx: Ctx,
  call: Call,
  word: string,
  page: { readonly after: string; readonly limit: number },
): Promise<Result<readonly IdentityRow[]>> {
  const found = await readProvider(ctx, call, word)
  return found.ok ? ok(await selectIdentities(ctx.db, found.value.id, page.after, page.limit)) : found
}

/** Links a person to a subject of a provider. Faults: `Forbidden`, `ProviderNotFound`, `SubjectNotFound`, `InvalidProvider`, `ProviderExists`. */
export async function linkIdentity(
  ctx: Ctx,
  call: Call,
  word: string,
  who: string,
  subject: string,
): Promise<Result<{ readonly id: string }>> {
  const allowed = await authorizeInstallation(ctx, call)
  if (!allowed.ok) return allowed
  const person = await resolvePrincipal(ctx, call, who)
  if (!person.ok) return person
  const { id } = person.value
  return editing(ctx, call, word, 'linkIdentity', async (tx, p, now) => {
    const found = await lockLinkable(tx, id)
    if (found?.kind !== 'user') return refuse(fault('SubjectNotFound', { id: who }))
    if (found.emergency)
      return refuse(fault('InvalidProvider', { detail: 'an account for emergencies signs in by itself, whoever else is down' }))
    await insertIdentity(tx, p.id, subject, id, now)
    return ok({ value: { id }, told: { ...about(p.id, 'linkIdentity', { name: p.name, subject }), principalId: id } })
  })
}

/** Takes a link away, and ends what was signed in by it. Faults: `Forbidden`, `ProviderNotFound`, `ResourceNotFound`. */
export const unlinkIdentity = (ctx: Ctx, call: Call, word: string, subject: string): Promise<Result<{ readonly id: string }>> =>
  editing(ctx, call, word, 'unlinkIdentity', async (tx, p, now) => {
    const id = await deleteIdentity(tx, p.id, subject)
    if (id === null) return refuse(fault('ResourceNotFound', { id: subject.slice(0, 200) }))
    await endSessionsOfProvider(tx, p.id, id, now)
    return ok({ value: { id }, told: { ...about(p.id, 'unlinkIdentity', { name: p.name, subject }), principalId: id } })
  })

/** The client's secret, opened; null for a public client. Throws where the sealing key is another. */
export async function providerSecret(ctx: Ctx, id: string): Promise<string | null> {
  const sealed = await selectProviderSecret(ctx.db, id)
  return sealed === null ? null : ctx.sealer.open(sealed, secretAbout(id))
}
