// A schedule as a case would write it, before anybody decided that it is written.

import type { Case } from '../policy/case.ts'
import type { Source } from '../privilege.ts'
import type { Window } from '../time.ts'
import type { ScheduleFact } from './schedule.ts'

/** A schedule as the case would write it: its id is the id of the request that made it (behaviour K5). */
export function newSchedule(c: Case, requestId: string, window: Window): ScheduleFact {
  const { ask, facts, eligibility } = c
  const source: Source = ask.action === 'selfActivate' ? 'Activated' : 'Assigned'
  return {
    id: requestId,
    name: ask.name ?? requestId,
    privilege: ask.privilege,
    principalId: ask.principalId,
    level: ask.level,
    source,
    status: window.start > facts.now ? 'Granted' : 'Provisioned',
    window,
    createdAt: facts.now,
    modifiedAt: null,
    requestId,
    condition: ask.condition,
    conditionVersion: ask.conditionVersion,
    description: null,
    basis: eligibility && {
      id: eligibility.id,
      principalId: eligibility.principalId,
      live: true,
      window: eligibility.window,
    },
  }
}
