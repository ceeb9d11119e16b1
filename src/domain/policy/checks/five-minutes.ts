// The shortest stint, and the least age before a removal (behaviour 2.3 rule 6, 2.4 rules 7 and 9, 2.5 rule 1; D8).

import { duration, formatDuration } from '../../time.ts'
import { affected } from '../affected.ts'
import type { Case } from '../case.ts'
import { type Check, standing } from './check.ts'

function tooShort({ window, facts }: Case): boolean {
  return window !== null && window.end !== null && window.end - window.start < facts.settings.shortestStint
}

function tooYoung(c: Case): boolean {
  const guarded = c.ask.action === 'adminRemove' || (c.ask.action === 'selfDeactivate' && c.facts.settings.strictReference)
  if (!guarded) return false
  const now = c.facts.now
  return affected(c).some((s) => s.window.start <= now && now - s.window.start < c.facts.settings.shortestStint)
}

export const fiveMinutes: Check = {
  rank: 7,
  judge(c) {
    const minimum = formatDuration(duration(c.facts.settings.shortestStint))
    return tooShort(c) || tooYoung(c) ? standing('ActiveDurationTooShort', { minimum }) : null
  },
}
