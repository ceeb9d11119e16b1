// The whole lifecycle against the small model, thousands of histories with random clocks, the worker now running and now not:
// no access outside its window, no activation without its approval, one event per change, replaying the events gives the state.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Event } from '../../src/domain/audit/event.ts'
import { ADMIN, APPROVER, Engine, PRIVILEGE } from './engine.ts'
import { Model } from './model.ts'

const RUNS = Number(process.env.STINT_RUNS ?? 3000)
const SEED = Number(process.env.STINT_SEED ?? 20310203)
const MINUTE = 60_000
const PEOPLE = ['ann', 'ben'] as const
const DURATIONS = [3, 5, 30, 60, 240, 480, 600] // minutes

type Step =
  | { t: 'assign'; who: string; minutes: number }
  | { t: 'activate'; who: string; minutes: number; inMinutes: number }
  | { t: 'decide'; pick: number; approve: boolean; by: string }
  | { t: 'deactivate' | 'remove' | 'endActive'; who: string }
  | { t: 'cancel'; pick: number }
  | { t: 'approval'; on: boolean }
  | { t: 'pass'; ms: number }
  | { t: 'settle' }

const who = fc.constantFrom(...PEOPLE)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ t: fc.constant('assign' as const), who, minutes: fc.constantFrom(4, 30, 600, 3000) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      t: fc.constant('activate' as const),
      who,
      minutes: fc.constantFrom(...DURATIONS),
      inMinutes: fc.constantFrom(0, 0, 0, 10, 120),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      t: fc.constant('decide' as const),
      pick: fc.nat(3),
      approve: fc.boolean(),
      by: fc.constantFrom(APPROVER, APPROVER, 'ann', 'mallory'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ t: fc.constantFrom('deactivate' as const, 'remove' as const, 'endActive' as const), who }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('cancel' as const), pick: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ t: fc.constant('approval' as const), on: fc.boolean() }) },
  {
    weight: 6,
    arbitrary: fc.record({
      t: fc.constant('pass' as const),
      ms: fc.oneof(fc.constantFrom(1, MINUTE, 5 * MINUTE - 1, 5 * MINUTE, 60 * MINUTE, 1440 * MINUTE), fc.nat(700 * MINUTE)),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ t: 'settle' as const }) },
)

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

/** The statuses and ends that the events alone tell of. */
function replay(events: readonly Event[]): ReadonlyMap<string, { status: string; end: unknown }> {
  const state = new Map<string, { status: string; end: unknown }>()
  for (const e of events) {
    const key = `${e.machine} ${e.subjectId}`
    expect(state.get(key)?.status ?? 'None', `${key} moved from where it was not`).toBe(e.from)
    state.set(key, { status: e.to ?? '', end: e.data.end ?? null })
  }
  return state
}

