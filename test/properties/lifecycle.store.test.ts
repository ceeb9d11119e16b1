// The same histories as of the pure engine, on the real store: one process, two that take turns, two that do everything in the same
// moment; with a worker and without. Access as people read it is the model's; each row's every move has its event, and no other; the
// events alone tell how the rows stand.

import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { Ctx } from '../../src/operations/context.ts'
import { makeWorld, PLANE_CASES, type World } from '../support/world.ts'
import { Model } from './model.ts'
import { PEOPLE, type Step, step, take } from './steps.ts'
import { anotherCtx, StoreSubject, watch } from './store-subject.ts'

const RUNS = Math.max(1, Math.round(Number(process.env.STINT_RUNS ?? 3000) / 500))
const SEED = Number(process.env.STINT_SEED ?? 20310203)

const leftToDo: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const one of leftToDo) await one()
})

function secondCtx(w: World): Ctx {
  const { ctx, close } = anotherCtx(w)
  leftToDo.push(close)
  return ctx
}

function takingTurns(...ctxs: readonly Ctx[]): () => readonly Ctx[] {
  let n = 0
  return () => [ctxs[n++ % ctxs.length] as Ctx]
}

const MODES: readonly { mode: string; worker: boolean; next: (w: World) => () => readonly Ctx[] }[] = [
  { mode: 'one process', worker: true, next: (w) => takingTurns(w.ctx) },
  { mode: 'one process whose worker never runs', worker: false, next: (w) => takingTurns(w.ctx) },
  { mode: 'two processes that take turns', worker: true, next: (w) => takingTurns(w.ctx, secondCtx(w)) },
  {
    mode: 'two processes that do everything at once',
    worker: true,
    next: (w) => {
      const both = [w.ctx, secondCtx(w)]
      return () => both
    },
  },
]

/** Everybody is eligible at first, and half of the time approval is asked, so that there is something to do. */
const history = fc
  .tuple(fc.boolean(), fc.array(step, { minLength: 18, maxLength: 25, size: 'max' }))
  .map(([on, steps]): readonly Step[] => [
    { t: 'assign', who: 'ann', minutes: 3000 },
    { t: 'assign', who: 'ben', minutes: 600 },
    { t: 'approval', on },
    ...steps,
  ])

const WAYS = [
  'request PendingApproval>Provisioned',
  'request PendingApproval>Denied',
  'request PendingApproval>TimedOut',
  'request PendingApproval>Canceled',
  'request PendingApproval>Failed',
  'request Granted>Provisioned',
  'request Granted>Canceled',
  'request None>Revoked',
  'schedule Granted>Provisioned',
  'schedule Granted>Canceled',
  'schedule Provisioned>Expired',
  'schedule Provisioned>Revoked',
]
const seen = new Set<string>()

/** Other histories on each plane and in each mode. */
const seedOf = (plane: string, mode: string): number =>
  SEED + 100 * PLANE_CASES.findIndex(([p]) => p === plane) + MODES.findIndex((m) => m.mode === mode)

interface Move {
  readonly machine: string
  readonly id: string
  readonly from_state: string
  readonly to_state: string
}

const MOVES = {
  observed: 'select machine, id::text, from_state, to_state from observed order by n',
  told: `select machine, subject_id as id, from_state, to_state from events where kind = 'transition' order by position`,
}

const STATES = `
select 'request' as machine, id::text, status, null::timestamptz as ends_at from requests
union all select 'approval', id::text, status, null from approvals
union all select 'schedule', id::text, status, ends_at from schedules where request_id is not null`

const LAST = `
select distinct on (machine, subject_id) machine, subject_id as id, to_state as status, (data ->> 'end')::bigint as ends_at
from events where kind = 'transition' order by machine, subject_id, position desc`

const UNAPPROVED = `
select s.id from schedules s join requests r on r.id = s.request_id join approvals a on a.id = r.approval_id
where s.source = 'Activated' and (a.decision ->> 'result' is distinct from 'Approve' or a.decision ->> 'by' = s.principal_id::text)`

const paths = (moves: readonly Move[]) => {
  const path = new Map<string, string[]>()
  for (const m of moves) path.set(`${m.machine} ${m.id}`, [...(path.get(`${m.machine} ${m.id}`) ?? []), `${m.from_state}>${m.to_state}`])
  return path
}

/** Every move has its event, in order; and the last event of each row says how it stands. */
async function judgeLog(w: World): Promise<number> {
  const [observed, told] = [
    await w.db.query<Move & Record<string, string>>(MOVES.observed),
    await w.db.query<Move & Record<string, string>>(MOVES.told),
  ]
  expect(told).toHaveLength(observed.length)
  expect(paths(told)).toEqual(paths(observed))
  for (const [key, path] of paths(told)) {
    const broken = path.findIndex((move, i) => move.split('>')[0] !== (i === 0 ? 'None' : path[i - 1]?.split('>')[1]))
    expect(broken, `${key} moved from where it was not: ${path}`).toBe(-1)
  }
  interface State {
    machine: string
    id: string
    status: string
    ends_at: number | null
  }
  const sorted = (rows: State[]) => rows.map((r) => `${r.machine} ${r.id} ${r.status} ${r.machine === 'schedule' ? r.ends_at : ''}`).sort()
  const replayed = await w.db.query<State & Record<string, unknown>>(LAST)
  expect(sorted(replayed)).toEqual(sorted(await w.db.query<State & Record<string, unknown>>(STATES)))
  expect(await w.db.query(UNAPPROVED), 'no activation without its approval, nor by oneself').toEqual([])
  return observed.length
}

describe.each(PLANE_CASES)('on the %s plane', (plane, privilege) => {
  it.each(MODES)(
    '$mode: follows the model through every history',
    async ({ mode, worker, next }) => {
      const w = await makeWorld()
      await watch(w)
      const ctxs = next(w)
      let taken = 0
      await fc.assert(
        fc.asyncProperty(history, async (steps) => {
          const subject = await StoreSubject.open(w, privilege, ctxs, worker)
          const model = new Model()
          model.now = w.now()
          for (const [i, s] of steps.entries()) {
            if (s.t === 'settle' && !worker) continue
            await take(subject, model, s)
            taken += 1
            const read = await Promise.all(PEOPLE.map((person) => subject.access(person)))
            const should = PEOPLE.map((person) => (model.holds(person) ? [model.active.get(person)?.end] : []))
            expect(read, `what ${PEOPLE} hold after step ${i + 1}, ${s.t}`).toEqual(should)
          }
          await judgeLog(w)
        }),
        { numRuns: RUNS, seed: seedOf(plane, mode) },
      )
      // The histories must be worth it.
      expect(taken).toBeGreaterThan(10 * RUNS)
      expect(await judgeLog(w)).toBeGreaterThan(8 * RUNS)
      for (const m of await w.db.query<Move & Record<string, string>>(MOVES.observed))
        seen.add(`${m.machine} ${m.from_state}>${m.to_state}`)
    },
    120_000,
  )
})

it('the histories together went every common way', () => {
  expect(WAYS.filter((way) => !seen.has(way))).toEqual([])
})
