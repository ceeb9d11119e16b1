// An occasion: one event, with everything around it that decides who is told and that the telling names.

import type { ApprovalFact } from '../approval/approval.ts'
import type { Machine } from '../audit/event.ts'
import type { RoleFact } from '../facts.ts'
import type { Level, Privilege, Source } from '../privilege.ts'
import type { RequestFact } from '../request/request.ts'
import type { Instant } from '../time.ts'

export interface Place {
  readonly id: string
  readonly kind: string
  readonly displayName: string
  /** From the closest to the root. */
  readonly ancestors: readonly string[]
}

/** What decides whether anybody is told at all. */
export interface Happening {
  readonly machine: Machine | null
  readonly from: string | null
  readonly to: string | null
  readonly level: Level | null
  /** Of a request's event, what was asked. */
  readonly action: string | null
  /** Of a schedule's event, how it came about. */
  readonly source: Source | null
}

export interface Occasion extends Happening {
  readonly eventId: string
  readonly at: Instant
  readonly level: Level
  readonly reason: string | null
  readonly actorId: string | null
  /** Who did it, by name; null for a part of the system. */
  readonly by: string | null
  readonly privilege: Privilege
  readonly role: RoleFact
  readonly scope: Place
  readonly principalId: string
  /** Whose request or assignment it is, by name. */
  readonly who: string
  readonly isGroup: boolean
  readonly request: RequestFact | null
  readonly approval: ApprovalFact | null
  /** Where the eligibility lies that an activation rests on: its policy governs. */
  readonly basisScope: string | null
  readonly start: Instant | null
  readonly end: Instant | null
}
