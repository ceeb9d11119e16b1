// An event is one change of state, or one refusal of somebody we know (D19): who, when, from, to, why. Append-only. Its leaf is
// a hash over the RFC 8785 form of a fixed list of fields (D20); the store hashes, the form is decided here.

import type { Level } from '../privilege.ts'
import type { Action } from '../request/request.ts'
import type { Instant } from '../time.ts'

export type Machine = 'request' | 'schedule' | 'approval' | 'grant'

export interface Event {
  readonly id: string
  readonly at: Instant
  readonly kind: 'transition' | 'refusal' | 'change'
  /** Of a transition. A `change` is an edit of something that has no states, such as a policy. */
  readonly machine: Machine | null
  readonly from: string | null
  readonly to: string | null
  /** What it is about, such as `policy`, `token` or the machine's name. */
  readonly subject: string
  readonly subjectId: string
  readonly actorKind: 'user' | 'app' | 'system'
  readonly actorId: string | null
  readonly plane: string | null
  readonly scope: string | null
  readonly role: string | null
  readonly principalId: string | null
  readonly level: Level | null
  readonly action: Action | string | null
  readonly requestId: string | null
  /** Joins everything that one request brought about. */
  readonly correlationId: string
  readonly reason: string | null
  readonly data: Readonly<Record<string, string | number | boolean | null>>
}

/** Object members sorted by UTF-16 code units, no blanks: RFC 8785 for the values we use (strings, integers, booleans, null). */
function canonical(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v)}`).join(',')}}`
}

/** The text whose hash is the event's leaf: every field, `at` in milliseconds. */
export const leafText = (event: Event): string => canonical(event)
