// Applications that sign in, as the native API shows them.

import type { Output } from '../contract/routes.ts'
import { ok } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { addCertificate, addFederated, addSecret, type MadeCredential, removeCredential } from '../operations/app-credentials.ts'
import { type AppDetail, type AppRow, changePermissions, createApp, listApps, readApp, removeApp } from '../operations/apps.ts'
import { readIdCursor, writeCursor } from './native-cursor.ts'
import type { Handlers } from './native-handlers.ts'

const at = (instant: Instant | null): string | null => (instant === null ? null : formatInstant(instant))

const appView = (a: AppRow): Output<'apps'>['items'][number] => ({
  appId: a.appId,
  principalId: a.principalId,
  displayName: a.displayName,
  enabled: a.enabled,
  publicClient: a.publicClient,
  passwordGrant: a.passwordGrant,
  redirectUris: [...a.redirectUris],
  application: [...a.application],
  delegated: [...a.delegated],
  createdAt: formatInstant(a.createdAt),
})

const detailView = (a: AppDetail): Output<'app'> => ({
  ...appView(a),
  credentials: a.credentials.map((c) => ({ ...c, createdAt: formatInstant(c.createdAt), endsAt: at(c.endsAt) })),
})

const madeView = ({ appId, id, endsAt }: MadeCredential): Output<'addCertificate'> => ({ appId, id, endsAt: at(endsAt) })

export const APP_HANDLERS: Pick<
  Handlers,
  'apps' | 'app' | 'createApp' | 'removeApp' | 'changePermissions' | 'addSecret' | 'addCertificate' | 'addFederated' | 'removeCredential'
> = {
  async apps(ctx, { call }, { query }) {
    const after = readIdCursor(query.cursor)
    if (!after.ok) return after
    const found = await listApps(ctx, call, { after: after.value, limit: query.limit })
    if (!found.ok) return found
    const last = found.value.length < query.limit ? undefined : found.value.at(-1)
    return ok({ items: found.value.map(appView), next: last ? writeCursor(['app', last.appId]) : null })
  },
  async app(ctx, { call }, { params }) {
    const found = await readApp(ctx, call, params.id)
    return found.ok ? ok(detailView(found.value)) : found
  },
  async createApp(ctx, { call }, { body }) {
    const made = await createApp(ctx, call, { ...body, principal: body.principal ?? null })
    return made.ok ? ok(detailView(made.value)) : made
  },
  removeApp: (ctx, { call }, { params }) => removeApp(ctx, call, params.id),
  async changePermissions(ctx, { call }, { params, body }) {
    const changed = await changePermissions(ctx, call, params.id, body)
    return changed.ok ? ok(detailView(changed.value)) : changed
  },
  async addSecret(ctx, { call }, { params, body }) {
    const made = await addSecret(ctx, call, params.id, body)
    return made.ok ? ok({ ...madeView(made.value), secret: made.value.secret }) : made
  },
  async addCertificate(ctx, { call }, { params, body }) {
    const made = await addCertificate(ctx, call, params.id, body)
    return made.ok ? ok(madeView(made.value)) : made
  },
  async addFederated(ctx, { call }, { params, body }) {
    const made = await addFederated(ctx, call, params.id, { ...body, keys: body.keys ?? null })
    return made.ok ? ok(madeView(made.value)) : made
  },
  removeCredential: (ctx, { call }, { params, body }) => removeCredential(ctx, call, params.id, body.credential),
}
