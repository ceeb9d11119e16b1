// A schedule: a principal's eligibility for, or assignment of, a privilege in a window. An instance is a schedule in force
// now: a view, never a row. Access is read from the window and the clock; no worker has a part in it.

import type { Level, Privilege, Source } from '../privilege.ts'
import { contains, type Instant, type Window } from '../time.ts'

/** `Granted` before its start, `Provisioned` while in force; the rest are ended (behaviour K10). */
export type ScheduleStatus = 'Granted' | 'Provisioned' | 'Expired' | 'Revoked' | 'Canceled' | 'Failed'

/** The eligibility an activation rests on, as it stands now. */
export interface Basis {
  readonly id: string
  readonly principalId: string
  readonly live: boolean
  readonly window: Window
}

export interface ScheduleFact {
  readonly id: string
  /** What ARM calls it: the name of the request that made it. */
  readonly name: string
  readonly privilege: Privilege
  readonly principalId: string
  readonly level: Level
  readonly source: Source
  readonly status: ScheduleStatus
  readonly window: Window
  readonly createdAt: Instant
  readonly requestId: string | null
  readonly modifiedAt: Instant | null
  readonly condition: string | null
  readonly conditionVersion: string | null
  /** What an assignment made past the front door was made for, in the words given there; null otherwise. */
  readonly description: string | null
  /** For activations: the eligibility used (behaviour K6). */
  readonly basis: Basis | null
}

const LIVE: ReadonlySet<ScheduleStatus> = new Set<ScheduleStatus>(['Granted', 'Provisioned'])

/** Not ended by anybody; its window decides whether it is in force. */
export const isLive = (status: ScheduleStatus): boolean => LIVE.has(status)

/** Current or future: live, and its end not yet reached. */
export const isOpen = (s: { status: ScheduleStatus; window: Window }, now: Instant): boolean =>
  isLive(s.status) && (s.window.end === null || now < s.window.end)

/** Within its window now. Says nothing yet of the holder's state or of the eligibility beneath: see access/effective.ts. */
export const isCurrent = (s: { status: ScheduleStatus; window: Window }, now: Instant): boolean =>
  isLive(s.status) && contains(s.window, now)
