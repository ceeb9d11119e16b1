// `scheduleInfo`, in and out (contract reference 3.2, 3.3; behaviour K7, K8).

import { fault } from '../../domain/faults.ts'
import type { ExpirationType, ScheduleInfo } from '../../domain/request/request.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { formatInstant, type Instant } from '../../domain/time.ts'
import { pick, readEnum, readInstant, readObject, readText } from '../fields.ts'
import type { JsonObject } from '../json.ts'

const TYPES: readonly ExpirationType[] = ['NoExpiration', 'AfterDuration', 'AfterDateTime', 'NotSpecified']
const lowerCamel = (word: string) => word.charAt(0).toLowerCase() + word.slice(1)

/** Reads the body's `scheduleInfo`; null when there is none. A recurrence is refused: nobody supports one. */
export function readScheduleInfo(body: JsonObject): Result<ScheduleInfo | null> {
  const info = readObject(body, 'scheduleInfo')
  if (!info.ok || info.value === null) return info as Result<null>
  if (pick(info.value, 'recurrence') !== null) {
    return refuse(fault('InvalidRoleAssignmentRequest', { detail: '`scheduleInfo.recurrence` is not supported: leave it out' }))
  }
  const start = readInstant(info.value, 'startDateTime')
  if (!start.ok) return start
  const expiration = readObject(info.value, 'expiration')
  if (!expiration.ok) return expiration
  if (expiration.value === null) return ok({ start: start.value, type: 'NotSpecified', duration: null, end: null })
  const type = readEnum(expiration.value, 'type', TYPES)
  if (!type.ok) return type
  const duration = readText(expiration.value, 'duration')
  if (!duration.ok) return duration
  const end = readInstant(expiration.value, 'endDateTime')
  if (!end.ok) return end
  return ok({ start: start.value, type: type.value ?? 'NotSpecified', duration: duration.value || null, end: end.value })
}

const instant = (at: Instant | null) => (at === null ? null : formatInstant(at))

/** Writes a request's or schedule's `scheduleInfo`; `start` is the real one, null while it is not known. */
export function writeScheduleInfo(info: ScheduleInfo | null, start: Instant | null, end: Instant | null) {
  const type = info?.type ?? (end === null ? 'NoExpiration' : 'AfterDateTime')
  return {
    startDateTime: instant(start),
    recurrence: null,
    expiration: {
      type: lowerCamel(type),
      endDateTime: type === 'AfterDateTime' ? instant(info?.end ?? end) : null,
      duration: type === 'AfterDuration' ? (info?.duration ?? null) : null,
    },
  }
}
