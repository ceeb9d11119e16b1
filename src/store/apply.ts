// THE writer of state (law 2): what a change lists, one event for each, and the outbox, in one statement of the caller's
// transaction. A row that is no longer in the state it was judged in makes the whole change fail, as does what was deleted meanwhile.

import type { ApprovalFact } from '../domain/approval/approval.ts'
import type { Event } from '../domain/audit/event.ts'
import type { Change } from '../domain/change.ts'
import { isOutside } from '../domain/request/outside.ts'
import type { RequestFact } from '../domain/request/request.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import { APPLY } from './apply-sql.ts'
import { type Cause, deriveGrants } from './derive.ts'
import { eventRow } from './event-row.ts'
import type { Sql } from './sql.ts'

/** A row was not in the state it was judged in: somebody else came first. Judge again. */
export class StaleChange extends Error {
  constructor() {
    super('a row changed after it was judged')
  }
}

const iso = (at: Instant | null): string | null => (at === null ? null : formatInstant(at))

const requestRow = (r: RequestFact) => ({
  id: r.id,
  ...r.ask.privilege,
  principal_id: r.ask.principalId,
  level: r.ask.level,
  action: r.ask.action,
  status: r.status,
  requested_by: r.requestedBy,
  created_at: iso(r.createdAt),
  completed_at: iso(r.completedAt),
  schedule_id: r.scheduleId,
  eligibility_id: r.eligibilityId,
  approval_id: r.approvalId,
  starts_at: iso(r.startsAt),
  ends_at: iso(r.endsAt),
  ask: r.ask,
  proof: r.proof,
  snapshot: r.snapshot,
  name: r.ask.name?.toLowerCase() ?? null,
})

const scheduleRow = (s: ScheduleFact) => ({
  id: s.id,
  name: s.name,
  ...s.privilege,
  principal_id: s.principalId,
  level: s.level,
  source: s.source,
  status: s.status,
  starts_at: iso(s.window.start),
  ends_at: iso(s.window.end),
  created_at: iso(s.createdAt),
  modified_at: iso(s.modifiedAt),
  request_id: s.requestId,
  basis_id: s.basis?.id ?? null,
  condition: s.condition,
  condition_version: s.conditionVersion,
  description: s.description,
})

const approvalRow = (a: ApprovalFact) => ({ id: a.id, request_id: a.requestId, status: a.status, stage: a.stage, due_at: iso(a.dueAt) })

/** Requests, approvals and assignments past the front door are told to people; assignments that begin, move or end are looked at by the grant ledger. */
function postings(events: readonly Event[]) {
  return events.flatMap((e) => {
    if (e.kind !== 'transition') return []
    const { plane, role } = e
    if (e.machine === 'request') return [{ topic: 'message', event_id: e.id, plane, role }]
    if (e.machine !== 'schedule') return []
    const outside = isOutside(e.action) ? [{ topic: 'message', event_id: e.id, plane, role }] : []
    return e.level === 'Assignment' ? [...outside, { topic: 'holding', event_id: e.id, plane, role }] : outside
  })
}

const move = (m: { id: string; from: string; to: string }) => ({ id: m.id, from_state: m.from, to_state: m.to })

/** Why a person's grants are looked at: the event that touched their holdings. */
function causeOf(events: readonly Event[]): (person: string) => Cause {
  const touching = new Map(events.filter((e) => e.machine === 'schedule').map((e) => [e.principalId, e]))
  return (person) => {
    const e = touching.get(person) ?? events[0]
    return { requestId: e?.requestId ?? null, correlationId: e?.correlationId ?? person }
  }
}

interface Written {
  readonly requests: number
  readonly schedules: number
  readonly approvals: number
  /** New schedules whose principal, role and scope are there. */
  readonly grounded: number
  readonly touched: string[]
}

/**
 * Writes the changes, and with them the grants of whoever holds a bound privilege themselves. Throws `StaleChange` when a row had
 * moved on, and pg's error when a constraint keeps its promise.
 */
export async function apply(tx: Sql, changes: readonly Change[], now: Instant): Promise<void> {
  const all = <T>(of: (c: Change) => readonly T[]): readonly T[] => changes.flatMap(of)
  const events = all((c) => c.events)
  if (events.length === 0) return
  const requestMoves = all((c) => c.requestMoves)
  const scheduleMoves = all((c) => c.scheduleMoves)
  const approvalMoves = all((c) => c.approvalMoves)
  const schedules = all((c) => c.schedules)
  const lists = [
    all((c) => c.requests).map(requestRow),
    schedules.map(scheduleRow),
    all((c) => c.approvals).map(approvalRow),
    requestMoves.map((m) => ({
      ...move(m),
      completed_at: iso(m.completedAt),
      schedule_id: m.scheduleId,
      starts_at: iso(m.startsAt),
      ends_at: iso(m.endsAt),
    })),
    scheduleMoves.map((m) => ({ ...move(m), ends_at: iso(m.end) })),
    approvalMoves.map((m) => ({ ...move(m), decision: m.decision })),
    events.map(eventRow),
  ]
  const values = [...lists.map((list) => JSON.stringify(list)), formatInstant(now), JSON.stringify(postings(events))]
  const [moved] = await tx.query<Written>(APPLY, values, 'apply')
  const whole =
    moved?.requests === requestMoves.length &&
    moved.schedules === scheduleMoves.length &&
    moved.approvals === approvalMoves.length &&
    moved.grounded === schedules.length
  if (!whole) throw new StaleChange()
  if (moved.touched.length > 0) await deriveGrants(tx, moved.touched, now, causeOf(events))
}

/** Writes events that change no state, such as refusals. */
export const record = (tx: Sql, events: readonly Event[], now: Instant): Promise<void> =>
  apply(tx, [{ requests: [], schedules: [], approvals: [], requestMoves: [], scheduleMoves: [], approvalMoves: [], events }], now)
