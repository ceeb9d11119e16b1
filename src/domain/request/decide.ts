// Verdict → change. What the asker wanted, once nothing stands in the way: hold for approval, schedule, alter or end.

import type { Proof, UserActor } from '../access/actor.ts'
import type { ApprovalFact } from '../approval/approval.ts'
import { both, type Change, type Errand, NO_CHANGE, transition } from '../change.ts'
import { affected } from '../policy/affected.ts'
import type { Case } from '../policy/case.ts'
import type { Verdict } from '../policy/evaluate.ts'
import { spendsProof } from '../policy/proof-demand.ts'
import { addSchedule, endSchedule, fellWith, moveSchedule } from '../schedule/moves.ts'
import { newSchedule } from '../schedule/new-schedule.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import { earlierEnd, type Instant } from '../time.ts'
import type { RequestFact, RequestStatus } from './request.ts'
import { settleWaiting, waitingOn } from './waiting.ts'

/** What waits for an administrator does not lapse: holders would lose their place by silence. */
const NEVER: Instant = Date.UTC(9999, 0, 1)

export interface Decided {
  readonly request: RequestFact
  readonly schedule: ScheduleFact | null
  readonly change: Change
}

const sum = (changes: readonly Change[]): Change => changes.reduce(both, NO_CHANGE)

export interface Written {
  readonly status: RequestStatus
  readonly schedule: ScheduleFact | null
  readonly changes: readonly Change[]
}

function create(errand: Errand, c: Case, id: string): Written {
  const schedule = newSchedule(c, id, c.window ?? { start: c.facts.now, end: null })
  const status = schedule.status === 'Granted' ? 'Granted' : 'Provisioned'
  return { status, schedule, changes: [addSchedule(errand, schedule, c.ask.action, c.ask.justification)] }
}

/** An activation whose eligibility now ends sooner; one that would begin after that end never does. */
function shorten(errand: Errand, s: ScheduleFact, end: Instant | null): Change {
  const reason = 'the eligibility was shortened'
  return end !== null && end <= s.window.start ? endSchedule(errand, s, null, reason) : moveSchedule(errand, s, s.status, end, null, reason)
}

/** An update or extension: the end moves where the start may stay; another start makes a new schedule of it. */
function alter(errand: Errand, c: Case, id: string): Written {
  const { ask, facts } = c
  const [old] = affected(c)
  const asked = c.window ?? { start: facts.now, end: null }
  if (!old) return create(errand, c, id)
  const gone = ask.level === 'Eligibility' ? [old.id] : []
  if (ask.action === 'adminUpdate' && (asked.start > facts.now || old.window.start > facts.now)) {
    const made = create(errand, c, id)
    const fallen = fellWith(errand, gone, facts.linked, facts.pending, 'the eligibility was replaced')
    return { ...made, changes: [endSchedule(errand, old, ask.action, ask.justification), ...fallen, ...made.changes] }
  }
  const moved = { ...old, window: { start: old.window.start, end: asked.end }, modifiedAt: facts.now }
  const cut = facts.linked
    .filter((s) => s.basis?.id === old.id && earlierEnd(s.window.end, asked.end) !== s.window.end)
    .map((s) => shorten(errand, s, asked.end))
  const status = old.status === 'Granted' ? 'Granted' : 'Provisioned'
  return { status, schedule: moved, changes: [moveSchedule(errand, old, old.status, asked.end, ask.action, ask.justification), ...cut] }
}

function end(errand: Errand, c: Case): Written {
  const { ask, facts } = c
  const ended = affected(c)
  const gone = ask.level === 'Eligibility' ? ended.map((s) => s.id) : []
  return {
    status: 'Revoked',
    schedule: null,
    changes: [
      ...ended.map((s) => endSchedule(errand, s, ask.action, ask.justification)),
      ...fellWith(errand, gone, facts.linked, facts.pending, 'the eligibility was removed'),
    ],
  }
}