function take(engine: Engine, model: Model, s: Step): void {
  const held = engine.requests
  const waiting = [...held.values()].filter((r) => r.status === 'PendingApproval' || r.status === 'Granted')
  switch (s.t) {
    case 'assign': {
      const free = !(model.eligible.get(s.who) && model.now < (model.eligible.get(s.who)?.end ?? 0)) && s.minutes >= 5
      const id = engine.submit(ADMIN, 'adminAssign', 'Eligibility', s.who, `PT${s.minutes}M`)
      expect(id !== null, 'assign').toBe(free)
      if (id) model.assign(s.who, s.minutes * MINUTE, id)
      return
    }
    case 'activate': {
      const may = model.mayActivate(s.who, s.minutes * MINUTE, s.inMinutes * MINUTE)
      const id = engine.submit(s.who, 'selfActivate', 'Assignment', s.who, `PT${s.minutes}M`, s.inMinutes * MINUTE)
      expect(id !== null, 'activate').toBe(may)
      if (id) model.activated(s.who, s.minutes * MINUTE, s.inMinutes * MINUTE, id)
      return
    }
    case 'decide': {
      const asked = model.waiting[s.pick % Math.max(1, model.waiting.length)]
      if (!asked) return
      const may = model.now < asked.due && (s.by === APPROVER || s.by === 'ann') && s.by !== asked.who
      expect(engine.decide(s.by, asked.id, s.approve ? 'Approve' : 'Deny'), 'decide').toBe(may)
      if (may && s.approve) model.approved(asked.id)
      else if (may) model.forget(asked.id)
      return
    }
    case 'deactivate': {
      const span = model.active.get(s.who)
      const may = span !== undefined && model.now < span.end
      expect(engine.submit(s.who, 'selfDeactivate', 'Assignment', s.who, null) !== null, 'deactivate').toBe(may)
      if (may) model.endActivation(s.who)
      return
    }
    case 'remove':
      if (engine.submit(ADMIN, 'adminRemove', 'Eligibility', s.who, null)) model.endEligibility(s.who)
      return
    case 'endActive':
      if (engine.submit(ADMIN, 'adminRemove', 'Assignment', s.who, null)) model.endActivation(s.who)
      return
    case 'cancel': {
      const request = waiting[s.pick % Math.max(1, waiting.length)]
      if (!request || request.ask.level !== 'Assignment' || !engine.cancel(request.id)) return
      model.forget(request.id)
      const span = model.active.get(request.ask.principalId)
      // A planned activation goes; one whose start has come and that no worker has looked at yet stays.
      if (span?.id === request.id && span.start > model.now) model.endActivation(request.ask.principalId)
      return
    }
    case 'approval':
      model.approval = s.on
      engine.policies = s.on ? [{ scope: PRIVILEGE.scope, changed: [APPROVAL_RULE] }] : []
      return
    case 'pass':
      model.now += s.ms
      engine.now += s.ms
      return
    case 'settle':
      engine.settle()
      for (const w of [...model.waiting]) if (w.due <= model.now) model.forget(w.id)
      return
    default:
      s satisfies never
  }
}

function judge(engine: Engine, model: Model, history: string): void {
  for (const person of PEOPLE) expect(engine.holds(person), `${person} holds access, after ${history}`).toBe(model.holds(person))
  expect(
    engine.events.filter((e) => e.kind === 'transition'),
    'one event for each change',
  ).toHaveLength(engine.changes)
  for (const s of engine.schedules.values()) {
    // Reading already denies it; the row must say so too, for the target follows the row (behaviour 2.7).
    const basis = s.basis && engine.schedules.get(s.basis.id)
    if (basis?.status === 'Revoked')
      expect(['Granted', 'Provisioned'], 'a revoked eligibility takes its activations with it').not.toContain(s.status)
    const request = engine.requests.get(s.requestId ?? '')
    if (s.source !== 'Activated' || !request?.approvalId) continue
    const decision = engine.approvals.get(request.approvalId)?.decision
    expect(decision?.result, 'no activation without its approval').toBe('Approve')
    expect(decision?.by, 'nobody approves their own').not.toBe(s.principalId)
  }
}

it('follows the model through every history', () => {
  let histories = 0
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      histories += 1
      const engine = new Engine()
      const model = new Model()
      model.now = engine.now
      steps.forEach((s, i) => {
        take(engine, model, s)
        judge(engine, model, `step ${i + 1} of history ${histories}`)
      })
      const told = replay(engine.events)
      for (const [id, s] of engine.schedules) expect(told.get(`schedule ${id}`)).toEqual({ status: s.status, end: s.window.end })
      for (const [id, r] of engine.requests) expect(told.get(`request ${id}`)?.status).toBe(r.status)
      for (const [id, a] of engine.approvals) expect(told.get(`approval ${id}`)?.status).toBe(a.status)
    }),
    { numRuns: RUNS, seed: SEED },
  )
  expect(histories).toBeGreaterThanOrEqual(RUNS)
}, 120_000)
