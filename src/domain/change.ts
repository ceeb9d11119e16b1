// A change is what a judgement wants written: rows to add, rows to move, and exactly one event for each (law 2). It is data;
// `store/apply.ts` is the only one that writes it.

import type { Actor } from './access/actor.ts'
import type { ApprovalFact, ApprovalStatus, Decision } from './approval/approval.ts'
import type { Event, Machine } from './audit/event.ts'
import type { Level, Privilege } from './privilege.ts'
import type { RequestFact, RequestStatus } from './request/request.ts'
import type { ScheduleFact, ScheduleStatus } from './schedule/schedule.ts'
import type { Instant } from './time.ts'

export type Ids = () => string

export interface RequestMove {
  readonly id: string
  readonly from: RequestStatus
  readonly to: RequestStatus
  readonly completedAt: Instant | null
  readonly scheduleId: string | null
  readonly startsAt: Instant | null
  readonly endsAt: Instant | null
}

export interface ScheduleMove {
  readonly id: string
  readonly from: ScheduleStatus
  readonly to: ScheduleStatus
  /** The new end; null is permanent. An end is set, never guessed. */
  readonly end: Instant | null
}

export interface ApprovalMove {
  readonly id: string
  readonly from: ApprovalStatus
  readonly to: ApprovalStatus
  readonly decision: Decision | null
}

export interface Change {
  readonly requests: readonly RequestFact[]
  readonly schedules: readonly ScheduleFact[]
  readonly approvals: readonly ApprovalFact[]
  readonly requestMoves: readonly RequestMove[]
  readonly scheduleMoves: readonly ScheduleMove[]
  readonly approvalMoves: readonly ApprovalMove[]
  readonly events: readonly Event[]
}

export const NO_CHANGE: Change = {
  requests: [],
  schedules: [],
  approvals: [],
  requestMoves: [],
  scheduleMoves: [],
  approvalMoves: [],
  events: [],
}

/** Two changes as one. */
export const both = (a: Change, b: Change): Change => ({
  requests: [...a.requests, ...b.requests],
  schedules: [...a.schedules, ...b.schedules],
  approvals: [...a.approvals, ...b.approvals],
  requestMoves: [...a.requestMoves, ...b.requestMoves],
  scheduleMoves: [...a.scheduleMoves, ...b.scheduleMoves],
  approvalMoves: [...a.approvalMoves, ...b.approvalMoves],
  events: [...a.events, ...b.events],
})

/** Who did it, when, and in which errand: what all events of one operation share. */
export interface Errand {
  readonly actor: Actor
  readonly now: Instant
  readonly ids: Ids
  readonly correlationId: string
}

interface About {
  readonly privilege: Privilege
  readonly principalId: string
  readonly level: Level
  readonly requestId: string | null
  readonly action: string | null
  readonly reason: string | null
  readonly data?: Event['data']
}

/** The event of one transition. */
export function transition(errand: Errand, machine: Machine, id: string, from: string, to: string, about: About): Event {
  const { actor } = errand
  return {
    id: errand.ids(),
    at: errand.now,
    kind: 'transition',
    machine,
    from,
    to,
    subject: machine,
    subjectId: id,
    actorKind: actor.t,
    actorId: actor.t === 'system' ? null : actor.id,
    plane: about.privilege.plane,
    scope: about.privilege.scope,
    role: about.privilege.role,
    principalId: about.principalId,
    level: about.level,
    action: about.action,
    requestId: about.requestId,
    correlationId: errand.correlationId,
    reason: about.reason,
    data: about.data ?? {},
  }
}
