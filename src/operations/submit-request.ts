// THE door (law 1): the only operation that makes requests, and so the only way to change who holds what.

import type { Facts } from '../domain/facts.ts'
import { type Fault, fault } from '../domain/faults.ts'
import { evaluate, refusalOf, type Verdict } from '../domain/policy/evaluate.ts'
import { decideSubmission } from '../domain/request/decide.ts'
import type { Ask, RequestFact } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import { loadFacts } from '../store/facts.ts'
import { type Call, type Ctx, errandOf } from './context.ts'
import { locksOfAsk, queryOfAsk } from './query-of.ts'
import { refusal } from './refusal.ts'

export interface Submitted {
  readonly request: RequestFact
  readonly schedule: ScheduleFact | null
  /** What was judged: names for the answer come from here. */
  readonly facts: Facts
}

const data = (ask: Ask) => ({ scope: ask.privilege.scope, role: ask.privilege.role, name: ask.name ?? '' })

// The database keeps the promise too, should a racing process have slipped between our facts and our write.
const CONFLICTS: Readonly<Record<string, 'RoleAssignmentExists' | 'RoleAssignmentRequestExists'>> = {
  schedules_one_window_per_source: 'RoleAssignmentExists',
  requests_name_is_unique: 'RoleAssignmentRequestExists',
}

function conflict(constraint: string, ask: Ask): Fault | null {
  const code = CONFLICTS[constraint]
  return code ? fault(code, { id: ask.name ?? '' }) : null
}

/**
 * Judges an ask and, if nothing stands in the way, writes what follows. Durable when it answers. A refusal changes nothing but the
 * record of itself. Faults: every finding of `evaluate`.
 */
export async function submitRequest(ctx: Ctx, call: Call, ask: Ask): Promise<Result<Submitted>> {
  if (ask.validationOnly) return validate(ctx, call, ask)
  const query = queryOfAsk(call.actor, ask)
  return ctx.lane.submit<Result<Submitted>>({
    query,
    locks: locksOfAsk(query),
    judge(facts) {
      const id = ctx.ids()
      const verdict = evaluate(call.actor, ask, facts, id)
      const refused = refusalOf(verdict.findings, data(ask))
      if (refused) return { result: refuse(refused), change: refusal(ctx, call, ask, { kind: 'request', id }, refused, facts.now) }
      const { request, schedule, change } = decideSubmission(errandOf(ctx, call, facts.now), verdict, id)
      return { result: ok({ request, schedule, facts }), change }
    },
    onConflict(constraint) {
      const refused = conflict(constraint, ask)
      return refused && refuse(refused)
    },
  })
}

/** Judges without storing anything: no event, no message, no approval (behaviour 2.8 rule 4). */
export async function validate(ctx: Ctx, call: Call, ask: Ask): Promise<Result<Submitted>> {
  const { verdict, facts } = await preview(ctx, call, ask)
  const refused = refusalOf(verdict.findings, data(ask))
  if (refused) return refuse(refused)
  const { request, schedule } = decideSubmission(errandOf(ctx, call, facts.now), verdict, ctx.ids())
  // The words of a validation: `Granted` when it would be granted, `PendingEvaluation` when somebody would have to approve.
  return ok({ request, schedule, facts })
}

/** The whole verdict, for `why` and for forms: all findings and all inputs. */
export async function preview(ctx: Ctx, call: Call, ask: Ask): Promise<{ verdict: Verdict; facts: Facts }> {
  const now = ctx.now()
  const query = queryOfAsk(call.actor, ask)
  const [facts] = await ctx.db.transaction((tx) => loadFacts(tx, [query], ctx.settings(), now))
  if (!facts) throw new Error('facts of one query are one')
  return { verdict: evaluate(call.actor, ask, facts, ctx.ids()), facts }
}
