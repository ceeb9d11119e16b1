// Legal transitions of a schedule. The same table lies in the database, with a foreign key from every event.

import type { ScheduleStatus } from './schedule.ts'

// biome-ignore format: one row per state
export const SCHEDULE_TRANSITIONS: Readonly<Record<'None' | ScheduleStatus, readonly ScheduleStatus[]>> = {
  None:        ['Granted', 'Provisioned'],
  Granted:     ['Granted', 'Provisioned', 'Canceled', 'Failed', 'Revoked', 'Expired'],
  Provisioned: ['Provisioned', 'Expired', 'Revoked'],   // to itself: its end was moved
  Expired:     [],
  Revoked:     [],
  Canceled:    [],
  Failed:      [],
}
