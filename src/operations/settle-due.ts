// Time and ground. Starts, ends and lapses whose moment has come, and what lost its ground, are written down. Nobody's access
// waits for this: it tidies rows, tells people, and lets targets follow (law 8).

import { basisStands } from '../domain/access/effective.ts'
import { groupsOf } from '../domain/access/groups.ts'
import { lapse } from '../domain/approval/complete.ts'
import { both, type Change, type Errand } from '../domain/change.ts'
import type { Facts } from '../domain/facts.ts'
import { isTold } from '../domain/messages/messages.ts'
import type { Source } from '../domain/privilege.ts'
import { cancelRequest } from '../domain/request/cancel.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { endSchedule, moveRequest, moveSchedule } from '../domain/schedule/moves.ts'
import type { ScheduleFact } from '../domain/schedule/schedule.ts'
import type { Instant } from '../domain/time.ts'
import { apply } from '../store/apply.ts'
import { nextDue, takeDeleted, takeEnding, takeGroundless, takeLapsed, takeOrphaned, takeStarting } from '../store/due.ts'
import { type FactsQuery, loadFacts, PLAIN_QUERY } from '../store/facts.ts'
import { postEvents } from '../store/messages.ts'
import type { Sql } from '../store/sql.ts'
import { type Ctx, errandOf, WORKER } from './context.ts'

const BATCH = 500

interface Starting {
  readonly schedule: ScheduleFact
  readonly request: RequestFact | null
}

/** A start is judged anew where it rests on an eligibility: without that it fails (behaviour 11.1). */
function begin(errand: Errand, { schedule, request }: Starting, facts: Facts): Change {
  const groups = groupsOf(schedule.principalId, facts.edges, errand.now)
  const holder = facts.principal
  const stands = holder !== null && (schedule.source !== 'Activated' || (holder.enabled && basisStands(schedule, groups, errand.now)))
  if (stands) {
    const started = moveSchedule(errand, schedule, 'Provisioned', schedule.window.end, 'start', null)
    return request ? both(started, moveRequest(errand, request, 'Provisioned', null, { schedule })) : started
  }
  const failed = moveSchedule(errand, schedule, 'Failed', schedule.window.start, 'start', 'the eligibility beneath is gone')
  return request ? both(failed, moveRequest(errand, request, 'Failed', 'the eligibility beneath is gone')) : failed
}

const queryOf = (s: ScheduleFact): FactsQuery => ({
  ...PLAIN_QUERY,
  privilege: s.privilege,
  principalId: s.principalId,
  level: s.level,
})

async function starts(tx: Sql, ctx: Ctx, errand: Errand): Promise<readonly Change[]> {
  const due = await takeStarting(tx, errand.now, BATCH)
  if (due.length === 0) return []
  const facts = await loadFacts(
    tx,
    due.map((d) => queryOf(d.schedule)),
    ctx.settings(),
    errand.now,
  )
  return due.map((d, i) => begin(errand, d, facts[i] as Facts))
}

const ends = async (tx: Sql, _: Ctx, errand: Errand) =>
  (await takeEnding(tx, errand.now, BATCH)).map((s) => moveSchedule(errand, s, 'Expired', s.window.end, 'expire', 'its time was over'))

const lapses = async (tx: Sql, _: Ctx, errand: Errand) =>
  (await takeLapsed(tx, errand.now, BATCH)).map(({ request, approval }) => lapse(errand, request, approval))

const groundless = async (tx: Sql, _: Ctx, errand: Errand) =>
  (await takeGroundless(tx, errand.now, BATCH)).map((s) => endSchedule(errand, s, null, 'the ground beneath it was lost'))

const orphaned = async (tx: Sql, _: Ctx, errand: Errand) =>
  (await takeOrphaned(tx, BATCH)).map(({ request, approval }) => cancelRequest(errand, request, approval, []))

const deleted = async (tx: Sql, _: Ctx, errand: Errand) =>
  (await takeDeleted(tx, BATCH)).map((s) => endSchedule(errand, s, null, 'the principal, role or scope was deleted'))

type Step = (tx: Sql, ctx: Ctx, errand: Errand) => Promise<readonly Change[]>

// Ends first: nothing may delay them.
const BY_TIME: readonly Step[] = [ends, lapses, starts]
const BY_GROUND: readonly Step[] = [groundless, orphaned, deleted]

async function run(ctx: Ctx, steps: readonly Step[]): Promise<number> {
  let settled = 0
  for (const step of steps) {
    for (;;) {
      const count = await ctx.db.transaction(async (tx) => {
        const now = ctx.now()
        const errand = errandOf(ctx, { actor: WORKER, correlationId: ctx.ids() }, now)
        const changes = await step(tx, ctx, errand)
        await apply(tx, changes, now)
        await post(tx, changes, now)
        return changes.length
      })
      settled += count
      if (count < BATCH) break
    }
  }
  return settled
}

/** Ends that nobody asked for are told too; `apply` posts what becomes of requests. */
async function post(tx: Sql, changes: readonly Change[], now: Instant): Promise<void> {
  const ends = changes
    .flatMap((c) => c.events)
    .filter((e) => e.machine === 'schedule' && isTold({ ...e, source: (e.data.source ?? null) as Source | null }))
  if (ends.length > 0)
    await postEvents(
      tx,
      ends.map((e) => e.id),
      now,
    )
}

/** Writes down what is due now; the number of changes. Safe to run anywhere, any number of times, in any number of processes. */
export const settleDue = (ctx: Ctx): Promise<number> => run(ctx, BY_TIME)

/** Tidies what lost its ground: the disabled, the deleted, those who left a group. Looks at all activations, so once a second is enough (D10). */
export const settleGround = (ctx: Ctx): Promise<number> => run(ctx, BY_GROUND)

/** When something falls due next, or null. */
export const nextDueAt = (ctx: Ctx) => nextDue(ctx.db)
