// What each native route does: call one operation, show its answer. No rule lives here.

import type { Checked, Output, RouteName } from '../contract/routes.ts'
import type { Filter } from '../domain/filter.ts'
import type { Level } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import { formatInstant } from '../domain/time.ts'
import { cancelRequest } from '../operations/cancel-request.ts'
import type { Ctx } from '../operations/context.ts'
import { decideApproval } from '../operations/decide-approval.ts'
import { describe, mayDecide } from '../operations/describe.ts'
import { type ListedRequest, type ListInput, listInstances, listRequests } from '../operations/list.ts'
import { listGrants, listTargets } from '../operations/list-grants.ts'
import { findPrincipals, findRoles, myMessages } from '../operations/look-up.ts'
import { myRoles } from '../operations/my-roles.ts'
import { readPolicy } from '../operations/read-policy.ts'
import { requireCaller, resolvePrincipal, resolvePrivilege, resolveScope } from '../operations/resolve-names.ts'
import { readTenantSettings, updateTenantSettings } from '../operations/settings.ts'
import { submitRequest } from '../operations/submit-request.ts'
import { readRequestById, requestHistory } from '../operations/watch-request.ts'
import type { Caller } from './authenticate.ts'
import { APP_HANDLERS } from './native-apps.ts'
import { readAsk, readPeriod } from './native-asks.ts'
import { readIdCursor, readNameCursor, readTimeCursor, writeCursor } from './native-cursor.ts'
import { grantView, targetView } from './native-grants.ts'
import { previewOf } from './native-preview.ts'
import { PROOF_HANDLERS } from './native-proofs.ts'
import { PROVIDER_HANDLERS } from './native-providers.ts'
import { readElevation, readMfaAge, settingsView } from './native-settings.ts'
import { SIGN_IN_HANDLERS } from './native-sign-in.ts'
import { SOURCE_HANDLERS } from './native-sources.ts'
import { activated, holdingView, policyView, requestView } from './native-views.ts'

type Handler<N extends RouteName> = (ctx: Ctx, caller: Caller, input: Checked<N>) => Promise<Result<Output<N>>>
export type Handlers = { readonly [N in RouteName]: Handler<N> }

const then = async <A, B>(result: Result<A>, show: (value: A) => B | Promise<B>): Promise<Result<B>> =>
  result.ok ? ok(await show(result.value)) : result

const NO_ACTIVE: ReadonlySet<string> = new Set()

/** One request with what its caller may do next. */
const shown =
  (ctx: Ctx, { call }: Caller) =>
  async (item: ListedRequest): Promise<Output<'request'>> =>
    requestView(call.actor, item, await mayDecide(ctx, call, item.request))

const again = async (ctx: Ctx, caller: Caller, id: string) => then(await readRequestById(ctx, caller.call, id), shown(ctx, caller))

interface Asked {
  readonly plane?: ListInput['plane'] | undefined
  readonly limit: number
  readonly cursor?: string | undefined
}

const equal = (name: string, value: string | undefined): Filter | null =>
  value === undefined ? null : { t: 'compare', op: 'eq', path: [name], value }

function inputOf(query: Asked, more: Partial<ListInput>): Result<ListInput> {
  const after = readTimeCursor(query.cursor)
  if (!after.ok) return after
  const rest = { level: null, mine: null, assignedTo: null, scope: null, filter: null, count: false } as const
  return ok({ ...rest, plane: query.plane ?? null, order: 'createdDesc', limit: query.limit, after: after.value, ...more })
}

const cursorOf = (next: { readonly at: number; readonly id: string } | null): string | null => next && writeCursor([next.at, next.id])

const holdings =
  (level: Level): Handler<'assignments' | 'eligibilities'> =>
  async (ctx, { call }, { query }) => {
    const who = query.principal === undefined ? null : await resolvePrincipal(ctx, call, query.principal)
    if (who && !who.ok) return who
    const where = query.scope === undefined ? null : await resolveScope(ctx, call, query.scope, query.plane ?? null)
    if (where && !where.ok) return where
    const scope = where && { at: where.value.id, above: false, below: true }
    const plane = where ? where.value.plane : (query.plane ?? null)
    const input = inputOf(query, { plane, level, mine: query.mine ?? null, assignedTo: who?.value.id ?? null, scope })
    if (!input.ok) return input
    return then(await listInstances(ctx, call, input.value), ({ items, next }) => ({
      items: items.map((item) => holdingView(call.actor, { ...item, until: item.schedule.window.end }, NO_ACTIVE)),
      next: cursorOf(next),
    }))
  }

