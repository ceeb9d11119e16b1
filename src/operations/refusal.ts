// A refusal of somebody we know is an event too (D19). It changes nothing else.

import { type Change, NO_CHANGE } from '../domain/change.ts'
import type { Fault } from '../domain/faults.ts'
import type { Ask } from '../domain/request/request.ts'
import type { Instant } from '../domain/time.ts'
import type { Call, Ctx } from './context.ts'

/** The event of a refused ask, as a change. */
export function refusal(ctx: Ctx, call: Call, ask: Ask, subject: { kind: string; id: string }, fault: Fault, now: Instant): Change {
  const { actor } = call
  const event = {
    id: ctx.ids(),
    at: now,
    kind: 'refusal' as const,
    machine: null,
    from: null,
    to: null,
    subject: subject.kind,
    subjectId: subject.id,
    actorKind: actor.t,
    actorId: actor.t === 'system' ? null : actor.id,
    plane: ask.privilege.plane,
    scope: ask.privilege.scope,
    role: ask.privilege.role,
    principalId: ask.principalId,
    level: ask.level,
    action: ask.action,
    requestId: null,
    correlationId: call.correlationId,
    reason: fault.words,
    data: { code: fault.code, rules: fault.findings.map((f) => f.rule).join(','), justification: ask.justification },
  }
  return { ...NO_CHANGE, events: [event] }
}
