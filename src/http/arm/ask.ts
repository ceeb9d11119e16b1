// A request's body → an ask, tolerant as the reference is towards what real clients send (contract reference, 12.1, section 1).

import { fault } from '../../domain/faults.ts'
import { isGuid, type Level } from '../../domain/privilege.ts'
import { ACTIONS, type Ask, type ExpirationType, type ScheduleInfo } from '../../domain/request/request.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { readEnum, readGuid, readInstant, readObject, readText, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import type { ArmRequest } from './handler.ts'
import { parseRoleId } from './role-id.ts'

const TYPES: readonly ExpirationType[] = ['NoExpiration', 'AfterDuration', 'AfterDateTime']

/** First refusal among some readings, or all their values. */
type Read<T> = { readonly [K in keyof T]: Result<T[K]> }

function all<T extends object>(read: Read<T>): Result<T> {
  const values: Partial<T> = {}
  for (const key of Object.keys(read) as (keyof T)[]) {
    const one = read[key]
    if (!one.ok) return one
    values[key] = one.value
  }
  return ok(values as T)
}

/** An assignment without an end, asked for by saying nothing of one. */
const permanent = (start: number | null): ScheduleInfo => ({ start, type: 'NoExpiration', duration: null, end: null })

// NB. `AfterDuration` with a null duration makes an eligibility permanent, and is refused for an assignment (12.1).
const typeOf = (type: ExpirationType | null, duration: string | null, end: number | null, level: Level): ExpirationType => {
  if (type === null) return duration !== null ? 'AfterDuration' : end !== null ? 'AfterDateTime' : 'NoExpiration'
  return type === 'AfterDuration' && duration === null && level === 'Eligibility' ? 'NoExpiration' : type
}

function readSchedule(body: JsonObject, level: Level): Result<ScheduleInfo | null> {
  const info = readObject(body, 'scheduleInfo')
  if (!info.ok || info.value === null) return info as Result<null>
  const outer = all({ start: readInstant(info.value, 'startDateTime'), expiration: readObject(info.value, 'expiration') })
  if (!outer.ok) return outer
  const { start, expiration } = outer.value
  if (expiration === null) return ok(permanent(start))
  const inner = all({
    type: readEnum(expiration, 'type', TYPES),
    duration: readText(expiration, 'duration'),
    end: readInstant(expiration, 'endDateTime'),
  })
  if (!inner.ok) return inner
  const { type, end } = inner.value
  const duration = inner.value.duration?.trim() || null
  return ok({ start, type: typeOf(type, duration, end, level), duration, end })
}

/** Actions that make or change a window; without a schedule they ask for one without an end. */
const MAKES: ReadonlySet<string> = new Set(['adminAssign', 'adminUpdate', 'adminExtend', 'adminRenew', 'selfActivate'])

function readTicket(body: JsonObject): Result<{ number: string | null; system: string | null }> {
  const info = readObject(body, 'ticketInfo')
  if (!info.ok) return info
  return all({ number: readText(info.value ?? {}, 'ticketNumber'), system: readText(info.value ?? {}, 'ticketSystem') })
}

/** The last segment of an id, or the bare name. */
function readName(body: JsonObject, name: string): Result<string | null> {
  const text = readText(body, name)
  if (!text.ok || !text.value?.trim()) return text.ok ? ok(null) : text
  const last =
    text.value
      .trim()
      .split('/')
      .findLast((part) => part !== '') ?? ''
  return isGuid(last)
    ? ok(last.toLowerCase())
    : refuse(fault('MalformedBody', { detail: `\`${name}\` is not the id of an eligibility schedule` }))
}

function readRole(body: JsonObject): Result<{ id: string; sent: string }> {
  const sent = required(readText(body, 'roleDefinitionId'), 'roleDefinitionId')
  if (!sent.ok) return sent
  const id = parseRoleId(sent.value)
  return id.ok ? ok({ id: id.value, sent: sent.value.trim() }) : id
}

/** The ask that a body makes at the request's scope, under the name in its path. */
export async function readAsk(request: ArmRequest, level: Level): Promise<Result<Ask>> {
  const { path, scope, spelling } = request
  const name = path.name ?? ''
  if (!isGuid(name)) return refuse(fault('InvalidRoleAssignmentRequest', { detail: 'the name of a request in its path must be a GUID' }))
  const whole = await request.body()
  if (!whole.ok) return whole
  const inner = readObject(whole.value, 'properties')
  if (!inner.ok) return inner
  const body = inner.value ?? whole.value
  const read = all({
    action: required(readEnum(body, 'requestType', ACTIONS), 'requestType'),
    principalId: required(readGuid(body, 'principalId'), 'principalId'),
    role: readRole(body),
    schedule: readSchedule(body, level),
    justification: readText(body, 'justification'),
    ticket: readTicket(body),
    linked: readName(body, 'linkedRoleEligibilityScheduleId'),
    condition: readText(body, 'condition'),
    conditionVersion: readText(body, 'conditionVersion'),
  })
  if (!read.ok) return read
  const { action, principalId, role, schedule, justification, ticket, linked, condition, conditionVersion } = read.value
  return ok({
    privilege: { plane: 'resource', scope, role: role.id },
    level,
    action,
    principalId,
    schedule: schedule ?? (MAKES.has(action) ? permanent(null) : null),
    justification,
    ticketNumber: ticket.number,
    ticketSystem: ticket.system,
    validationOnly: false,
    linkedScheduleId: linked,
    condition,
    conditionVersion,
    name,
    roleAsSent: role.sent,
    scopeAsSent: spelling || '/',
    customData: null,
  })
}
