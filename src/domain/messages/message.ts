// A kind of message: which events bring it about, whose notification settings govern it, who gets it, and what it says.

import type { Caller, Recipient } from '../policy/rule.ts'
import type { Level, Source } from '../privilege.ts'
import type { OutsideAction } from '../request/outside.ts'
import type { Action } from '../request/request.ts'
import type { Happening } from './occasion.ts'
import type { Told } from './words.ts'

export interface When {
  readonly machine: 'request' | 'schedule'
  readonly actions?: readonly (Action | OutsideAction)[]
  readonly level?: Level
  readonly sources?: readonly Source[]
  readonly from?: readonly string[]
  readonly to: readonly string[]
}

export interface MessageKind {
  readonly kind: string
  readonly when: When
  /** Whose rules: `Notification_{recipient}_{caller}_{level}`. */
  readonly caller: Caller
  /** Asks its reader to act now: told even where only critical messages are wanted (N4). */
  readonly critical: boolean
  /** Told only while the request still waits (AP10). */
  readonly whileWaiting?: true
  /** The administrator who did it knows already. */
  readonly others?: true
  /** What each set of recipients reads; a set without words is not told. */
  readonly tells: Partial<Readonly<Record<Recipient, (t: Told) => string>>>
}

const among = <T>(list: readonly T[] | undefined, value: T | null): boolean =>
  list === undefined || (value !== null && list.includes(value))

/** Does the event bring this message about? */
export const arises = ({ when }: MessageKind, e: Happening): boolean =>
  e.machine === when.machine &&
  among(when.to, e.to) &&
  among(when.from, e.from) &&
  among(when.actions, e.action as Action | OutsideAction | null) &&
  among(when.sources, e.source) &&
  (when.level === undefined || when.level === e.level)
