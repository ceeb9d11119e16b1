// What the operations of sources share: the transaction they are in, the source they act for, and the events that name it.

import type { Event } from '../domain/audit/event.ts'
import type { Change } from '../domain/change.ts'
import type { Terms } from '../domain/identity/plan.ts'
import type { RunCounts, Source } from '../domain/identity/source.ts'
import type { Instant } from '../domain/time.ts'
import type { Sql } from '../store/sql.ts'
import { type Told, toldEvent } from './administer.ts'
import type { Call, Ctx } from './context.ts'

/** One transaction of a source. */
export interface Run {
  readonly ctx: Ctx
  readonly tx: Sql
  readonly now: Instant
  readonly source: Source
  readonly call: Call
  /** Does somebody push one by one, or is a directory read? */
  readonly pushed: boolean
  /** Somebody's access may have changed: targets are looked at once this is committed. */
  readonly follow?: () => void
}

/** A source acts as a part of the system; its name is in the data of every event. */
export const sourceCall = (correlationId: string): Call => ({ actor: { t: 'system', part: 'import' }, correlationId })

export const termsOf = ({ ctx, source, pushed }: Run): Terms => ({ adopt: source.adopt, domains: ctx.tenant().domains, pushed })

const marked = (source: Source, e: Event): Event => ({
  ...e,
  data: { ...e.data, identitySource: source.name, identitySourceId: source.id },
})

/** An event of a source. */
export const sourceEvent = (run: Run, told: Told): Event => marked(run.source, toldEvent(run.ctx, run.call, run.now, 'change', told))

/** The same for a change of holdings. */
export const markChange = (run: Run, change: Change): Change => ({ ...change, events: change.events.map((e) => marked(run.source, e)) })

/** What became of one of those described. */
export interface Provisioned {
  readonly externalId: string
  readonly principalId: string
  readonly did: Partial<RunCounts>
}
