// A source of identities: where people and groups are kept, outside of here. It writes only what it keeps.

import type { Instant } from '../time.ts'

export type SourceKind = 'scim' | 'ldap' | 'csv' | 'oidc'
export type KeptKind = 'user' | 'group'

/** What could not be taken over from a source, and why. It stops nothing else. */
export interface SourceFinding {
  readonly kind: KeptKind | 'member'
  readonly externalId: string
  readonly name: string
  readonly code: string
  readonly words: string
}

/** What a run did, or would have done. */
export interface RunCounts {
  readonly added: number
  readonly adopted: number
  readonly changed: number
  readonly disabled: number
  readonly enabled: number
  readonly deleted: number
  readonly groups: number
  readonly joined: number
  readonly left: number
}

export const NO_COUNTS: RunCounts = {
  added: 0,
  adopted: 0,
  changed: 0,
  disabled: 0,
  enabled: 0,
  deleted: 0,
  groups: 0,
  joined: 0,
  left: 0,
}

export const addCounts = (a: RunCounts, b: Partial<RunCounts>): RunCounts =>
  Object.fromEntries(Object.entries(a).map(([name, n]) => [name, n + (b[name as keyof RunCounts] ?? 0)])) as unknown as RunCounts

/** What is known of a source's runs. */
export interface SourceState {
  /** The reader's own mark: where the next reading begins. Opaque to everybody else. */
  readonly watermark?: string | null
  /** When everything was last read, not only what had changed. */
  readonly fullAt?: Instant | null
  readonly lastAt?: Instant | null
  readonly lastMs?: number
  readonly lastRun?: (RunCounts & { readonly full: boolean; readonly dryRun: boolean }) | null
  readonly lastError?: string | null
  /** The first hundred; `findingCount` says how many there are. */
  readonly findings?: readonly SourceFinding[]
  readonly findingCount?: number
  /** Asked for by somebody, for the next run alone. */
  readonly wanted?: { readonly full: boolean; readonly dryRun: boolean; readonly override: boolean } | null
}

export interface Source {
  readonly id: string
  readonly kind: SourceKind
  readonly name: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly adopt: boolean
  readonly enabled: boolean
  readonly state: SourceState
  readonly createdAt: Instant
}
