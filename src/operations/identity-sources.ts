// Sources of identities, looked after by whoever runs the installation (D30): made, changed, taken away; the tokens of those that push;
// what the reading of the others said.

import { fault } from '../domain/faults.ts'
import type { Source, SourceKind } from '../domain/identity/source.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { DAY, type Instant } from '../domain/time.ts'
import {
  countKept,
  deleteSource,
  insertSource,
  insertToken,
  lockSource,
  revokeTokenRow,
  type SourceEdit,
  selectSource,
  selectSources,
  selectTokens,
  type TokenRow,
  updateSource,
  writeSourceState,
} from '../store/identity-sources.ts'
import { selectDoneBySources } from '../store/identity-writes.ts'
import { selectNamed } from '../store/principals.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit, type Told } from './administer.ts'
import { authorizeInstallation, authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { randomSecret } from './identity-secret.ts'
import { hashOf } from './secret-hash.ts'

const MOST_TOKENS = 50
const MOST_DAYS = 730

const notFound = (id: string) => refuse(fault('IdentitySourceNotFound', { id }))
const EXISTS = (name: string) => ({ identity_sources_name_is_unique: fault('IdentitySourceExists', { name }) })

const told = (subjectId: string, action: string, data: Told['data'] = {}): Told => ({ subject: 'identitySource', subjectId, action, data })

/** A source by its id or name, in a transaction. Fault: `IdentitySourceNotFound`. */
export async function sourceNamed(tx: Sql, word: string): Promise<Result<Source>> {
  const found = await selectSource(tx, isGuid(word) ? word.toLowerCase() : null, word)
  return found ? ok(found) : notFound(word)
}

export interface NewSource {
  readonly kind: SourceKind
  readonly name: string
  readonly adopt: boolean
  readonly settings: Readonly<Record<string, unknown>>
}

// A secret in the settings would lie in the database in the clear.
const SECRET = /password|secret|token|credential$/i
const isReference = (v: unknown): boolean =>
  typeof v === 'object' && v !== null && ['env', 'file'].some((key) => typeof (v as Record<string, unknown>)[key] === 'string')

function settingsObjection(settings: NewSource['settings']): string | null {
  const bare = Object.entries(settings).find(([name, v]) => SECRET.test(name) && !isReference(v))
  if (bare) return `\`${bare[0]}\` is named by {"env": "…"} or {"file": "…"}, never given`
  return JSON.stringify(settings).length > 20_000 ? 'the settings are longer than 20000 characters' : null
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: what nobody can see in a name is refused
const UNPRINTABLE = /[\u0000-\u001f\u007f]/

/** Adds a source. Faults: `Forbidden`, `InvalidIdentitySource`, `IdentitySourceExists`. */
export function addSource(ctx: Ctx, call: Call, given: NewSource): Promise<Result<Source>> {
  const id = ctx.ids()
  const about = told(id, 'addIdentitySource', { name: given.name, kind: given.kind, adopt: given.adopt })
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<Source>>> => {
    const wrong =
      isGuid(given.name) || UNPRINTABLE.test(given.name) ? 'its name must be printable and no id' : settingsObjection(given.settings)
    if (wrong !== null) return refuse(fault('InvalidIdentitySource', { detail: wrong }))
    const source: Source = { ...given, id, enabled: true, state: {}, createdAt: now }
    await insertSource(tx, source, given.kind === 'ldap' ? now : null)
    return ok({ value: source, told: about })
  }
  return administer(ctx, call, about, edit, EXISTS(given.name))
}

/** Edits a source under its lock; `work` answers null where nothing is to change. */
function editSource<T>(
  ctx: Ctx,
  call: Call,
  word: string,
  action: string,
  work: (tx: Sql, s: Source, now: Instant) => Promise<Result<Edit<T>>>,
) {
  const about = told(word.slice(0, 200), action)
  return administer<T>(ctx, call, about, async (tx, now) => {
    const found = await sourceNamed(tx, word)
    if (!found.ok) return found
    const source = await lockSource(tx, found.value.id)
    return source ? work(tx, source, now) : notFound(word)
  })
}

/** Changes a source. Faults: `Forbidden`, `IdentitySourceNotFound`, `InvalidIdentitySource`. */
export const changeSource = (ctx: Ctx, call: Call, word: string, e: SourceEdit): Promise<Result<Source>> =>
  editSource(ctx, call, word, 'changeIdentitySource', async (tx, s, now) => {
    // A source of a provider is as its provider is: were it to adopt, whoever has a name there would be that person here.
    const bound = s.kind === 'oidc' ? 'it belongs to an identity provider: change that' : null
    const wrong = bound ?? (e.settings ? settingsObjection(e.settings) : null)
    if (wrong !== null) return refuse(fault('InvalidIdentitySource', { detail: wrong }))
    const fields = Object.keys(e)
    await updateSource(tx, s.id, e)
    // Read anew from the beginning: what was read by other settings is no ground to go on from.
    if (e.settings) await writeSourceState(tx, s.id, { watermark: null, fullAt: null }, s.kind === 'ldap' ? now : null)
    const value = (await lockSource(tx, s.id)) ?? s
    const data = { name: s.name, fields: fields.join(','), adopt: value.adopt, enabled: value.enabled }
    return ok({ value, told: fields.length === 0 ? null : told(s.id, 'changeIdentitySource', data) })
  })

/** Takes a source away; whom it kept stays as they are. Faults: `Forbidden`, `IdentitySourceNotFound`. */
export const removeSource = (ctx: Ctx, call: Call, word: string): Promise<Result<{ readonly id: string }>> =>
  editSource(ctx, call, word, 'removeIdentitySource', async (tx, s) => {
    const kept = await countKept(tx, s.id)
    await deleteSource(tx, s.id)
    return ok({ value: { id: s.id }, told: told(s.id, 'removeIdentitySource', { name: s.name, ...kept }) })
  })

export interface MadeToken extends TokenRow {
  readonly token: string
}

/** Makes a token for a source that pushes; the answer is the only time it is shown. Faults: `Forbidden`, `IdentitySourceNotFound`, `InvalidIdentitySource`. */
export async function addToken(ctx: Ctx, call: Call, word: string, days: number): Promise<Result<MadeToken>> {
  const token = randomSecret()
  return editSource<MadeToken>(ctx, call, word, 'addSourceToken', async (tx, s, now) => {
    const bad = (detail: string) => refuse(fault('InvalidIdentitySource', { detail }))
    if (s.kind !== 'scim') return bad('only a source that pushes by SCIM has tokens')
    if (!Number.isInteger(days) || days < 1 || days > MOST_DAYS) return bad(`a token holds 1 to ${MOST_DAYS} days`)
    const standing = (await selectTokens(tx, s.id, MOST_TOKENS)).filter((t) => t.revokedAt === null && t.endsAt > now)
    if (standing.length >= MOST_TOKENS) return bad(`at most ${MOST_TOKENS} tokens: revoke one first`)
    const row = { id: ctx.ids(), hint: token.slice(0, 4), createdAt: now, endsAt: now + days * DAY, revokedAt: null }
    await insertToken(tx, s.id, hashOf(token), row)
    return ok({ value: { ...row, token }, told: told(s.id, 'addSourceToken', { name: s.name, token: row.id, days }) })
  })
}

/** Ends a token at once. Faults: `Forbidden`, `IdentitySourceNotFound`, `ResourceNotFound`. */
export const revokeToken = (ctx: Ctx, call: Call, word: string, id: string): Promise<Result<{ readonly id: string }>> =>
  editSource(ctx, call, word, 'revokeSourceToken', async (tx, s, now) => {
    if (!(await revokeTokenRow(tx, s.id, id, now))) return refuse(fault('ResourceNotFound', { id }))
    return ok({ value: { id }, told: told(s.id, 'revokeSourceToken', { name: s.name, token: id }) })
  })

/** Asks for a reading now. Faults: `Forbidden`, `IdentitySourceNotFound`, `InvalidIdentitySource`. */
export const wantSync = (
  ctx: Ctx,
  call: Call,
  word: string,
  wanted: { readonly full: boolean; readonly dryRun: boolean; readonly override: boolean },
): Promise<Result<Source>> =>
  editSource(ctx, call, word, 'syncIdentitySource', async (tx, s, now) => {
    if (s.kind !== 'ldap' || !s.enabled)
      return refuse(
        fault('InvalidIdentitySource', { detail: s.enabled ? 'only a directory is read: a file is imported' : 'it is disabled' }),
      )
    await writeSourceState(tx, s.id, { wanted }, now)
    return ok({ value: s, told: told(s.id, 'syncIdentitySource', { name: s.name, ...wanted }) })
  })

export interface SourceDetail extends Source {
  readonly kept: { readonly users: number; readonly groups: number; readonly members: number }
  readonly tokens: readonly TokenRow[]
}

/** A page of sources. Fault: `Forbidden`. */
export async function listSources(ctx: Ctx, call: Call, after: string | null, limit: number): Promise<Result<readonly Source[]>> {
  const may = await authorizeInstallation(ctx, call)
  return may.ok ? ok(await selectSources(ctx.db, after, limit)) : may
}

/** One source, with how much it keeps and its tokens. Faults: `Forbidden`, `IdentitySourceNotFound`. */
export async function readSource(ctx: Ctx, call: Call, word: string): Promise<Result<SourceDetail>> {
  const may = await authorizeInstallation(ctx, call)
  if (!may.ok) return may
  const found = await sourceNamed(ctx.db, word)
  if (!found.ok) return found
  const { id } = found.value
  return ok({ ...found.value, kept: await countKept(ctx.db, id), tokens: await selectTokens(ctx.db, id, MOST_TOKENS) })
}

export interface DoneBySource {
  readonly at: Instant
  readonly action: string | null
  readonly reason: string | null
  readonly subject: string
  readonly scope: string | null
  readonly source: string
}

const LOOK_BACK = 400 * DAY

/** What sources did to somebody, latest first: of oneself, or by whoever runs the installation. Faults: `Forbidden`, `SubjectNotFound`. */
export async function doneBySources(ctx: Ctx, call: Call, who: string | null): Promise<Result<readonly DoneBySource[]>> {
  const { actor } = call
  const own = actor.t === 'system' ? null : actor.id
  const [found] = who === null ? [] : await selectNamed(ctx.db, who)
  const id = who === null ? own : (found?.id ?? (isGuid(who) ? who : null))
  // One's own, anybody who is somebody; of others, whoever runs the installation.
  const may = id === own ? await authorizeKnown(ctx, call) : await authorizeInstallation(ctx, call)
  if (!may.ok) return may
  if (id === null) return refuse(fault('SubjectNotFound', { id: who ?? '' }))
  return ok(await selectDoneBySources(ctx.db, id, ctx.now() - LOOK_BACK, 50))
}
