// Schedule requests of both levels: make, read, list, cancel, validate (contract reference, 12, 12.1).

import type { Level } from '../../domain/privilege.ts'
import type { Action, RequestFact } from '../../domain/request/request.ts'
import { cancelRequest } from '../../operations/cancel-request.ts'
import { type ListedRequest, listRequests, readOneRequest } from '../../operations/list.ts'
import { type Submitted, submitRequest, validate } from '../../operations/submit-request.ts'
import { readAsk } from './ask.ts'
import { type ArmRequest, answered, type Handler, listed, type Routes } from './handler.ts'
import { hinted, listInput, tokenOf } from './lists.ts'
import { aliased, expanded, idOf, instant, PRINCIPAL_TYPES, PROVIDER, prefixOf, roleShown } from './wire.ts'

const TYPE: Readonly<Record<Level, string>> = {
  Eligibility: 'RoleEligibilityScheduleRequests',
  Assignment: 'RoleAssignmentScheduleRequests',
}

const typeWord = (action: Action): string => action.charAt(0).toUpperCase() + action.slice(1)

function scheduleInfo({ ask, startsAt, createdAt }: RequestFact): object | null {
  if (!ask.schedule) return null
  const { start, type, duration, end } = ask.schedule
  return {
    // The time it takes effect, not the one asked for (quirk 13).
    startDateTime: instant(startsAt ?? Math.max(start ?? createdAt, createdAt)),
    expiration: { type, endDateTime: type === 'AfterDateTime' ? instant(end) : null, duration: type === 'AfterDuration' ? duration : null },
  }
}

/** A request on the wire; `status` where it is another word than the request's own. */
function resourceOf(item: ListedRequest, alias: string, status: string = item.request.status): object {
  const { request: r, principal, role, scope } = item
  const { ask } = r
  const spelling = prefixOf(ask.scopeAsSent ?? scope.spelling)
  const roleId = roleShown(ask.roleAsSent, spelling, role.id)
  const type = TYPE[ask.level]
  const name = ask.name ?? r.id
  const at = aliased(alias, spelling)
  return {
    properties: {
      [`targetRole${ask.level}ScheduleId`]: item.targetName,
      [`targetRole${ask.level}ScheduleInstanceId`]: null,
      scope: at || '/',
      roleDefinitionId: roleId,
      principalId: ask.principalId,
      principalType: principal && PRINCIPAL_TYPES[principal.kind],
      requestType: typeWord(ask.action),
      status,
      approvalId: r.approvalId && idOf(spelling, 'roleAssignmentApprovals', r.approvalId),
      ...(ask.level === 'Assignment' ? { linkedRoleEligibilityScheduleId: item.eligibilityName } : {}),
      scheduleInfo: scheduleInfo(r),
      ticketInfo: { ticketNumber: ask.ticketNumber, ticketSystem: ask.ticketSystem },
      justification: ask.justification,
      requestorId: r.requestedBy,
      createdOn: instant(r.createdAt),
      condition: ask.condition,
      conditionVersion: ask.conditionVersion,
      expandedProperties: expanded(spelling, scope, roleId, role, ask.principalId, principal),
    },
    name,
    id: idOf(at, type, name),
    type: `${PROVIDER}/${type}`,
  }
}

/** What was just judged, with its names: they come from the facts of the judgement. */
function itemOf({ request, schedule, facts }: Submitted, spelling: string): ListedRequest {
  const { ask } = request
  const waiting = request.scheduleId === request.id ? (ask.name ?? request.id) : null
  return {
    request,
    targetName: schedule?.name ?? waiting,
    eligibilityName: facts.schedules.find((s) => s.id === request.eligibilityId)?.name ?? null,
    principal: facts.principal,
    role: { id: ask.privilege.role, name: facts.role?.name ?? '', builtIn: facts.role?.builtIn ?? false },
    scope: { id: ask.privilege.scope, kind: facts.scope?.kind ?? '', displayName: facts.scope?.displayName ?? '', spelling },
  }
}

const put =
  (level: Level): Handler =>
  async (request) => {
    const ask = await readAsk(request, level)
    if (!ask.ok) return ask
    const done = await submitRequest(request.deps.ctx, request.call, ask.value)
    return done.ok ? answered(resourceOf(itemOf(done.value, request.spelling), request.alias), 201) : done
  }

/** What a validation says of each status that the request would have had (12.3). */
const WOULD: Partial<Record<RequestFact['status'], string>> = {
  PendingApproval: 'PendingEvaluation',
  PendingAdminDecision: 'PendingEvaluation',
}

const check =
  (level: Level): Handler =>
  async (request) => {
    const ask = await readAsk(request, level)
    if (!ask.ok) return ask
    const done = await validate(request.deps.ctx, request.call, { ...ask.value, validationOnly: true })
    if (!done.ok) return done
    return answered(resourceOf(itemOf(done.value, request.spelling), request.alias, WOULD[done.value.request.status] ?? 'Granted'))
  }

const find = ({ deps, call, path, scope }: ArmRequest, level: Level) =>
  readOneRequest(deps.ctx, call, { plane: 'resource', level, scope, id: path.name ?? '', by: 'name' })

const get =
  (level: Level): Handler =>
  async (request) => {
    const found = await find(request, level)
    return found.ok ? answered(resourceOf(found.value, request.alias)) : found
  }

const list =
  (level: Level): Handler =>
  async (request) => {
    const input = listInput(request, level, 'requests')
    if (!input.ok) return input
    const page = hinted(request, await listRequests(request.deps.ctx, request.call, input.value))
    if (!page.ok) return page
    const value = page.value.items.map((item) => resourceOf(item, request.alias))
    return listed(request, value, tokenOf(page.value.next))
  }

const cancel =
  (level: Level): Handler =>
  async (request) => {
    const found = await find(request, level)
    if (!found.ok) return found
    const done = await cancelRequest(request.deps.ctx, request.call, found.value.request.id)
    return done.ok ? answered(null) : done
  }

/** The routes of one of the two request types. */
export const requestRoutes = (level: Level): Routes => ({
  '': { GET: list(level) },
  '{}': { GET: get(level), PUT: put(level) },
  '{}/cancel': { POST: cancel(level) },
  '{}/validate': { POST: check(level) },
})
