// The moves of schedules and requests, each with its event, so that no caller can write one without the other.

import { type Change, type Errand, NO_CHANGE, transition } from '../change.ts'
import type { RequestFact, RequestStatus } from '../request/request.ts'
import type { Instant } from '../time.ts'
import { isCurrent, type ScheduleFact, type ScheduleStatus } from './schedule.ts'

const aboutSchedule = (s: ScheduleFact, action: string | null, reason: string | null) => ({
  privilege: s.privilege,
  principalId: s.principalId,
  level: s.level,
  requestId: s.requestId,
  action,
  reason,
  data: { source: s.source, start: s.window.start, end: s.window.end },
})

/** A new schedule. */
export const addSchedule = (errand: Errand, s: ScheduleFact, action: string | null, reason: string | null): Change => ({
  ...NO_CHANGE,
  schedules: [s],
  events: [transition(errand, 'schedule', s.id, 'None', s.status, aboutSchedule(s, action, reason))],
})

/** A schedule moves; `end` is its end from now on. */
export function moveSchedule(
  errand: Errand,
  s: ScheduleFact,
  to: ScheduleStatus,
  end: Instant | null,
  action: string | null,
  reason: string | null,
): Change {
  const moved = { ...s, window: { ...s.window, end } }
  return {
    ...NO_CHANGE,
    scheduleMoves: [{ id: s.id, from: s.status, to, end }],
    events: [transition(errand, 'schedule', s.id, s.status, to, aboutSchedule(moved, action, reason))],
  }
}

/** Ends a schedule now: revoked when it had begun, canceled when it had not; a window never ends before it starts. */
export function endSchedule(errand: Errand, s: ScheduleFact, action: string | null, reason: string | null): Change {
  const { start, end } = s.window
  // Its time was over already, and nobody had written that down yet.
  if (end !== null && end <= errand.now) return moveSchedule(errand, s, 'Expired', end, 'expire', 'its time was over')
  return moveSchedule(errand, s, isCurrent(s, errand.now) ? 'Revoked' : 'Canceled', Math.max(errand.now, start), action, reason)
}

/** A request moves. */
export function moveRequest(
  errand: Errand,
  r: RequestFact,
  to: RequestStatus,
  reason: string | null,
  more: { readonly completedAt?: Instant | null; readonly schedule?: ScheduleFact } = {},
): Change {
  const { ask } = r
  const about = { privilege: ask.privilege, principalId: ask.principalId, level: ask.level, requestId: r.id, action: ask.action, reason }
  return {
    ...NO_CHANGE,
    requestMoves: [
      {
        id: r.id,
        from: r.status,
        to,
        completedAt: more.completedAt === undefined ? errand.now : more.completedAt,
        scheduleId: more.schedule?.id ?? r.scheduleId,
        startsAt: more.schedule?.window.start ?? r.startsAt,
        endsAt: more.schedule ? more.schedule.window.end : r.endsAt,
      },
    ],
    events: [transition(errand, 'request', r.id, r.status, to, about)],
  }
}

/** What falls with an eligibility: activations that rest on it end, requests that wait for it fail (behaviour 2.7). */
export function fellWith(
  errand: Errand,
  gone: readonly string[],
  linked: readonly ScheduleFact[],
  pending: readonly RequestFact[],
  reason: string,
): readonly Change[] {
  const ended = linked.filter((s) => s.basis && gone.includes(s.basis.id)).map((s) => endSchedule(errand, s, null, reason))
  const failed = pending
    .filter((r) => r.eligibilityId !== null && gone.includes(r.eligibilityId))
    .map((r) => moveRequest(errand, r, 'Failed', reason))
  return [...ended, ...failed]
}
