// Which schedules an action is about: what it would change or end.

import type { ScheduleFact } from '../schedule/schedule.ts'
import type { Case } from './case.ts'

/** Given by somebody, not activated by its holder. */
export const given = (s: ScheduleFact) => s.source !== 'Activated'

/** The schedules of this key that the action would change or end. */
export function affected({ ask, same }: Pick<Case, 'ask' | 'same'>): readonly ScheduleFact[] {
  switch (ask.action) {
    case 'adminRemove':
      return same
    case 'selfDeactivate':
      return same.filter((s) => s.source === 'Activated')
    case 'adminUpdate':
    case 'adminExtend':
    case 'selfExtend':
      return same.filter(given)
    default:
      return []
  }
}
