// The parts that messages are worded from. INVARIANT: what people typed cannot break out of its line, or turn the text around it.

import type { ScheduleInfo } from '../request/request.ts'
import { formatInstant, type Instant } from '../time.ts'
import type { Occasion } from './occasion.ts'

/** An occasion in words. Parts that may be missing bring their own blanks and stops. */
export interface Told {
  readonly who: string
  /** `User Administrator`, `Owner at rg-payments-prod`, `member of pag-payments-operators`. */
  readonly what: string
  readonly through: string
  readonly by: string
  readonly span: string
  /** What a request asks for, as long as nothing is granted. */
  readonly asked: string
  readonly why: string
  readonly ticket: string
  /** Why it happened, as the event has it. */
  readonly reason: string
  /** What the approver gave as a reason. */
  readonly decided: string
  readonly requestId: string
}

const LONGEST = 500
// Control characters, and those that turn the direction of what follows.
const UNRULY = /[\p{Cc}\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** Somebody's words on one line, cut where they are too long. */
export function plain(text: string): string {
  const line = text.replace(UNRULY, ' ').trim()
  return line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line
}

/** To the minute, in UTC. */
const minute = (at: Instant): string => `${formatInstant(at).slice(0, 16).replace('T', ' ')}Z`

const said = (label: string, text: string | null | undefined): string => {
  const line = plain(text ?? '')
  return line === '' ? '' : ` ${label}: ${line}.`
}

function askedWords(schedule: ScheduleInfo | null): string {
  if (!schedule) return ''
  const from = schedule.start === null ? '' : ` from ${minute(schedule.start)}`
  if (schedule.type === 'AfterDuration' && schedule.duration !== null) return `${from} for ${plain(schedule.duration)}`
  return schedule.end === null ? from : `${from} until ${minute(schedule.end)}`
}

function privilegeWords({ role, scope }: Occasion): string {
  if (scope.id === '/') return plain(role.name)
  return `${plain(role.name)} ${scope.kind === 'group' ? 'of' : 'at'} ${plain(scope.displayName)}`
}

/** The parts of an occasion. */
export function tell(o: Occasion): Told {
  const ask = o.request?.ask
  const until = o.end === null ? 'without end' : `until ${minute(o.end)}`
  const number = plain(ask?.ticketNumber ?? '')
  return {
    who: plain(o.who),
    what: privilegeWords(o),
    through: o.isGroup ? ` through ${plain(o.who)}` : '',
    by: o.by === null ? '' : ` by ${plain(o.by)}`,
    span: o.start === null ? until : `from ${minute(o.start)} ${until}`,
    asked: askedWords(ask?.schedule ?? null),
    why: said('Justification', ask?.justification),
    ticket: number === '' ? '' : ` Ticket: ${number}${ask?.ticketSystem ? ` (${plain(ask.ticketSystem)})` : ''}.`,
    reason: said('Reason', o.reason),
    decided: said('Reason', o.approval?.decision?.justification),
    requestId: o.request?.id ?? '',
  }
}
