// The events of a grant. They are about a person at a target, and carry what the ledger knew.

import type { Event } from '../audit/event.ts'
import type { Instant } from '../time.ts'
import type { GrantState } from './grant.ts'

interface About {
  readonly id: string
  readonly targetId: string
  readonly entitlementId: string
  readonly principalId: string
  readonly generation: number
  readonly notAfter: Instant | null
  readonly desiredSince: Instant
  readonly requestId: string | null
  readonly correlationId: string
}

/** One transition of a grant, by the system: nobody but the clock and the schedules decides what is desired. */
export const grantEvent = (
  id: string,
  at: Instant,
  g: About,
  move: { readonly from: GrantState | 'None'; readonly to: GrantState; readonly name: string; readonly words: string | null },
): Event => ({
  id,
  at,
  kind: 'transition',
  machine: 'grant',
  from: move.from,
  to: move.to,
  subject: 'grant',
  subjectId: g.id,
  actorKind: 'system',
  actorId: null,
  plane: null,
  scope: null,
  role: null,
  principalId: g.principalId,
  level: null,
  action: move.name,
  requestId: g.requestId,
  correlationId: g.correlationId,
  reason: move.words,
  data: {
    target: g.targetId,
    entitlement: g.entitlementId,
    generation: g.generation,
    notAfter: g.notAfter,
    afterMs: Math.max(0, at - g.desiredSince),
  },
})
