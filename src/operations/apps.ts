// Applications that sign in: a service principal and its registration, made and removed by the installation's administrators (D30).
// What one may do is read from here whenever it does something, never from its token alone.

import { fault } from '../domain/faults.ts'
import { isGuid } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import {
  type AppRow,
  addApp,
  addPermissions,
  type CredentialView,
  deleteApp,
  deletePermissions,
  lockApp,
  type PermissionKind,
  selectApp,
  selectApps,
  selectAppsNamed,
  selectCredentials,
} from '../store/authority-apps.ts'
import { deriveGrants } from '../store/derive.ts'
import { addPrincipals } from '../store/directory-rows.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { selectNamed } from '../store/principals.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit, type Told } from './administer.ts'
import { checkPermissions, checkRedirects, invalidApp, MOST } from './app-rules.ts'
import { STINT_CLI, TOOL } from './app-sign-in.ts'
import { authorizeInstallation } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { endWithin } from './directory-delete.ts'
import { GUARD_LOCK } from './query-of.ts'

export type { AppRow, CredentialView } from '../store/authority-apps.ts'

export interface AppInput {
  readonly name: string
  /** An existing service principal, by id or name, that is to sign in from now on; else a new one is made. */
  readonly principal: string | null
  readonly publicClient: boolean
  readonly passwordGrant: boolean
  readonly redirectUris: readonly string[]
  readonly application: readonly string[]
  readonly delegated: readonly string[]
}

export interface AppDetail extends AppRow {
  readonly credentials: readonly CredentialView[]
}

export const toldOfApp = (appId: string, action: string, more: Partial<Told> = {}): Told => ({
  subject: 'application',
  subjectId: appId,
  action,
  ...more,
})

function checkInput(input: AppInput): Result<true> {
  const name = input.name.trim()
  if (name === '' || name.length > 256) return invalidApp('its name has 1 to 256 characters')
  if (input.passwordGrant && !input.publicClient) return invalidApp('only a public client may be allowed the password grant')
  for (const names of [input.application, input.delegated]) {
    const checked = checkPermissions(names)
    if (!checked.ok) return checked
  }
  return checkRedirects(input.redirectUris)
}

// Client ids that mean something else: as the audience of its id tokens, Graph's would make them tokens for Graph.
const RESERVED = new Set(['00000003-0000-0000-c000-000000000000', TOOL, STINT_CLI])

/** The service principal an application acts as: the one named, or a new one. */
async function principalOf(ctx: Ctx, tx: Sql, input: AppInput, now: Instant): Promise<Result<{ id: string; appId: string }>> {
  if (input.principal === null) {
    const made = { id: ctx.ids(), appId: ctx.ids() }
    await addPrincipals(tx, [{ ...made, kind: 'servicePrincipal', displayName: input.name.trim() }], now)
    return ok(made)
  }
  const found = (await selectNamed(tx, input.principal)).filter(({ kind }) => kind === 'servicePrincipal')
  const [one] = found
  if (!one || found.length > 1) return refuse(fault('SubjectNotFound', { id: input.principal }))
  if (RESERVED.has(one.appId ?? '')) return invalidApp(`the client id \`${one.appId}\` is reserved`)
  return ok({ id: one.id, appId: one.appId ?? ctx.ids() })
}

/** Registers an application. Faults: `Forbidden`, `InvalidApplication`, `SubjectNotFound`, `ApplicationExists`. */
export function createApp(ctx: Ctx, call: Call, input: AppInput): Promise<Result<AppDetail>> {
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<AppDetail>>> => {
    const checked = checkInput(input)
    if (!checked.ok) return checked
    const who = await principalOf(ctx, tx, input, now)
    if (!who.ok) return who
    const { publicClient, passwordGrant, redirectUris } = input
    const { appId, id: principalId } = who.value
    await addApp(tx, { appId, principalId, publicClient, passwordGrant, redirectUris }, now)
    await addPermissions(tx, appId, 'application', input.application)
    await addPermissions(tx, appId, 'delegated', input.delegated)
    const app = await selectApp(tx, appId)
    if (!app) return refuse(fault('SubjectNotFound', { id: appId }))
    const data = {
      name: app.displayName,
      public: publicClient,
      passwordGrant,
      redirectUris: redirectUris.join(' '),
      application: app.application.join(' '),
      delegated: app.delegated.join(' '),
    }
    return ok({ value: { ...app, credentials: [] }, told: toldOfApp(appId, 'createApplication', { principalId, data }) })
  }
  const exists = fault('ApplicationExists', { name: input.principal ?? input.name })
  return administer(ctx, call, toldOfApp('/', 'createApplication'), edit, { apps_principal_is_unique: exists, apps_pkey: exists })
}

