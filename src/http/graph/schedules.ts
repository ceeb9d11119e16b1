// The six collections of each family: requests, schedules, instances, for eligibilities and assignments (contract reference 3.1, 5).

import { fault } from '../../domain/faults.ts'
import type { Level } from '../../domain/privilege.ts'
import { ACTIONS, type Ask, PLAIN_ASK } from '../../domain/request/request.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { cancelRequest } from '../../operations/cancel-request.ts'
import {
  demanded,
  type ListedRequest,
  type ListedSchedule,
  type ListInput,
  listInstances,
  listRequests,
  listSchedules,
  readOneRequest,
  readOneSchedule,
} from '../../operations/list.ts'
import { submitRequest } from '../../operations/submit-request.ts'
import { readBoolean, readEnum, readGuid, readObject, readText, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { instanceEntity, NAVIGATION_NAMES, requestEntity, scheduleEntity } from './entities.ts'
import { bodyOf, collection, created, cursorOf, type Exchange, entity, noContent, pageSize, refused, text, timeToken } from './exchange.ts'
import { expanded, expanding, schedulesById } from './expand.ts'
import type { Family, Kind } from './families.ts'
import type { Area } from './permissions.ts'
import type { Entity } from './present.ts'
import { type Handler, type Route, route } from './router.ts'
import { readScheduleInfo } from './schedule-info.ts'

export interface Collection {
  readonly family: Family
  readonly kind: Kind
  readonly level: Level
}

const pathOf = ({ family, kind, level }: Collection): string => {
  const base = family.plane === 'directory' ? 'roleManagement/directory' : 'identityGovernance/privilegedAccess/group'
  return `${base}/${family.collection(kind, level)}`
}

/** A body becomes an ask (contract reference 3.2, 3.3). */
function readAsk({ family, level }: Collection, body: JsonObject): Result<Ask> {
  const principal = required(readGuid(body, 'principalId'), 'principalId')
  if (!principal.ok) return principal
  const privilege = family.readPrivilege(body)
  if (!privilege.ok) return privilege
  const action = required(readEnum(body, 'action', ACTIONS), 'action')
  if (!action.ok) return action
  const schedule = readScheduleInfo(body)
  if (!schedule.ok) return schedule
  const justification = readText(body, 'justification')
  if (!justification.ok) return justification
  const ticket = readObject(body, 'ticketInfo')
  if (!ticket.ok) return ticket
  const number = readText(ticket.value ?? {}, 'ticketNumber')
  if (!number.ok) return number
  const system = readText(ticket.value ?? {}, 'ticketSystem')
  if (!system.ok) return system
  const validationOnly = readBoolean(body, 'isValidationOnly')
  if (!validationOnly.ok) return validationOnly
  const customData = readText(body, 'customData')
  if (!customData.ok) return customData
  return ok({
    ...PLAIN_ASK,
    ...privilege.value,
    level,
    action: action.value,
    principalId: principal.value,
    schedule: schedule.value,
    justification: justification.value,
    ticketNumber: number.value,
    ticketSystem: system.value,
    validationOnly: validationOnly.value ?? false,
    customData: customData.value,
  })
}

async function create(x: Exchange, where: Collection): Promise<Response> {
  const body = await bodyOf(x)
  const ask = body.ok ? readAsk(where, body.value) : body
  if (!ask.ok) return refused(x, ask.fault)
  const done = await submitRequest(x.deps.ctx, x.caller.call, ask.value)
  if (!done.ok) return refused(x, done.fault)
  const { request, facts } = done.value
  const value = requestEntity(where.family, request, ask.value.validationOnly)
  const shown = expanded(x, value, facts)
  // What was only validated is nowhere to be found.
  return ask.value.validationOnly ? entity(x, pathOf(where), shown, 201) : created(x, pathOf(where), shown)
}

async function render(
  x: Exchange,
  { family, kind }: Collection,
  items: readonly (ListedRequest | ListedSchedule)[],
): Promise<readonly Entity[]> {
  const pointer = (item: ListedRequest | ListedSchedule) =>
    'request' in item ? item.request.eligibilityId : (item.schedule.basis?.id ?? null)
  const target = (item: ListedRequest | ListedSchedule) => ('request' in item ? item.request.scheduleId : null)
  const [used, targets] = await Promise.all([
    // An instance rests on an instance, all else on a schedule.
    schedulesById(x, family, 'activatedusing', items.map(pointer), kind === 'instances' ? instanceEntity : scheduleEntity),
    schedulesById(x, family, 'targetschedule', items.map(target), scheduleEntity),
  ])
  const write = kind === 'schedules' ? scheduleEntity : instanceEntity
  return items.map((item) => {
    const value = 'request' in item ? requestEntity(family, item.request) : write(family, item)
    const more = { activatedusing: used.get(pointer(item) ?? '') ?? null, targetschedule: targets.get(target(item) ?? '') ?? null }
    return expanded(x, value, item, more)
  })
}

const MINE: Readonly<Record<string, ListInput['mine']>> = { principal: 'principal', createdby: 'createdBy', approver: 'approver' }

/** What an unfiltered list means on the group family: for a person its own, for a program nothing (contract reference 5). */
function unfiltered(x: Exchange, { family, kind }: Collection, mine: ListInput['mine']): Result<ListInput['mine']> {
  const { filter } = x.options
  const named = demanded(filter, 'groupid') !== null || demanded(filter, 'principalid') !== null
  if (mine !== null || !family.mandatoryFilter || named) return ok(mine)
  const person = x.caller.call.actor.t === 'user'
  if (kind === 'requests' && person) return ok('principal')
  return refuse(fault('InvalidFilter', { detail: 'it must name a `groupId` or a `principalId`' }))
}

const LISTS = { requests: listRequests, schedules: listSchedules, instances: listInstances }

/** What a list is asked for. Faults: `InvalidFilter`, `InvalidCursor`, `InvalidQuery`. */
function inputOf(x: Exchange, where: Collection, on: ListInput['mine']): Result<ListInput> {
  const mine = unfiltered(x, where, on)
  if (!mine.ok) return mine
  const after = cursorOf(x)
  if (!after.ok) return after
  const [order] = x.options.orderby
  const byCreation = order?.path.join('/').toLowerCase() === 'createddatetime'
  if (order && !byCreation) return refuse(fault('InvalidQuery', { detail: 'these lists are ordered by `createdDateTime` only' }))
  return ok({
    plane: where.family.plane,
    level: where.level,
    mine: mine.value,
    assignedTo: null,
    scope: null,
    filter: x.options.filter,
    order: order ? (order.descending ? 'createdDesc' : 'createdAsc') : where.kind === 'requests' ? 'createdDesc' : 'id',
    limit: pageSize(x),
    after: after.value,
    count: x.options.count,
  })
}

async function list(x: Exchange, where: Collection, on: ListInput['mine']): Promise<Response> {
  const input = inputOf(x, where, on)
  if (!input.ok) return refused(x, input.fault)
  const page = await LISTS[where.kind](x.deps.ctx, x.caller.call, input.value)
  if (!page.ok) return refused(x, page.fault)
  const items = await render(x, where, page.value.items)
  return collection(x, pathOf(where), items, timeToken(page.value.next), page.value.count)
}

async function countAll(x: Exchange, where: Collection): Promise<Response> {
  const input = inputOf(x, where, null)
  if (!input.ok) return refused(x, input.fault)
  const page = await LISTS[where.kind](x.deps.ctx, x.caller.call, { ...input.value, limit: 1, count: true })
  return page.ok ? text(x, String(page.value.count ?? 0)) : refused(x, page.fault)
}

/** An instance of the directory is named by what it joins: role and principal, little-endian, in base64url (contract reference 3.4). */
function joined(id: string): { role: string; principal: string } | null {
  const m = /^([\w-]{43})-1(?:-e)?$/.exec(id)
  const bytes = m ? Buffer.from(m[1] ?? '', 'base64url') : null
  if (bytes?.length !== 32) return null
  const guid = (from: number) => {
    const part = (a: number, b: number, reversed: boolean) => {
      const slice = Buffer.from(bytes.subarray(from + a, from + b))
      return (reversed ? slice.reverse() : slice).toString('hex')
    }
    return [part(0, 4, true), part(4, 6, true), part(6, 8, true), part(8, 10, false), part(10, 16, false)].join('-')
  }
  return { role: guid(0), principal: guid(16) }
}

const equals = (name: string, value: string) => ({ t: 'compare' as const, op: 'eq' as const, path: [name], value })

async function joinedInstance(x: Exchange, where: Collection, id: string): Promise<Result<ListedSchedule>> {
  const pair = joined(id)
  const missing = refuse(fault('ResourceNotFound', { id }))
  if (!pair) return missing
  const found = await listInstances(x.deps.ctx, x.caller.call, {
    plane: where.family.plane,
    level: where.level,
    mine: null,
    assignedTo: null,
    scope: { at: '/', above: false, below: false },
    filter: { t: 'and', of: [equals('principalId', pair.principal), equals('roleDefinitionId', pair.role)] },
    order: 'id',
    limit: 1,
    after: null,
    count: false,
  })
  if (!found.ok) return found
  return found.value.items[0] ? ok(found.value.items[0]) : missing
}

export async function readOne(x: Exchange, where: Collection, id: string): Promise<Result<ListedRequest | ListedSchedule>> {
  const { family, kind, level } = where
  const guid = /([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:-e)?$/i.exec(id)?.[1]?.toLowerCase()
  if (kind === 'instances' && family.plane === 'directory' && joined(id)) return joinedInstance(x, where, id)
  if (!guid) return refuse(fault('ResourceNotFound', { id }))
  const input = { plane: family.plane, level, scope: null, id: guid, by: 'id' as const }
  return kind === 'requests' ? readOneRequest(x.deps.ctx, x.caller.call, input) : readOneSchedule(x.deps.ctx, x.caller.call, kind, input)
}

const idIn = (x: Exchange): string => x.at.keys[0]?.value ?? ''

async function one(x: Exchange, where: Collection): Promise<Response> {
  const found = await readOne(x, where, idIn(x))
  if (!found.ok) return refused(x, found.fault)
  const [value] = await render(x, where, [found.value])
  return entity(x, pathOf(where), value ?? {})
}

async function cancel(x: Exchange, where: Collection): Promise<Response> {
  const found = await readOne(x, where, idIn(x))
  if (!found.ok) return refused(x, found.fault)
  const done = 'request' in found.value ? await cancelRequest(x.deps.ctx, x.caller.call, found.value.request.id) : ok(null)
  return done.ok ? noContent(x) : refused(x, done.fault)
}

function mine(x: Exchange, where: Collection): Promise<Response> | Response {
  const on = MINE[x.at.args.on?.toLowerCase() ?? '']
  if (on && (where.kind === 'requests' || on === 'principal')) return list(x, where, on)
  return refused(x, fault('InvalidQuery', { detail: '`filterByCurrentUser` takes `on` principal, createdBy or approver' }))
}

/** One navigation property by its own path; 204 where it leads nowhere. */
const follow =
  (where: Collection, name: string): Handler =>
  async (x) => {
    const found = await readOne(x, where, idIn(x))
    if (!found.ok) return refused(x, found.fault)
    const [value] = await render(expanding(x, name), where, [found.value])
    const target = value?.[NAVIGATION_NAMES[name] ?? '']
    if (!target) return noContent(x)
    // A schedule says which one it is: the published contract has the wrong one at one place.
    const type = name === 'targetschedule' ? { '@odata.type': `#microsoft.graph.${where.family.type('schedules', where.level)}` } : {}
    return entity(x, 'directoryObjects', { ...type, ...(target as Entity) })
  }

const NAVIGATIONS: Readonly<Record<Family['plane'], readonly string[]>> = {
  directory: ['principal', 'roledefinition', 'directoryscope', 'appscope'],
  group: ['principal', 'group'],
  resource: [],
}

/** The rows of one of a family's collections (contract reference 3.1, 5). */
export function scheduleRoutes(where: Collection, area: Area): readonly Route[] {
  const { family, kind, level } = where
  const base = pathOf(where).toLowerCase()
  const requests = kind === 'requests'
  const pointers = [...(level === 'Assignment' ? ['activatedusing'] : []), ...(requests ? ['targetschedule'] : [])]
  return [
    route(base, area, { GET: (x) => list(x, where, null), ...(requests ? { POST: (x: Exchange) => create(x, where) } : {}) }),
    route(`${base}/$count`, area, { GET: (x) => countAll(x, where) }),
    route(`${base}/filterbycurrentuser()`, area, { GET: (x) => mine(x, where) }),
    route(`${base}/{id}`, area, { GET: (x) => one(x, where) }),
    ...(requests ? [route(`${base}/{id}/cancel`, area, { POST: (x) => cancel(x, where) })] : []),
    ...[...NAVIGATIONS[family.plane], ...pointers].map((name) => route(`${base}/{id}/${name}`, area, { GET: follow(where, name) })),
  ]
}
