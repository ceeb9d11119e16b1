// What the caller can have, has and had, over all planes at once.

import { groupsOf } from '../domain/access/groups.ts'
import type { Level } from '../domain/privilege.ts'
import { ok, type Result } from '../domain/result.ts'
import { DAY, earlierEnd, type Instant } from '../domain/time.ts'
import { selectEnded } from '../store/ended.ts'
import { loadFacts } from '../store/facts.ts'
import type { ListedSchedule } from '../store/list.ts'
import { queryOfCaller } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { type ListInput, listInstances } from './list.ts'

/** A hold with the instant at which it ends for the caller: a membership may end before what it gives. */
export type Held = Pick<ListedSchedule, 'schedule' | 'principal' | 'role' | 'scope' | 'memberType'> & { readonly until: Instant | null }

export interface MyRoles {
  readonly can: readonly Held[]
  readonly have: readonly Held[]
  readonly had: readonly Held[]
}

const LOOK_BACK = 30 * DAY
const MOST = 1_000

const input = (level: Level): ListInput => ({
  plane: null,
  level,
  mine: 'principal',
  assignedTo: null,
  scope: null,
  filter: null,
  order: 'createdDesc',
  limit: MOST,
  after: null,
  count: false,
})

/** Eligibilities and assignments in force, and what ended in the last thirty days. Fault: `Forbidden`. */
export async function myRoles(ctx: Ctx, call: Call): Promise<Result<MyRoles>> {
  if (call.actor.t === 'system') return ok({ can: [], have: [], had: [] })
  const me = call.actor.id
  const now = ctx.now()
  const can = await listInstances(ctx, call, input('Eligibility'))
  if (!can.ok) return can
  const have = await listInstances(ctx, call, input('Assignment'))
  if (!have.ok) return have
  const [facts] = await loadFacts(ctx.db.lookups, [queryOfCaller(call, 'directory', '/')], ctx.settings(), now)
  const groups = groupsOf(me, facts?.edges ?? [], now)
  const held = (item: ListedSchedule): Held => {
    const { principalId, window } = item.schedule
    return { ...item, until: principalId === me ? window.end : earlierEnd(window.end, groups.get(principalId) ?? null) }
  }
  const had = await selectEnded(ctx.db, me, now, now - LOOK_BACK, 50)
  return ok({
    can: can.value.items.map(held),
    have: have.value.items.map(held),
    had: had.map((item) => ({ ...item, memberType: 'Direct', until: item.schedule.window.end })),
  })
}
