// The pure engine over plain lists, for properties at thousands of histories: facts are read from the lists, changes are written to
// them as `store/apply.ts` writes them to tables. Nothing is decided here.

import type { Actor } from '../../src/domain/access/actor.ts'
import { holdings } from '../../src/domain/access/effective.ts'
import { APPROVAL_TRANSITIONS, type ApprovalFact, type ReviewResult } from '../../src/domain/approval/approval.ts'
import { completeApproval, lapse } from '../../src/domain/approval/complete.ts'
import { judgeDecision } from '../../src/domain/approval/decide.ts'
import type { Event } from '../../src/domain/audit/event.ts'
import type { Change, Errand } from '../../src/domain/change.ts'
import type { Facts, PolicyFact } from '../../src/domain/facts.ts'
import { evaluate, refusalOf } from '../../src/domain/policy/evaluate.ts'
import type { Level, Privilege } from '../../src/domain/privilege.ts'
import { cancelRequest } from '../../src/domain/request/cancel.ts'
import { decideSubmission } from '../../src/domain/request/decide.ts'
import { REQUEST_TRANSITIONS } from '../../src/domain/request/machine.ts'
import { type Action, type Ask, isCancelable, isPending, PLAIN_ASK, type RequestFact } from '../../src/domain/request/request.ts'
import { SCHEDULE_TRANSITIONS } from '../../src/domain/schedule/machine.ts'
import { moveRequest, moveSchedule } from '../../src/domain/schedule/moves.ts'
import { isLive, type ScheduleFact } from '../../src/domain/schedule/schedule.ts'
import { contains, type Instant } from '../../src/domain/time.ts'
import { ADMIN, APPROVER, type Subject } from './steps.ts'

const PRIVILEGE: Privilege = {
  plane: 'resource',
  scope: '/subscriptions/00000000-0000-0000-0000-000000000000',
  role: 'b24988ac-6180-42a0-ab88-20f7382dd24c',
}
const DAY = 86_400_000

export class Engine implements Subject {
  now: Instant = Date.parse('2031-01-01T00:00:00Z')
  requests = new Map<string, RequestFact>()
  schedules = new Map<string, ScheduleFact>()
  approvals = new Map<string, ApprovalFact>()
  events: Event[] = []
  /** Rows added or moved, to be compared with the events. */
  changes = 0
  private policies: PolicyFact[] = []
  private made = 0

  private readonly ids = () => `id-${++this.made}`
  private errand = (actor: Actor): Errand => ({ actor, now: this.now, ids: this.ids, correlationId: 'c' })
  private actor = (id: string): Actor => ({ t: 'user', id, proof: { amr: ['mfa'], acrs: [], at: null }, scopes: null, app: null, ip: null })

  /** Every schedule with the eligibility beneath as it stands now, as the store's queries give it. */
  private rows(): ScheduleFact[] {
    return [...this.schedules.values()].map((s) => {
      const b = s.basis ? this.schedules.get(s.basis.id) : undefined
      return { ...s, basis: b ? { id: b.id, principalId: b.principalId, live: isLive(b.status), window: b.window } : null }
    })
  }

