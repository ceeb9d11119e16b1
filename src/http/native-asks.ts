// An ask of the native API → an ask of the engine: names become ids, and what is left out is filled where it is clear.

import type { Checked } from '../contract/routes.ts'
import { fault } from '../domain/faults.ts'
import type { Level } from '../domain/privilege.ts'
import { type Action, type Ask, callerOf, PLAIN_ASK, type ScheduleInfo } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { parseInstant } from '../domain/time.ts'
import type { Call, Ctx } from '../operations/context.ts'
import { resolvePrincipal, resolvePrivilege } from '../operations/resolve-names.ts'

type Sent = Checked<'submit'>['body']

const bad = (detail: string) => refuse(fault('MalformedBody', { detail }))

const ENDINGS: ReadonlySet<Action> = new Set<Action>(['adminRemove', 'selfDeactivate'])

type Period = Pick<Sent, 'start' | 'duration' | 'end'>

/** The period that goes with a decision; null where none was named. Faults: `MalformedBody`, `InvalidInstant`. */
export const readPeriod = (sent: Period): Result<ScheduleInfo | null> =>
  sent.start === undefined && sent.duration === undefined && sent.end === undefined ? ok(null) : periodOf(sent)

/** Start and end as sent; an ending action has none. */
const scheduleOf = (sent: Sent): Result<ScheduleInfo | null> => (ENDINGS.has(sent.action) ? ok(null) : periodOf(sent))

function periodOf(sent: Period): Result<ScheduleInfo> {
  if (sent.duration !== undefined && sent.end !== undefined) return bad('`duration` does not go with `end`: send one of them')
  const start = sent.start === undefined ? ok(null) : parseInstant(sent.start)
  if (!start.ok) return start
  const end = sent.end === undefined ? ok(null) : parseInstant(sent.end)
  if (!end.ok) return end
  const type = sent.duration !== undefined ? 'AfterDuration' : sent.end !== undefined ? 'AfterDateTime' : 'NoExpiration'
  return ok({ start: start.value, type, duration: sent.duration ?? null, end: end.value })
}

function levelOf(sent: Sent): Result<Level> {
  if (callerOf(sent.action) === 'EndUser') return ok(sent.level ?? 'Assignment')
  return sent.level ? ok(sent.level) : bad('`level` is required: Eligibility or Assignment')
}

async function principalOf(ctx: Ctx, call: Call, sent: Sent): Promise<Result<string>> {
  if (sent.principal !== undefined) {
    const found = await resolvePrincipal(ctx, call, sent.principal)
    return found.ok ? ok(found.value.id) : found
  }
  if (callerOf(sent.action) === 'EndUser' && call.actor.t !== 'system') return ok(call.actor.id)
  return bad('`principal` is required: an address, a name or an id')
}

/** Reads an ask. Faults: `MalformedBody`, `SubjectNotFound`, `RoleNotFound`, `ResourceNotFound`, `InvalidQuery`, `InvalidInstant`, `Forbidden`. */
export async function readAsk(ctx: Ctx, call: Call, sent: Sent): Promise<Result<Ask>> {
  const level = levelOf(sent)
  if (!level.ok) return level
  const schedule = scheduleOf(sent)
  if (!schedule.ok) return schedule
  const principal = await principalOf(ctx, call, sent)
  if (!principal.ok) return principal
  const words = { role: sent.role, scope: sent.scope ?? null, plane: sent.plane ?? null }
  // What the person holds settles what is left open, but only one's own holds: others' are not for guessing.
  const holder = call.actor.t !== 'system' && call.actor.id === principal.value ? principal.value : null
  const privilege = await resolvePrivilege(ctx, call, words, holder)
  if (!privilege.ok) return privilege
  return ok({
    ...PLAIN_ASK,
    privilege: privilege.value,
    level: level.value,
    action: sent.action,
    principalId: principal.value,
    schedule: schedule.value,
    justification: sent.justification ?? null,
    ticketNumber: sent.ticketNumber ?? null,
    ticketSystem: sent.ticketSystem ?? null,
    linkedScheduleId: sent.linkedScheduleId ?? null,
  })
}
