// The reference's ways past the front door (D7): a role assignment put in place directly, a member added to a group, elevated access.
// They ask for what an administrator's assignment asks for, less what their bodies cannot say, and what they make is marked.

import { heldNow, holdsDirectoryRole } from '../access/authority.ts'
import { GLOBAL_ADMINISTRATOR } from '../access/directory-roles.ts'
import { both, type Change, type Errand, NO_CHANGE } from '../change.ts'
import { type Fault, type Finding, fault } from '../faults.ts'
import { affected } from '../policy/affected.ts'
import { refusalOf, type Verdict } from '../policy/evaluate.ts'
import { spendsProof } from '../policy/proof-demand.ts'
import type { Privilege } from '../privilege.ts'
import { addSchedule, endSchedule } from '../schedule/moves.ts'
import { newSchedule } from '../schedule/new-schedule.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import type { Instant } from '../time.ts'
import { type Ask, PLAIN_ASK } from './request.ts'
import { settleWaiting, waitingOn } from './waiting.ts'

/** What events call it. */
export type OutsideAction = 'assignOutside' | 'elevateAccess' | 'removeOutside'

const OUTSIDE: ReadonlySet<string | null> = new Set<OutsideAction>(['assignOutside', 'elevateAccess', 'removeOutside'])

/** Was it done past the front door? */
export const isOutside = (action: string | null): boolean => OUTSIDE.has(action)

/** What is asked past the front door. */
export interface OutsideAsk {
  readonly privilege: Privilege
  readonly principalId: string
  /** The assignment's name, where the client chose one. */
  readonly name: string | null
  readonly condition: string | null
  readonly conditionVersion: string | null
  readonly description: string | null
}

/** The ask an administrator would have made instead, so that the same checks judge it; `end` null stands for good. */
export const askInstead = (o: OutsideAsk, end: Instant | null): Ask => ({
  ...PLAIN_ASK,
  privilege: o.privilege,
  level: 'Assignment',
  action: 'adminAssign',
  principalId: o.principalId,
  schedule: { start: null, type: end === null ? 'NoExpiration' : 'AfterDateTime', duration: null, end },
  condition: o.condition,
  conditionVersion: o.conditionVersion,
})

/** The same for taking one away. */
export const removalInstead = (privilege: Privilege, principalId: string): Ask => ({
  ...PLAIN_ASK,
  privilege,
  level: 'Assignment',
  action: 'adminRemove',
  principalId,
  schedule: null,
})

// These bodies have no field for an end, a reason or a ticket, and a removal here takes effect at once (behaviour 2.5 rule 7). All
// else that an administrator's assignment needs is needed here too.
const UNASKED: ReadonlySet<string> = new Set(['ExpirationRule', 'JustificationRule', 'TicketingRule', 'ActiveDurationTooShort'])

const asked = (findings: readonly Finding[]): readonly Finding[] => findings.filter((f) => !UNASKED.has(f.rule))

/** Is the way shut? A group comes under management by use; everything else is managed here (behaviour 2.3 rule 11). */
const isShut = ({ case: { facts, plane } }: Verdict): boolean =>
  facts.settings.sideDoors === 'closed' && (!plane.managedByUse || facts.scope?.managed === true)

/** Does a rule want a proof for one request alone? Nothing that is done here is a request, which would use it up. */
const wantsRequest = ({ case: c }: Verdict): boolean => c.actor.t === 'user' && spendsProof(c)

const sameHolding = (s: ScheduleFact, ask: Ask): boolean =>
  s.principalId === ask.principalId && s.privilege.role.toLowerCase() === ask.privilege.role.toLowerCase()

export interface Judged {
  /** The assignment that stands already under this name; nothing is to be written then. */
  readonly standing: ScheduleFact | null
  readonly fault: Fault | null
}

/** What stands in the way of an assignment past the front door, or what stands there already. */
export function judgeOutside(verdict: Verdict, o: OutsideAsk): Judged {
  const { facts, ask } = verdict.case
  const refused = refusalOf(asked(verdict.findings), { scope: ask.privilege.scope, role: ask.privilege.role })
  const { named } = facts
  // Whoever may not ask learns nothing of what is there.
  if (refused?.code === 'Forbidden') return { standing: null, fault: refused }
  if (named && sameHolding(named, ask) && named.condition === o.condition) return { standing: named, fault: null }
  if (named) return { standing: null, fault: fault('RoleAssignmentUpdateNotPermitted') }
  // Before what a sign-in would mend: nobody should sign in for nothing.
  if (wantsRequest(verdict)) return { standing: null, fault: fault('SideDoorClosed', { scope: ask.privilege.scope }) }
  if (refused) return { standing: null, fault: refused }
  return { standing: null, fault: isShut(verdict) ? fault('SideDoorClosed', { scope: ask.privilege.scope }) : null }
}

/** What stands in the way of a removal past the front door. It leaves less access, so no setting shuts it. */
export const judgeRemoval = (verdict: Verdict): Fault | null => refusalOf(asked(verdict.findings))

/** May the caller elevate? A Global Administrator, active now, as a person (behaviour 9.2); then as any assignment. */
export function judgeElevation(verdict: Verdict): Judged {
  const { actor, facts, same } = verdict.case
  const may = actor.t === 'user' && holdsDirectoryRole(heldNow(facts.actor, facts.now), [GLOBAL_ADMINISTRATOR])
  if (!may) {
    const who = actor.t === 'system' ? actor.part : actor.id
    return { standing: null, fault: fault('Forbidden', { needs: 'Global Administrator', scope: '/', actor: who }) }
  }
  const standing = same.find((s) => s.source === 'Outside')
  if (standing) return { standing, fault: null }
  if (wantsRequest(verdict)) return { standing: null, fault: fault('SideDoorClosed', { scope: '/' }) }
  const refused = refusalOf(asked(verdict.findings).filter((f) => f.code !== 'Forbidden'))
  return { standing: null, fault: refused ?? (isShut(verdict) ? fault('SideDoorClosed', { scope: '/' }) : null) }
}

/** The assignment, marked as made outside, with its event. */
export function assignOutside(errand: Errand, { case: c }: Verdict, o: OutsideAsk, id: string, action: OutsideAction) {
  const made = newSchedule(c, id, c.window ?? { start: c.facts.now, end: null })
  const name = o.name?.toLowerCase() ?? id
  const schedule: ScheduleFact = { ...made, name, source: 'Outside', requestId: null, description: o.description }
  return { schedule, change: addSchedule(errand, schedule, action, o.description) }
}

/** Ends one assignment, or all of this key; what waits for an administrator's word on them fails. */
export function removeOutside(errand: Errand, { case: c }: Verdict, scheduleId: string | null) {
  const all = affected(c)
  const ended = all.filter((s) => scheduleId === null || s.id === scheduleId)
  const left = all.length - ended.length
  const waiting = left > 0 ? [] : waitingOn(c.facts.pending, c.ask)
  const changes = [
    ...ended.map((s) => endSchedule(errand, s, 'removeOutside', null)),
    ...waiting.map((r) => settleWaiting(errand, r, null, 'the assignment was removed')),
  ]
  return { ended, change: changes.reduce<Change>(both, NO_CHANGE) }
}
