// The last active Global Administrator and Privileged Role Administrator stay (behaviour 2.5 rule 6), and a subscription
// has a greatest number of assignments (behaviour 2.3 rule 10).

import { type Check, standing } from './check.ts'

/** Active assignments a subscription may hold (behaviour 2.3 rule 10). */
const ASSIGNMENT_LIMIT = 4000

export const lastAdministrator: Check = {
  rank: 7.5,
  judge({ ask, facts }) {
    if (facts.lastHolderOf.length === 0) return null
    const startsLater = (ask.schedule?.start ?? facts.now) > facts.now
    const ends = ask.action === 'adminRemove' || (ask.action === 'adminUpdate' && startsLater)
    if (!ends || ask.level !== 'Assignment') return null
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
