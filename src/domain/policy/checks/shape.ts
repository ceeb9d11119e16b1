// Is the ask complete and consistent in itself (behaviour 2.2 step 2, K7; D25)?

import { asksToKeep } from '../../request/request.ts'
import { isInstant, parseDuration } from '../../time.ts'
import { type Case, isEnding } from '../case.ts'
import { type Check, standing } from './check.ts'

function problem({ ask, asked, plane }: Case): string | null {
  if (ask.level === 'Eligibility' && (ask.action === 'selfActivate' || ask.action === 'selfDeactivate'))
    return `\`${ask.action}\` belongs to assignment requests: send it there`
  if ((ask.justification?.length ?? 0) > 500) return 'the justification is longer than 500 characters'
  if (isEnding(ask)) return null
  const schedule = ask.schedule
  if (!schedule) return asksToKeep(ask.action) ? null : 'a `scheduleInfo` is required'
  if (schedule.type === 'AfterDuration') {
    if (schedule.duration === null) return '`expiration.duration` is required with `afterDuration`'
    const length = parseDuration(schedule.duration)
    if (!length.ok) return length.fault.words
    if (schedule.end !== null) return '`expiration.endDateTime` does not go with `afterDuration`: send one of them'
  }
  if (schedule.type === 'AfterDateTime' && schedule.end === null) return '`expiration.endDateTime` is required with `afterDateTime`'
  if (asked && asked.end !== null && asked.end <= asked.start) return 'the end must lie after the start, and ahead of now'
  if (asked && !(isInstant(asked.start) && isInstant(asked.end ?? asked.start))) return 'the period lies beyond the year 9999'
  return plane.parseScope(ask.privilege.scope).ok ? null : `\`${ask.privilege.scope}\` is not a scope of this plane`
}

export const shape: Check = {
  rank: 2,
  judge(c) {
    const detail = problem(c)
    return detail === null ? null : standing('InvalidRoleAssignmentRequest', { detail })
  },
}
