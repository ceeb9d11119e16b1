// What a reader of a directory brings: people, groups and memberships by the source's own ids. A reading is whole or it is none; a
// reader that was cut short fails, and so takes nobody away.

import type { Result } from '../result.ts'
import type { IncomingGroup, IncomingUser } from './incoming.ts'
import type { SourceState } from './source.ts'

export type ReadUser = Omit<IncomingUser, 'principalId' | 'managerId' | 'doc'> & {
  /** The manager's id in the source; null where there is none. */
  readonly manager: string | null
}

export type ReadGroup = Omit<IncomingGroup, 'principalId' | 'doc'> & {
  /** Ids in the source, of people and of groups. */
  readonly members: readonly string[]
}

export interface Reading {
  /** True: whoever is not in it is gone. False: only what changed, and `gone` names who left. */
  readonly full: boolean
  readonly users: readonly ReadUser[]
  readonly groups: readonly ReadGroup[]
  /** Ids in the source that were deleted or moved out of what is read. */
  readonly gone: readonly string[]
  readonly watermark: string | null
}

/** Reads a directory. Faults: `SourceUnreachable`, `InvalidIdentitySource`. */
export type ReadSource = (
  settings: Readonly<Record<string, unknown>>,
  state: SourceState,
  want: { readonly full: boolean; readonly known: ReadonlySet<string> },
) => Promise<Result<Reading>>

/** Signs somebody in with their password at the directory itself. Faults: `WrongPassword`, `SourceUnreachable`, `InvalidIdentitySource`. */
export type BindAs = (settings: Readonly<Record<string, unknown>>, externalId: string, password: string) => Promise<Result<true>>
