// The steps of a history, and what each must bring about: the same for the pure engine and for the real store.

import fc from 'fast-check'
import { expect } from 'vitest'
import type { ReviewResult } from '../../src/domain/approval/approval.ts'
import type { Level } from '../../src/domain/privilege.ts'
import type { Action } from '../../src/domain/request/request.ts'
import type { Model } from './model.ts'

export const ADMIN = 'admin'
export const APPROVER = 'approver'
export const PEOPLE = ['ann', 'ben'] as const
const MINUTE = 60_000
const DURATIONS = [3, 5, 30, 60, 240, 480, 600] // minutes

type Eventually<T> = T | Promise<T>

/** What is put to the test. Everybody goes by name; a refusal is null or false. */
export interface Subject {
  /** The request's id, or null when refused. */
  submit(by: string, action: Action, level: Level, who: string, duration: string | null, startIn?: number): Eventually<string | null>
  decide(by: string, id: string, result: ReviewResult): Eventually<boolean>
  cancel(id: string): Eventually<boolean>
  /** Requests that wait for a decision or for their start, in the order in which they were made. */
  cancelable(): Eventually<readonly { readonly id: string; readonly level: Level; readonly who: string }[]>
  /** From now on activations need the approval of APPROVER or ann. */
  requireApproval(on: boolean): Eventually<void>
  pass(ms: number): void
  /** What the worker does with what is due. */
  settle(): Eventually<void>
}

export type Step =
  | { t: 'assign'; who: string; minutes: number }
  | { t: 'activate'; who: string; minutes: number; inMinutes: number }
  | { t: 'decide'; pick: number; approve: boolean; by: string }
  | { t: 'deactivate' | 'remove' | 'endActive'; who: string }
  | { t: 'cancel'; pick: number }
  | { t: 'approval'; on: boolean }
  | { t: 'pass'; ms: number }
  | { t: 'settle' }

const who = fc.constantFrom(...PEOPLE)
export const step: fc.Arbitrary<Step> = fc.oneof(
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

/** Takes a step in both, and expects that the engine allows what the model does. */
export async function take(engine: Subject, model: Model, s: Step): Promise<void> {
  switch (s.t) {
    case 'assign': {
      const free = !(model.eligible.get(s.who) && model.now < (model.eligible.get(s.who)?.end ?? 0)) && s.minutes >= 5
      const id = await engine.submit(ADMIN, 'adminAssign', 'Eligibility', s.who, `PT${s.minutes}M`)
      expect(id !== null, 'assign').toBe(free)
      if (id) model.assign(s.who, s.minutes * MINUTE, id)
      return
    }
    case 'activate': {
      const may = model.mayActivate(s.who, s.minutes * MINUTE, s.inMinutes * MINUTE)
      const id = await engine.submit(s.who, 'selfActivate', 'Assignment', s.who, `PT${s.minutes}M`, s.inMinutes * MINUTE)
      expect(id !== null, 'activate').toBe(may)
      if (id) model.activated(s.who, s.minutes * MINUTE, s.inMinutes * MINUTE, id)
      return
    }
    case 'decide': {
      const asked = model.waiting[s.pick % Math.max(1, model.waiting.length)]
      if (!asked) return
      const may = model.now < asked.due && (s.by === APPROVER || s.by === 'ann') && s.by !== asked.who
      expect(await engine.decide(s.by, asked.id, s.approve ? 'Approve' : 'Deny'), 'decide').toBe(may)
      if (may && s.approve) model.approved(asked.id)
      else if (may) model.forget(asked.id)
      return
    }
    case 'deactivate': {
      const span = model.active.get(s.who)
      const may = span !== undefined && model.now < span.end
      expect((await engine.submit(s.who, 'selfDeactivate', 'Assignment', s.who, null)) !== null, 'deactivate').toBe(may)
      if (may) model.endActivation(s.who)
      return
    }
    case 'remove':
      if (await engine.submit(ADMIN, 'adminRemove', 'Eligibility', s.who, null)) model.endEligibility(s.who)
      return
    case 'endActive':
      if (await engine.submit(ADMIN, 'adminRemove', 'Assignment', s.who, null)) model.endActivation(s.who)
      return
    case 'cancel': {
      const waiting = await engine.cancelable()
      const request = waiting[s.pick % Math.max(1, waiting.length)]
      if (request?.level !== 'Assignment' || !(await engine.cancel(request.id))) return
      model.forget(request.id)
      const span = model.active.get(request.who)
      // A planned activation goes; one whose start has come and that no worker has looked at yet stays.
      if (span?.id === request.id && span.start > model.now) model.endActivation(request.who)
      return
    }
    case 'approval':
      model.approval = s.on
      await engine.requireApproval(s.on)
      return
    case 'pass':
      model.now += s.ms
      engine.pass(s.ms)
      return
    case 'settle':
      await engine.settle()
      for (const w of [...model.waiting]) if (w.due <= model.now) model.forget(w.id)
      return
    default:
      s satisfies never
  }
}