  private facts(principalId: string, actorId: string, subject: RequestFact | null): Facts {
    const person = (id: string) => ({
      id,
      kind: 'user' as const,
      displayName: id,
      upn: null,
      mail: null,
      enabled: true,
      assignableToRole: false,
    })
    const rows = this.rows()
    const own = rows.filter((s) => s.principalId === principalId)
    const eligible = own.filter((s) => s.level === 'Eligibility' && isLive(s.status)).map((s) => s.id)
    const pending = [...this.requests.values()].filter((r) => isPending(r.status) && r.ask.principalId === principalId)
    const owner = { schedule: { ...OWNERSHIP, principalId: ADMIN }, actions: ['*'], notActions: [] }
    const approval = subject ? (this.approvals.get(subject.approvalId ?? '') ?? null) : null
    return {
      now: this.now,
      settings: {
        shortestStint: 300_000,
        approvalLapse: DAY,
        strictReference: false,
        authenticationContexts: [],
        plainMfaFallback: false,
        mfaMaximumAge: null,
        sideDoors: 'open',
        elevation: 8 * 3_600_000,
      },
      actor: { principal: person(actorId), edges: [], held: actorId === ADMIN ? [owner] : [] },
      principal: person(principalId),
      role: { plane: 'resource', id: PRIVILEGE.role, name: 'Contributor', builtIn: true, privileged: true, assignableScopes: ['/'] },
      scope: {
        plane: 'resource',
        id: PRIVILEGE.scope,
        kind: 'subscription',
        displayName: 's',
        ancestors: [],
        locked: false,
        managed: true,
        assignableToRole: false,
        membership: 'assigned',
      },
      edges: [],
      schedules: own.filter((s) => isLive(s.status) || s.status === 'Expired'),
      linked: rows.filter((s) => s.basis && eligible.includes(s.basis.id) && isLive(s.status)),
      pending,
      policies: this.policies,
      nameTaken: false,
      proofSpent: false,
      named: null,
      subject: subject && { request: subject, approval },
      lastHolderOf: [],
      assignmentCount: null,
    }
  }

  apply(change: Change): void {
    this.changes += change.requests.length + change.schedules.length + change.approvals.length
    this.changes += change.requestMoves.length + change.scheduleMoves.length + change.approvalMoves.length
    for (const r of change.requests) this.requests.set(r.id, r)
    for (const a of change.approvals) this.approvals.set(a.id, a)
    for (const m of change.scheduleMoves) {
      const s = this.moved(this.schedules, m)
      this.schedules.set(m.id, { ...s, status: m.to, window: { ...s.window, end: m.end } })
    }
    for (const s of change.schedules) {
      for (const other of this.schedules.values()) if (clash(other, s)) throw new Error('two windows of one source overlap')
      this.schedules.set(s.id, s)
    }
    for (const m of change.requestMoves)
      this.requests.set(m.id, { ...this.moved(this.requests, m), status: m.to, scheduleId: m.scheduleId })
    for (const m of change.approvalMoves) this.approvals.set(m.id, { ...this.moved(this.approvals, m), status: m.to, decision: m.decision })
    for (const e of change.events) {
      if (!LEGAL[e.machine as keyof typeof LEGAL]?.[e.from ?? '']?.includes(e.to ?? ''))
        throw new Error(`${e.machine} must not move from ${e.from} to ${e.to}`)
    }
    this.events.push(...change.events)
  }

  private moved<T extends { status: string }>(rows: Map<string, T>, m: { id: string; from: string }): T {
    const row = rows.get(m.id)
    if (row?.status !== m.from) throw new Error(`an illegal move of ${m.id} from ${m.from}`)
    return row
  }

  /** Submits; the request's id, or null when refused. */
  submit(by: string, action: Action, level: Level, who: string, duration: string | null, startIn = 0): string | null {
    const schedule =
      duration === null ? null : { start: startIn > 0 ? this.now + startIn : null, type: 'AfterDuration' as const, duration, end: null }
    const ask: Ask = { ...PLAIN_ASK, justification: 'because', privilege: PRIVILEGE, level, action, principalId: who, schedule }
    const facts = this.facts(who, by, null)
    const id = this.ids()
    const verdict = evaluate(this.actor(by), ask, facts, id)
    if (refusalOf(verdict.findings)) return null
    this.apply(decideSubmission(this.errand(this.actor(by)), verdict, id).change)
    return id
  }

  decide(by: string, id: string, result: ReviewResult): boolean {
    const request = this.requests.get(id)
    const approval = this.approvals.get(request?.approvalId ?? '')
    if (!request || !approval) return false
    const facts = this.facts(request.ask.principalId, by, request)
    const actor = this.actor(by)
    if (!judgeDecision(actor, facts, request, approval, 'fine').ok) return false
    this.apply(completeApproval(this.errand(actor), facts, request, approval, { by, result, justification: 'fine', at: this.now }).change)
    return true
  }

