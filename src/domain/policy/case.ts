// A case: one ask laid beside the facts, with what every check needs worked out once — the eligibility used, the rules
// that govern, the window that would result.

import type { Actor } from '../access/actor.ts'
import { basisStands, type Groups } from '../access/effective.ts'
import { groupsOf } from '../access/groups.ts'
import type { Facts } from '../facts.ts'
import type { Plane } from '../planes/plane.ts'
import { planeOf } from '../planes/planes.ts'
import type { Level } from '../privilege.ts'
import { type Ask, callerOf } from '../request/request.ts'
import { isLive, isOpen, type ScheduleFact } from '../schedule/schedule.ts'
import { addDuration, contains, earlierEnd, type Instant, parseDuration, type Window } from '../time.ts'
import { defaultRules, mergeRules } from './defaults.ts'
import type { Caller } from './rule.ts'
import type { Rules } from './rules.ts'

export interface Case {
  readonly actor: Actor
  readonly ask: Ask
  readonly facts: Facts
  readonly plane: Plane
  readonly caller: Caller
  /** The level whose rules govern: activations are assignments. */
  readonly level: Level
  readonly groups: Groups
  /** Open schedules of the very same key and level, held by the principal itself. */
  readonly same: readonly ScheduleFact[]
  /** The eligibility an activation would use, or null. */
  readonly eligibility: ScheduleFact | null
  readonly policyScope: string
  readonly rules: Rules
  /** Start and end as asked, before the eligibility cuts it; null where the action has none. */
  readonly asked: Window | null
  /** Start and end that would be written; null where the action has none. */
  readonly window: Window | null
}

const ENDS: ReadonlySet<string> = new Set(['adminRemove', 'selfDeactivate'])

/** Actions that end something have no window of their own. */
export const isEnding = (ask: Ask): boolean => ENDS.has(ask.action)

const KEEPS: ReadonlySet<string> = new Set(['adminExtend', 'selfExtend'])

/**
 * Start and end as the ask words them: a start in the past means now, and durations count from then (K8, D11). An extension has no
 * start of its own: counted from one, its length would be measured where the assignment does not begin.
 */
function askedWindow(ask: Ask, old: ScheduleFact | undefined, now: Instant): Window | null {
  if (isEnding(ask) || !ask.schedule) return null
  const start = Math.max(now, (KEEPS.has(ask.action) ? old?.window.start : ask.schedule.start) ?? now)
  if (ask.schedule.type === 'AfterDateTime') return { start, end: ask.schedule.end }
  if (ask.schedule.type !== 'AfterDuration' || ask.schedule.duration === null) return { start, end: null }
  const length = parseDuration(ask.schedule.duration)
  return { start, end: length.ok ? addDuration(start, length.value) : null }
}

/** Eligibilities the principal could activate from at `at`: its own and those of its groups, at the scope or above (behaviour 2.4 rules 1, 3). */
function eligibilitiesAt(facts: Facts, principalId: string, groups: Groups, at: Instant): readonly ScheduleFact[] {
  return facts.schedules.filter(
    (s) =>
      s.level === 'Eligibility' &&
      isLive(s.status) &&
      contains(s.window, at) &&
      (s.principalId === principalId || groups.has(s.principalId)) &&
      basisStands(s, groups, facts.now),
  )
}

/** The one named, else the closest scope, then the latest end (choice U8). */
function chooseEligibility(ask: Ask, facts: Facts, candidates: readonly ScheduleFact[]): ScheduleFact | null {
  const named = ask.linkedScheduleId?.toLowerCase()
  if (named) return candidates.find((s) => s.id === named || s.name.toLowerCase() === named) ?? null
  const chain = [ask.privilege.scope, ...(facts.scope?.ancestors ?? [])]
  const distance = (s: ScheduleFact) => chain.indexOf(s.privilege.scope)
  const end = (s: ScheduleFact) => s.window.end ?? Number.POSITIVE_INFINITY
  return [...candidates].sort((a, b) => distance(a) - distance(b) || end(b) - end(a))[0] ?? null
}

/** Lays an ask beside the facts. Needs the role to exist: without one the rules are the plane's plain defaults. */
export function prepare(actor: Actor, ask: Ask, facts: Facts): Case {
  const plane = planeOf(ask.privilege)
  const groups = groupsOf(ask.principalId, facts.edges, facts.now)
  const same = facts.schedules.filter(
    (s) => s.level === ask.level && s.principalId === ask.principalId && s.privilege.scope === ask.privilege.scope && isOpen(s, facts.now),
  )
  const given = same.find((s) => s.source !== 'Activated')
  const asked = askedWindow(ask, given, facts.now)
  const activating = ask.action === 'selfActivate'
  const eligibility = activating
    ? chooseEligibility(ask, facts, eligibilitiesAt(facts, ask.principalId, groups, asked?.start ?? facts.now))
    : null
  // INVARIANT: a reduced-scope activation is governed by the policy of the eligibility's scope, so that a lax policy further
  // down cannot be used to dodge it (behaviour 2.4 rule 5).
  const policyScope = plane.policyScope(eligibility?.privilege.scope ?? ask.privilege.scope)
  const role = facts.role ?? { plane: plane.id, id: ask.privilege.role, name: '', builtIn: false, privileged: true, assignableScopes: [] }
  const changed = facts.policies.find((p) => p.scope === policyScope)?.changed ?? []
  const cut = activating && asked && eligibility ? { start: asked.start, end: earlierEnd(asked.end, eligibility.window.end) } : asked
  return {
    actor,
    ask,
    facts,
    plane,
    caller: callerOf(ask.action),
    level: activating ? 'Assignment' : ask.level,
    groups,
    same,
    eligibility,
    policyScope,
    rules: mergeRules(defaultRules(plane.defaults(role)), changed),
    asked,
    window: cut,
  }
}
