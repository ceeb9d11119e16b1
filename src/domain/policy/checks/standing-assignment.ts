// Is it there already, or not there at all (behaviour 2.2 steps 5 and 6, 2.3 rule 8, 2.4 rules 10 and 11, 2.5 rules 2 and 5)?

import { sameKey } from '../../request/request.ts'
import type { ScheduleFact } from '../../schedule/schedule.ts'
import { DAY, overlaps } from '../../time.ts'
import { affected, given } from '../affected.ts'
import type { Case } from '../case.ts'
import { type Check, standing } from './check.ts'

/** Expired assignments can be renewed for this long (behaviour 2.6). */
const RENEW_WINDOW = 30 * DAY
/** A holder may ask for an extension this long before the end (behaviour 2.6). */
const EXTEND_WINDOW = 14 * DAY

/** The last assignment of this key that ended by time, at most 30 days ago. */
function renewable({ ask, facts }: Pick<Case, 'ask' | 'facts'>): ScheduleFact | null {
  const ended = facts.schedules.filter(
    (s) =>
      s.level === ask.level &&
      s.principalId === ask.principalId &&
      s.privilege.scope === ask.privilege.scope &&
      given(s) &&
      (s.status === 'Expired' || s.status === 'Provisioned') &&
      s.window.end !== null &&
      s.window.end <= facts.now &&
      s.window.end >= facts.now - RENEW_WINDOW,
  )
  return ended.sort((a, b) => (b.window.end ?? 0) - (a.window.end ?? 0))[0] ?? null
}

function activation({ facts, same, window }: Case) {
  // Whoever is active now does not plan the next stint on top: there is no prolongation (behaviour 2.4 rule 10).
  const inTheWay = same.find((s) => s.window.start <= facts.now || !window || overlaps(s.window, window))
  const waiting = same.find((s) => s.source === 'Activated' && s.window.start > facts.now)
  if (waiting) return standing('PendingRoleAssignmentRequest', {}, 'cancel the activation that has not started yet')
  return inTheWay ? standing('RoleAssignmentExists', {}, 'deactivate first, then activate again') : null
}

export const standingAssignment: Check = {
  rank: 5,
  judge(c) {
    const missing = standing('RoleAssignmentDoesNotExist')
    switch (c.ask.action) {
      case 'selfActivate':
        return activation(c)
      case 'adminAssign':
        return c.same.some(given) ? standing('RoleAssignmentExists', {}, 'update it instead') : null
      case 'adminRenew':
      case 'selfRenew':
        if (c.same.some(given)) return standing('RoleAssignmentExists', {}, 'extend it instead')
        return renewable(c) ? null : missing
      default:
        return affected(c).length > 0 ? null : missing
    }
  },
}

export const pendingRequest: Check = {
  rank: 4.5, // before the duplicate check (behaviour 2.4 rule 11)
  judge({ ask, caller, facts }) {
    if (ask.action === 'adminRemove' || ask.action === 'selfDeactivate') return null
    const other = facts.pending.find(
      (r) =>
        sameKey(r.ask, ask) &&
        r.id !== facts.subject?.request.id &&
        // An administrator's own act is the decision it waits for (behaviour 2.6).
        !(caller === 'Admin' && r.status === 'PendingAdminDecision'),
    )
    return other ? standing('PendingRoleAssignmentRequest', { id: other.id }, `cancel request ${other.id}`) : null
  },
}

export const extension: Check = {
  rank: 5.5,
  judge(c) {
    if (c.ask.action !== 'adminExtend' && c.ask.action !== 'selfExtend') return null
    const [current] = affected(c)
    if (!current) return null // the check before reports it
    if (current.window.end === null)
      return standing('InvalidRoleAssignmentRequest', { detail: 'a permanent assignment has no end to extend' })
    if (c.ask.action === 'selfExtend' && current.window.end - c.facts.now > EXTEND_WINDOW)
      return standing('InvalidRoleAssignmentRequest', { detail: 'an extension can be asked for in the last 14 days only' })
    if (c.asked !== null && c.asked.end !== null && c.asked.end <= current.window.end)
      return standing('InvalidRoleAssignmentRequest', {
        detail: 'an extension ends later than what it extends: to end it sooner, update it',
      })
    return null
  },
}
