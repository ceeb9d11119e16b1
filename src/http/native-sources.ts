// Sources of identities at the native door.

import type { Output } from '../contract/routes.ts'
import { NO_COUNTS, type Source } from '../domain/identity/source.ts'
import { ok } from '../domain/result.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { importFile } from '../operations/identity-import.ts'
import {
  addSource,
  addToken,
  changeSource,
  doneBySources,
  listSources,
  readSource,
  removeSource,
  revokeToken,
  wantSync,
} from '../operations/identity-sources.ts'
import { readIdCursor, writeCursor } from './native-cursor.ts'
import type { Handlers } from './native-handlers.ts'

const instant = (at: Instant | null | undefined): string | null => (at == null ? null : formatInstant(at))

function sourceView({ id, kind, name, adopt, enabled, settings, createdAt, state }: Source): Output<'changeSource'> {
  return {
    ...{ id, kind, name, adopt, enabled, settings: { ...settings }, createdAt: formatInstant(createdAt) },
    lastAt: instant(state.lastAt),
    lastMs: state.lastMs ?? null,
    lastError: state.lastError ?? null,
    lastRun: state.lastRun ? { ...NO_COUNTS, ...state.lastRun } : null,
    findingCount: state.findingCount ?? 0,
    findings: [...(state.findings ?? [])],
  }
}

interface Row {
  readonly id: string
  readonly hint: string
  readonly createdAt: Instant
  readonly endsAt: Instant
  readonly revokedAt: Instant | null
}

const tokenView = ({ id, hint, createdAt, endsAt, revokedAt }: Row) => ({
  ...{ id, hint, createdAt: formatInstant(createdAt), endsAt: formatInstant(endsAt), revokedAt: instant(revokedAt) },
})

type Of =
  | 'sources'
  | 'source'
  | 'createSource'
  | 'changeSource'
  | 'removeSource'
  | 'addSourceToken'
  | 'revokeSourceToken'
  | 'syncSource'
  | 'importSource'
  | 'doneBySources'

export const SOURCE_HANDLERS: Pick<Handlers, Of> = {
  async sources(ctx, { call }, { query }) {
    const after = readIdCursor(query.cursor)
    if (!after.ok) return after
    const page = await listSources(ctx, call, after.value, query.limit)
    if (!page.ok) return page
    const last = page.value.length === query.limit ? page.value.at(-1) : undefined
    return ok({ items: page.value.map(sourceView), next: last ? writeCursor(['source', last.id]) : null })
  },
  async source(ctx, { call }, { params }) {
    const found = await readSource(ctx, call, params.id)
    if (!found.ok) return found
    return ok({ ...sourceView(found.value), kept: found.value.kept, tokens: found.value.tokens.map(tokenView) })
  },
  async createSource(ctx, { call }, { body }) {
    const made = await addSource(ctx, call, body)
    return made.ok ? ok(sourceView(made.value)) : made
  },
  async changeSource(ctx, { call }, { params, body }) {
    const { adopt, enabled, settings } = body
    const edit = {
      ...(adopt === undefined ? {} : { adopt }),
      ...(enabled === undefined ? {} : { enabled }),
      ...(settings === undefined ? {} : { settings }),
    }
    const changed = await changeSource(ctx, call, params.id, edit)
    return changed.ok ? ok(sourceView(changed.value)) : changed
  },
  removeSource: (ctx, { call }, { params }) => removeSource(ctx, call, params.id),
  async addSourceToken(ctx, { call }, { params, body }) {
    const made = await addToken(ctx, call, params.id, body.days)
    return made.ok ? ok({ ...tokenView(made.value), token: made.value.token }) : made
  },
  revokeSourceToken: (ctx, { call }, { params, body }) => revokeToken(ctx, call, params.id, body.token),
  async syncSource(ctx, { call }, { params, body }) {
    const wanted = await wantSync(ctx, call, params.id, body)
    return wanted.ok ? ok(sourceView(wanted.value)) : wanted
  },
  async importSource(ctx, { call }, { params, body }) {
    const done = await importFile(ctx, call, params.id, body)
    return done.ok ? ok({ dryRun: done.value.dryRun, counts: done.value.counts, findings: [...done.value.findings] }) : done
  },
  async doneBySources(ctx, { call }, { query }) {
    const done = await doneBySources(ctx, call, query.person ?? null)
    if (!done.ok) return done
    const items = done.value.map((d) => ({
      ...{ at: formatInstant(d.at), source: d.source, action: d.action ?? '', reason: d.reason, scope: d.scope },
    }))
    return ok({ items })
  },
}
