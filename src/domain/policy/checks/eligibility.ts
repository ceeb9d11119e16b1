// Only the eligible activate: a valid eligibility at the scope or above, held by the person or by a group it is an active
// member of (behaviour 2.4 rule 3).

import { type Check, policyFinding } from './check.ts'

export const eligibility: Check = {
  rank: 8.1,
  judge: ({ ask, eligibility: found }) =>
    ask.action === 'selfActivate' && !found
      ? policyFinding(
          'EligibilityRule',
          null,
          'you are not eligible for this role at this scope',
          'ask an administrator to make you eligible, or choose a start inside your eligibility',
        )
      : null,
}