  cancel(id: string): boolean {
    const request = this.requests.get(id)
    if (!request || !isCancelable(request.status)) return false
    const mine = this.rows().filter((s) => s.principalId === request.ask.principalId)
    this.apply(cancelRequest(this.errand(this.actor(ADMIN)), request, this.approvals.get(request.approvalId ?? '') ?? null, mine))
    return true
  }

  cancelable() {
    const waiting = [...this.requests.values()].filter((r) => r.status === 'PendingApproval' || r.status === 'Granted')
    return waiting.map((r) => ({ id: r.id, level: r.ask.level, who: r.ask.principalId }))
  }

  requireApproval(on: boolean): void {
    this.policies = on ? [{ scope: PRIVILEGE.scope, changed: [APPROVAL_RULE] }] : []
  }

  pass(ms: number): void {
    this.now += ms
  }

  /** What the worker does with what is due. */
  settle(): void {
    const errand = this.errand({ t: 'system', part: 'worker' })
    for (const s of this.rows()) {
      if (!isLive(s.status)) continue
      if (s.window.end !== null && s.window.end <= this.now) this.apply(moveSchedule(errand, s, 'Expired', s.window.end, 'expire', null))
      else if (s.status === 'Granted' && s.window.start <= this.now) this.start(errand, s)
    }
    for (const a of this.approvals.values()) {
      const request = this.requests.get(a.requestId)
      if (a.status === 'InProgress' && a.dueAt <= this.now && request) this.apply(lapse(errand, request, a))
    }
  }

  private start(errand: Errand, s: ScheduleFact): void {
    const stands = !s.basis || (s.basis.live && contains(s.basis.window, this.now))
    this.apply(moveSchedule(errand, s, stands ? 'Provisioned' : 'Failed', stands ? s.window.end : s.window.start, 'start', null))
    const request = [...this.requests.values()].find((r) => r.scheduleId === s.id && r.status === 'Granted')
    if (request) this.apply(moveRequest(errand, request, stands ? 'Provisioned' : 'Failed', null))
  }

  /** Does the person hold the privilege now? Read from the schedules and the clock alone. */
  holds(who: string): boolean {
    return holdings(who, 'Assignment', PRIVILEGE.scope, this.rows(), new Map(), this.now).length > 0
  }
}

/** As the events' foreign key has it. */
const LEGAL: Readonly<Record<'request' | 'schedule' | 'approval', Readonly<Record<string, readonly string[]>>>> = {
  request: REQUEST_TRANSITIONS,
  schedule: SCHEDULE_TRANSITIONS,
  approval: APPROVAL_TRANSITIONS,
}

/** As the store's exclusion constraint has it: an empty window overlaps nothing. */
const clash = (a: ScheduleFact, b: ScheduleFact) =>
  a.window.end !== a.window.start &&
  b.window.end !== b.window.start &&
  a.principalId === b.principalId &&
  a.level === b.level &&
  a.source === b.source &&
  (a.window.end === null || b.window.start < a.window.end) &&
  (b.window.end === null || a.window.start < b.window.end)

const OWNERSHIP: Omit<ScheduleFact, 'principalId'> = {
  id: 'owner',
  name: 'owner',
  privilege: { ...PRIVILEGE, role: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635' },
  level: 'Assignment',
  source: 'Assigned',
  status: 'Provisioned',
  window: { start: 0, end: null },
  createdAt: 0,
  modifiedAt: null,
  requestId: null,
  condition: null,
  conditionVersion: null,
  description: null,
  basis: null,
}

const APPROVAL_RULE = {
  kind: 'Approval' as const,
  id: 'Approval_EndUser_Assignment',
  caller: 'EndUser' as const,
  level: 'Assignment' as const,
  setting: {
    isApprovalRequired: true,
    isApprovalRequiredForExtension: false,
    isRequestorJustificationRequired: true,
    approvalMode: 'SingleStage' as const,
    approvalStages: [
      {
        approvalStageTimeOutInDays: 1,
        isApproverJustificationRequired: true,
        escalationTimeInMinutes: 0,
        isEscalationEnabled: false,
        primaryApprovers: [APPROVER, 'ann'].map((id) => ({ kind: 'user' as const, id, isBackup: false, description: null })),
        escalationApprovers: [],
      },
    ],
  },
}