export const HANDLERS: Handlers = {
  ...APP_HANDLERS,
  ...SOURCE_HANDLERS,
  ...PROOF_HANDLERS,
  ...PROVIDER_HANDLERS,
  ...SIGN_IN_HANDLERS,
  async me(ctx, { call, claims }) {
    const known = await requireCaller(ctx, call)
    if (!known.ok) return known
    const { amr, acrs } = claims
    const tenant = { id: ctx.tenant().id, displayName: ctx.tenant().displayName }
    return then(await resolvePrincipal(ctx, call, claims.oid), ({ id, kind, displayName, upn }) => ({
      ...{ id, kind, displayName, upn, tenant },
      amr: [...amr],
      acrs: [...acrs],
    }))
  },
  async myRoles(ctx, { call }) {
    return then(await myRoles(ctx, call), ({ can, have, had }) => {
      const active = activated(have)
      return {
        can: can.map((item) => holdingView(call.actor, item, active)),
        have: have.map((item) => holdingView(call.actor, item, active)),
        had: had.map((item) => holdingView(call.actor, item, active, true)),
      }
    })
  },
  async myMessages(ctx, { call }, { query }) {
    const after = readTimeCursor(query.cursor)
    if (!after.ok) return after
    return then(await myMessages(ctx, call, { limit: query.limit, after: after.value }), (items) => ({
      items: items.map((m) => ({ ...m, at: formatInstant(m.at), readAt: m.readAt === null ? null : formatInstant(m.readAt) })),
      next: items.length < query.limit ? null : cursorOf(items.at(-1) ?? null),
    }))
  },
  async submit(ctx, caller, { body }) {
    const ask = await readAsk(ctx, caller.call, body)
    if (!ask.ok) return ask
    return then(await submitRequest(ctx, caller.call, ask.value), ({ request, facts }) =>
      requestView(caller.call.actor, describe(request, facts), false),
    )
  },
  async preview(ctx, { call }, { body }) {
    const ask = await readAsk(ctx, call, body)
    return ask.ok ? previewOf(ctx, call, ask.value) : ask
  },
  async requests(ctx, { call }, { query }) {
    const input = inputOf(query, { mine: query.mine ?? null, filter: equal('status', query.status) })
    if (!input.ok) return input
    return then(await listRequests(ctx, call, input.value), ({ items, next }) => ({
      items: items.map((item) => requestView(call.actor, item, query.mine === 'approver')),
      next: cursorOf(next),
    }))
  },
  request: (ctx, caller, { params }) => again(ctx, caller, params.id),
  async requestEvents(ctx, caller, { params }) {
    return then(await requestHistory(ctx, caller.call, params.id), async ({ item, events }) => ({
      items: events.map(eventView),
      request: await shown(ctx, caller)(item),
    }))
  },
  async cancel(ctx, caller, { params }) {
    const canceled = await cancelRequest(ctx, caller.call, params.id)
    return canceled.ok ? again(ctx, caller, params.id) : canceled
  },
  async decide(ctx, { call }, { params, body }) {
    const schedule = readPeriod(body)
    if (!schedule.ok) return schedule
    const input = { approvalId: params.id, result: body.result, justification: body.justification, schedule: schedule.value }
    return then(await decideApproval(ctx, call, input), ({ request, facts, completed }) => {
      const { schedule } = completed
      const moved = schedule ? { ...request, startsAt: schedule.window.start, endsAt: schedule.window.end } : request
      return requestView(call.actor, describe(moved, facts), false)
    })
  },
  assignments: holdings('Assignment'),
  eligibilities: holdings('Eligibility'),
  async grants(ctx, { call }, { query }) {
    const after = readIdCursor(query.cursor)
    if (!after.ok) return after
    const who = query.principal === undefined ? null : await resolvePrincipal(ctx, call, query.principal)
    if (who && !who.ok) return who
    const own = query.mine && call.actor.t !== 'system' ? call.actor.id : null
    const { limit, request: requestId = null } = query
    const input = { principalId: own ?? who?.value.id ?? null, requestId, limit, after: after.value }
    return then(await listGrants(ctx, call, input), (items) => {
      const last = items.length < limit ? undefined : items.at(-1)
      return { items: items.map(grantView), next: last ? writeCursor(['grant', last.id]) : null }
    })
  },
  async targets(ctx, { call }) {
    return then(await listTargets(ctx, call), (items) => ({ items: items.map(targetView), next: null }))
  },
  async policy(ctx, { call }, { params, query }) {
    const words = { role: query.role, scope: query.scope ?? null, plane: params.plane }
    const privilege = await resolvePrivilege(ctx, call, words, call.actor.t === 'system' ? null : call.actor.id)
    return privilege.ok ? then(await readPolicy(ctx, call, privilege.value), policyView) : privilege
  },
  async settings(ctx, { call }) {
    return then(await readTenantSettings(ctx, call), settingsView)
  },
  async updateSettings(ctx, { call }, { body }) {
    const elevation = readElevation(body.elevatedAccess)
    if (!elevation.ok) return elevation
    const age = readMfaAge(body.mfaMaximumAge)
    if (!age.ok) return age
    const changes = { sideDoors: body.sideDoors, elevation: elevation.value, mfaMaximumAge: age.value }
    return then(await updateTenantSettings(ctx, call, changes), settingsView)
  },
  async roles(ctx, { call }, { query }) {
    const after = readNameCursor(query.cursor)
    if (!after.ok) return after
    const { plane = null, name = '', limit } = query
    return then(await findRoles(ctx, call, { plane, name, limit, after: after.value }), (items) => {
      const last = items.length < limit ? undefined : items.at(-1)
      return { items: [...items], next: last ? writeCursor([last.plane, last.id]) : null }
    })
  },
  async principals(ctx, { call }, { query }) {
    const kinds = query.kind === undefined ? ['user', 'group', 'servicePrincipal'] : [query.kind]
    return then(await findPrincipals(ctx, call, { name: query.name, kinds, limit: query.limit }), (items) => ({
      items: items.map(({ id, kind, displayName, upn }) => ({ id, kind, displayName, upn })),
      next: null,
    }))
  },
}

/** A change as it is shown. */
export const eventView = (e: { readonly at: number } & Omit<Output<'requestEvents'>['items'][number], 'at'>) => ({
  id: e.id,
  at: formatInstant(e.at),
  subject: e.subject,
  subjectId: e.subjectId,
  from: e.from,
  to: e.to,
  action: e.action,
  reason: e.reason,
})