/** The application that a word names: client id, the principal's id, or a name that only one has. Fault: `ApplicationNotFound`. */
export async function appNamed(tx: Sql, word: string): Promise<Result<AppRow>> {
  const found = await selectAppsNamed(tx, isGuid(word) ? word.toLowerCase() : null, word)
  const [one] = found
  return one && found.length === 1 ? ok(one) : refuse(fault('ApplicationNotFound', { id: word }))
}

/** An application and its credentials. Faults: `Forbidden`, `ApplicationNotFound`. */
export async function readApp(ctx: Ctx, call: Call, word: string): Promise<Result<AppDetail>> {
  const allowed = await authorizeInstallation(ctx, call)
  if (!allowed.ok) return allowed
  const app = await appNamed(ctx.db, word)
  return app.ok ? ok({ ...app.value, credentials: await selectCredentials(ctx.db, app.value.appId) }) : app
}

/** A page of applications by client id, without their credentials. Fault: `Forbidden`. */
export async function listApps(
  ctx: Ctx,
  call: Call,
  page: { readonly after: string | null; readonly limit: number },
): Promise<Result<readonly AppRow[]>> {
  const allowed = await authorizeInstallation(ctx, call)
  return allowed.ok ? ok(await selectApps(ctx.db, page.after, page.limit)) : allowed
}

/** Removes an application, its principal, what that holds and what is held over it. Faults: `Forbidden`, `ApplicationNotFound`, `CannotRemoveLastActiveAdministrator`. */
export function removeApp(ctx: Ctx, call: Call, word: string): Promise<Result<{ appId: string }>> {
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<{ appId: string }>>> => {
    const app = await appNamed(tx, word)
    if (!app.ok) return app
    const { appId, principalId, displayName } = app.value
    await lockPrincipal(tx, principalId)
    const ended = await endWithin(ctx, call, tx, now, principalId, { plane: 'directory', scope: `/${principalId}` })
    if (!ended.ok) return ended
    await deleteApp(tx, appId, principalId, now)
    await deriveGrants(tx, [principalId], now, () => ({ requestId: null, correlationId: call.correlationId }))
    return ok({ value: { appId }, told: toldOfApp(appId, 'removeApplication', { principalId, data: { name: displayName } }) })
  }
  return administer(ctx, call, toldOfApp(word, 'removeApplication'), edit, {}, GUARD_LOCK)
}

export interface PermissionChange {
  readonly kind: PermissionKind
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Gives an application permissions, or takes them away. Faults: `Forbidden`, `ApplicationNotFound`, `InvalidApplication`. */
export function changePermissions(ctx: Ctx, call: Call, word: string, change: PermissionChange): Promise<Result<AppDetail>> {
  const edit = async (tx: Sql): Promise<Result<Edit<AppDetail>>> => {
    const app = await appNamed(tx, word)
    if (!app.ok) return app
    const { appId } = app.value
    const checked = checkPermissions(change.add)
    if (!checked.ok) return checked
    await lockApp(tx, appId)
    const removed = await deletePermissions(tx, appId, change.kind, change.remove)
    const added = await addPermissions(tx, appId, change.kind, change.add)
    const now = await selectApp(tx, appId)
    if (!now) return refuse(fault('ApplicationNotFound', { id: word }))
    if (now[change.kind].length > MOST.permissions) return invalidApp(`at most ${MOST.permissions} permissions`)
    const data = { kind: change.kind, added: added.join(' '), removed: removed.join(' ') }
    const told = added.length + removed.length === 0 ? null : toldOfApp(appId, 'changePermissions', { principalId: now.principalId, data })
    return ok({ value: { ...now, credentials: await selectCredentials(tx, appId) }, told })
  }
  return administer(ctx, call, toldOfApp(word, 'changePermissions'), edit)
}
