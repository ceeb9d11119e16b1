// The last active Global Administrator and Privileged Role Administrator stay (behaviour 2.5 rule 6), and a subscription
// has a greatest number of assignments (behaviour 2.3 rule 10).

import { affected } from '../affected.ts'
import type { Case } from '../case.ts'
import { type Check, standing } from './check.ts'

/** Active assignments a subscription may hold (behaviour 2.3 rule 10). */
const ASSIGNMENT_LIMIT = 4000

/** Ends now, or is given an end that it did not have: a removal with a date. That time passes by itself is nobody's removal. */
function ends(c: Case): boolean {
  const { ask, asked, facts } = c
  if (ask.action === 'adminRemove') return true
  if (ask.action !== 'adminUpdate' || !asked) return false
  const sooner = affected(c).some((s) => asked.end !== null && (s.window.end === null || asked.end < s.window.end))
  return asked.start > facts.now || (sooner && ask.level === 'Assignment')
}

export const lastAdministrator: Check = {
  rank: 7.5,
  judge(c) {
    const { facts } = c
    if (facts.lastHolderOf.length === 0 || !ends(c)) return null
    return standing('CannotRemoveLastActiveAdministrator', { role: facts.lastHolderOf.join(', ') })
  },
}

export const assignmentLimit: Check = {
  rank: 7.6,
  judge({ ask, facts }) {
    if (facts.assignmentCount === null || facts.assignmentCount < ASSIGNMENT_LIMIT) return null
    if (ask.action !== 'adminAssign' || ask.level !== 'Assignment') return null
    return standing('RoleAssignmentLimitExceeded', { limit: ASSIGNMENT_LIMIT })
  },
}