/** What an action of its kind writes besides its request. */
export function written(errand: Errand, c: Case, id: string): Written {
  switch (c.ask.action) {
    case 'adminAssign':
    case 'adminRenew':
    case 'selfActivate':
      return create(errand, c, id)
    case 'adminUpdate':
    case 'adminExtend':
      return alter(errand, c, id)
    case 'adminRemove':
    case 'selfDeactivate':
      return end(errand, c)
    case 'selfExtend':
    case 'selfRenew':
      return { status: 'PendingAdminDecision', schedule: null, changes: [] }
    default:
      return c.ask.action satisfies never
  }
}

/** The proof as it is kept: with what a second look will need, and what it used up (D6). */
function keptProof(c: Case, actor: UserActor): Proof {
  const { session } = actor.proof
  const spends = session && spendsProof(c) ? { spends: session } : {}
  return { ...actor.proof, judgedAt: c.facts.now, address: actor.ip, ...spends }
}

function requestOf(errand: Errand, verdict: Verdict, id: string, status: RequestStatus, schedule: ScheduleFact | null): RequestFact {
  const { case: c, approval } = verdict
  const { actor, ask, facts } = c
  const waits = status === 'PendingApproval' || status === 'PendingAdminDecision'
  return {
    id,
    ask: { ...ask, validationOnly: false },
    status,
    requestedBy: actor.t === 'system' ? null : actor.id,
    createdAt: errand.now,
    // K8: a creating request completes at its start; an ending one shows no completion, as the reference does (behaviour 1.5).
    completedAt: waits || status === 'Revoked' ? null : (schedule?.window.start ?? errand.now),
    scheduleId: schedule?.id ?? (waits ? id : null),
    eligibilityId: c.eligibility?.id ?? null,
    approvalId: waits ? (approval?.id ?? null) : null,
    startsAt: schedule?.window.start ?? null,
    endsAt: schedule?.window.end ?? null,
    proof: actor.t === 'user' ? keptProof(c, actor) : null,
    snapshot: waits ? { policyScope: c.policyScope, changed: facts.policies.find((p) => p.scope === c.policyScope)?.changed ?? [] } : null,
  }
}

/** An administrator who acts on the very assignment has decided on what its holder asked to keep (behaviour 2.6). */
function answered(errand: Errand, c: Case, done: Written): readonly Change[] {
  if (c.caller !== 'Admin') return []
  const reason = done.schedule ? c.ask.justification : 'the assignment was removed'
  return waitingOn(c.facts.pending, c.ask).map((r) => settleWaiting(errand, r, done.schedule, reason))
}

/** What a submission without findings brings about. `id` becomes the request's, and with it the schedule's and the approval's. */
export function decideSubmission(errand: Errand, verdict: Verdict, id: string): Decided {
  const { case: c, approval } = verdict
  const { ask } = c
  const done =
    approval && !approval.administrators ? { status: 'PendingApproval' as const, schedule: null, changes: [] } : written(errand, c, id)
  const request = requestOf(errand, verdict, id, done.status, done.schedule)
  const about = {
    privilege: ask.privilege,
    principalId: ask.principalId,
    level: ask.level,
    requestId: id,
    action: ask.action,
    reason: ask.justification,
  }
  const first: Change = { ...NO_CHANGE, requests: [request], events: [transition(errand, 'request', id, 'None', request.status, about)] }
  const asked: ApprovalFact | null = approval && {
    id: approval.id,
    requestId: id,
    status: 'InProgress',
    stage: approval,
    dueAt: approval.administrators ? NEVER : errand.now + c.facts.settings.approvalLapse,
    decision: null,
  }
  const held: Change = asked
    ? { ...NO_CHANGE, approvals: [asked], events: [transition(errand, 'approval', asked.id, 'None', 'InProgress', about)] }
    : NO_CHANGE
  return { request, schedule: done.schedule, change: sum([first, held, ...done.changes, ...answered(errand, c, done)]) }
}
