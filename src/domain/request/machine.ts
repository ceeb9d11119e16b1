// Legal transitions of a request. Statuses that the reference shows only in passing are skipped, never reordered
// (behaviour 1.5). The same table lies in the database, with a foreign key from every event.

import type { RequestStatus } from './request.ts'

// biome-ignore format: one row per state
export const REQUEST_TRANSITIONS: Readonly<Record<'None' | RequestStatus, readonly RequestStatus[]>> = {
  None:                 ['Provisioned', 'Granted', 'PendingApproval', 'PendingAdminDecision', 'Revoked'],
  Granted:              ['Provisioned', 'Canceled', 'Failed'],
  PendingApproval:      ['Provisioned', 'Granted', 'Denied', 'TimedOut', 'Canceled', 'Failed'],
  PendingAdminDecision: ['Provisioned', 'Granted', 'AdminDenied', 'Canceled', 'Failed'],
  Provisioned:          [],
  Revoked:              [],
  Denied:               [],
  AdminDenied:          [],
  Canceled:             [],
  TimedOut:             [],
  Failed:               [],
}
