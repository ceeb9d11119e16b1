// All reads of requests, schedules and instances. Everybody may see their own; the rest needs the plane's reading right at the
// scope in question (behaviour 9, contract reference 12.2).

import { fault } from '../domain/faults.ts'
import type { Filter } from '../domain/filter.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { isGuid, type Level, type PlaneId } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { ListedRequest, ListedSchedule, ListQuery, Page, ScopeRange } from '../store/list.ts'
import { type Cursor, listRequests as requestPage, listSchedules as schedulePage } from '../store/list.ts'
import { authorizeKnown, authorizeRead } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export type { Cursor, ListedRequest, ListedSchedule, Page, ScopeRange } from '../store/list.ts'

export interface ListInput {
  readonly plane: PlaneId | null
  readonly level: Level | null
  /** The caller's own part: as principal (groups included where the family shows them), as maker, as approver. */
  readonly mine: 'principal' | 'principalDirect' | 'createdBy' | 'approver' | null
  /** Held by this principal, directly or through groups. */
  readonly assignedTo: string | null
  readonly scope: ScopeRange | null
  readonly filter: Filter | null
  readonly order: ListQuery['order']
  readonly limit: number
  readonly after: Cursor | null
  readonly count: boolean
}

/** What a filter that is an `and` of comparisons demands of one property; null when it leaves it open. */
export function demanded(filter: Filter | null, name: string): string | null {
  if (!filter) return null
  if (filter.t === 'and') return filter.of.map((f) => demanded(f, name)).find((v) => v !== null) ?? null
  const matches = filter.t === 'compare' && filter.op === 'eq' && filter.path.join('/').toLowerCase() === name
  return matches && typeof filter.value === 'string' ? filter.value.toLowerCase() : null
}

/** The scope whose readers may see what the list shows. */
function readScope(input: ListInput): string {
  if (input.plane === null) return '/'
  if (input.scope) return input.scope.at
  const group = demanded(input.filter, 'groupid')
  return group && isGuid(group) ? group : '/'
}

/** Which planes the list may show, null for whichever it asked for. */
async function mayList(ctx: Ctx, call: Call, input: ListInput): Promise<Result<readonly PlaneId[] | null>> {
  const self = call.actor.t === 'system' ? null : call.actor.id
  const own = input.mine !== null || (self !== null && (input.assignedTo === self || demanded(input.filter, 'principalid') === self))
  if (own || call.actor.t === 'system') {
    const known = await authorizeKnown(ctx, call)
    return known.ok ? ok(null) : known
  }
  const scope = readScope(input)
  const plane = input.plane ?? 'directory'
  // The group plane has no root of its own: a list across groups is for readers of the directory.
  const at =
    scope === '/' && planeOf({ plane }).parseScope('/').ok === false ? ({ plane: 'directory', scope: '/' } as const) : { plane, scope }
  const allowed = await authorizeRead(ctx, call, at.plane, at.scope)
  if (!allowed.ok || input.plane !== null) return allowed.ok ? ok(null) : allowed
  // Over all planes: whoever reads the directory has no access to resources by that (behaviour 9.2).
  const resources = await authorizeRead(ctx, call, 'resource', '/')
  return ok(resources.ok ? null : ['directory', 'group'])
}

const queryOf = (call: Call, family: ListQuery['family'], input: ListInput): ListQuery => {
  const self = call.actor.t === 'system' ? null : call.actor.id
  const mine = input.mine === 'principal' || input.mine === 'principalDirect'
  const holder =
    mine && self
      ? { id: self, groups: input.mine === 'principal' && family !== 'requests' }
      : input.assignedTo
        ? { id: input.assignedTo, groups: family !== 'requests' }
        : null
  return {
    family,
    plane: input.plane,
    level: input.level,
    holder,
    createdBy: input.mine === 'createdBy' ? self : null,
    approver: input.mine === 'approver' ? self : null,
    scope: input.scope,
    filter: input.filter,
    order: input.order,
    limit: input.limit,
    after: input.after,
    count: input.count,
  }
}

/** The query, narrowed to what may be shown. */
const within = (query: ListQuery, planes: readonly PlaneId[] | null): ListQuery => (planes ? { ...query, plane: planes } : query)

