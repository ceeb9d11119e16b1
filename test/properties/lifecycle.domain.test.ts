// The whole lifecycle against the small model, thousands of histories with random clocks, the worker now running and now not:
// no access outside its window, no activation without its approval, one event per change, replaying the events gives the state.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Event } from '../../src/domain/audit/event.ts'
import { Engine } from './engine.ts'
import { Model } from './model.ts'
import { PEOPLE, step, take } from './steps.ts'

const RUNS = Number(process.env.STINT_RUNS ?? 3000)
const SEED = Number(process.env.STINT_SEED ?? 20310203)

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

it('follows the model through every history', async () => {
  let histories = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
      histories += 1
      const engine = new Engine()
      const model = new Model()
      model.now = engine.now
      for (const [i, s] of steps.entries()) {
        await take(engine, model, s)
        judge(engine, model, `step ${i + 1} of history ${histories}`)
      }
      const told = replay(engine.events)
      for (const [id, s] of engine.schedules) expect(told.get(`schedule ${id}`)).toEqual({ status: s.status, end: s.window.end })
      for (const [id, r] of engine.requests) expect(told.get(`request ${id}`)?.status).toBe(r.status)
      for (const [id, a] of engine.approvals) expect(told.get(`approval ${id}`)?.status).toBe(a.status)
    }),
    { numRuns: RUNS, seed: SEED },
  )
  expect(histories).toBeGreaterThanOrEqual(RUNS)
}, 120_000)