/** A page of requests. Faults: `Forbidden`, `ResourceNotFound`, `InvalidFilter`. */
export async function listRequests(ctx: Ctx, call: Call, input: ListInput): Promise<Result<Page<ListedRequest>>> {
  const allowed = await mayList(ctx, call, input)
  return allowed.ok ? requestPage(ctx.db, within(queryOf(call, 'requests', input), allowed.value), ctx.now()) : allowed
}

/** A page of schedules, current and future ones. Faults: as `listRequests`. */
export async function listSchedules(ctx: Ctx, call: Call, input: ListInput): Promise<Result<Page<ListedSchedule>>> {
  const allowed = await mayList(ctx, call, input)
  return allowed.ok ? schedulePage(ctx.db, within(queryOf(call, 'schedules', input), allowed.value), ctx.now()) : allowed
}

/** A page of instances: what is in force now. Faults: as `listRequests`. */
export async function listInstances(ctx: Ctx, call: Call, input: ListInput): Promise<Result<Page<ListedSchedule>>> {
  const allowed = await mayList(ctx, call, input)
  return allowed.ok ? schedulePage(ctx.db, within(queryOf(call, 'instances', input), allowed.value), ctx.now()) : allowed
}

const ONE = { mine: null, assignedTo: null, order: 'id' as const, limit: 2, after: null, count: false }
const byId = (name: string, value: string): Filter => ({ t: 'compare', op: 'eq', path: [name], value })

/** Who may see one thing: its holder, its maker, its approvers, and readers of its scope. */
async function maySee(ctx: Ctx, call: Call, plane: PlaneId, scope: string, people: readonly (string | null)[]): Promise<Result<true>> {
  if (call.actor.t === 'system' || people.includes(call.actor.id)) return ok(true)
  const allowed = await authorizeRead(ctx, call, plane, scope)
  return allowed.ok ? ok(true) : allowed
}

export interface OneInput {
  readonly plane: PlaneId
  readonly level: Level
  /** Of ARM: the scope in the path. */
  readonly scope: string | null
  /** The id, or at ARM the name. */
  readonly id: string
  readonly by: 'id' | 'name'
}

const oneQuery = (call: Call, family: ListQuery['family'], input: OneInput): ListQuery =>
  queryOf(call, family, {
    ...ONE,
    plane: input.plane,
    level: input.level,
    scope: input.scope === null ? null : { at: input.scope, above: false, below: false },
    filter: byId(input.by, input.id),
  })

/** One request. Faults: `ResourceNotFound`, `Forbidden`. */
export async function readOneRequest(ctx: Ctx, call: Call, input: OneInput): Promise<Result<ListedRequest>> {
  const known = await authorizeKnown(ctx, call)
  if (!known.ok) return known
  const found = await requestPage(ctx.db, oneQuery(call, 'requests', input), ctx.now())
  if (!found.ok) return found
  const item = found.value.items[0]
  if (!item) return refuse(fault('ResourceNotFound', { id: input.id }))
  const { request } = item
  const approver = await requestPage(
    ctx.db,
    queryOf(call, 'requests', {
      ...ONE,
      plane: input.plane,
      level: input.level,
      scope: null,
      mine: 'approver',
      filter: byId('id', request.id),
    }),
    ctx.now(),
  )
  if (approver.ok && approver.value.items.length > 0) return ok(item)
  const allowed = await maySee(ctx, call, input.plane, request.ask.privilege.scope, [request.ask.principalId, request.requestedBy])
  return allowed.ok ? ok(item) : allowed
}

/** One schedule or instance. Faults: `ResourceNotFound`, `Forbidden`. */
export async function readOneSchedule(
  ctx: Ctx,
  call: Call,
  family: 'schedules' | 'instances',
  input: OneInput,
): Promise<Result<ListedSchedule>> {
  const known = await authorizeKnown(ctx, call)
  if (!known.ok) return known
  const found = await schedulePage(ctx.db, oneQuery(call, family, input), ctx.now())
  if (!found.ok) return found
  const item = found.value.items[0]
  if (!item) return refuse(fault('ResourceNotFound', { id: input.id }))
  const { schedule } = item
  const allowed = await maySee(ctx, call, input.plane, schedule.privilege.scope, [schedule.principalId])
  return allowed.ok ? ok(item) : allowed
}
