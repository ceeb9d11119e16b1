// MESSAGES: what is told, to whom, and by whose settings (behaviour 5). An event may bring about several kinds; a person gets each
// kind once, and reads it as whoever they are to it first: requestor, approver, administrator.

import { planeOf } from '../planes/planes.ts'
import type { NotificationRule, Recipient } from '../policy/rule.ts'
import type { Rules } from '../policy/rules.ts'
import { isPending } from '../request/request.ts'
import type { ScheduleFact } from '../schedule/schedule.ts'
import type { Instant } from '../time.ts'
import { ACTIVATION_MESSAGES } from './activations.ts'
import { ASSIGNMENT_MESSAGES } from './assignments.ts'
import type { Audience } from './audience.ts'
import { arises, type MessageKind } from './message.ts'
import type { Happening, Occasion } from './occasion.ts'
import type { Crowd } from './recipients.ts'
import { tell } from './words.ts'

const MESSAGES: readonly MessageKind[] = [...ASSIGNMENT_MESSAGES, ...ACTIVATION_MESSAGES]

/** N2: the rest get nothing, without other effect. */
const MOST_RECIPIENTS = 1_000

export interface Draft {
  readonly principalId: string
  readonly kind: string
  readonly words: string
}

/** Is anybody told of such an event? */
export const isTold = (e: Happening): boolean => MESSAGES.some((m) => arises(m, e))

/** The rule id that governs a kind for a set of recipients; activations are always those of the holder. */
const governing = (m: MessageKind, recipient: Recipient, o: Happening): string =>
  `Notification_${recipient}_${m.caller}_${m.caller === 'EndUser' ? 'Assignment' : (o.level ?? 'Assignment')}`

/** Where the policy lies that governs what is told: for an activation that of the eligibility beneath (behaviour 2.4 rule 5). */
export const policyScopeOf = (o: Occasion): string =>
  o.request?.snapshot?.policyScope ?? planeOf(o.privilege).policyScope(o.basisScope ?? o.privilege.scope)

function wanted(rules: Rules, m: MessageKind, recipient: Recipient, o: Occasion): boolean {
  const rule = rules.get(governing(m, recipient, o)) as NotificationRule | undefined
  if (!rule?.isDefaultRecipientsEnabled) return false
  return rule.notificationLevel === 'All' || (rule.notificationLevel === 'Critical' && m.critical)
}

/** Those whose schedules must be known to tell of this occasion. */
export function audiencesOf(o: Occasion): readonly Audience[] {
  const { admin, decider, approver } = planeOf(o.privilege).audiences
  const kinds = MESSAGES.filter((m) => arises(m, o))
  const asks = kinds.filter((m) => m.tells.Approver)
  return [
    ...(kinds.some((m) => m.tells.Admin) ? admin : []),
    ...(asks.some((m) => m.caller === 'Admin') ? decider : []),
    ...(asks.some((m) => m.caller === 'EndUser') && o.approval?.stage.approvers.length === 0 ? approver : []),
  ]
}

/** Named principals who may be told: the holder, and the approvers as they were asked. */
export const namedOf = (o: Occasion): readonly string[] => [o.principalId, ...(o.approval?.stage.approvers.map((a) => a.id) ?? [])]

export interface Surroundings {
  readonly crowd: Crowd
  /** The schedules that an audience asks for, at the occasion's scope. */
  readonly schedulesOf: (audience: Audience, o: Occasion) => readonly ScheduleFact[]
}

function peopleOf(recipient: Recipient, m: MessageKind, o: Occasion, { crowd, schedulesOf }: Surroundings): readonly string[] {
  const { admin, decider, approver } = planeOf(o.privilege).audiences
  const holding = (audiences: readonly Audience[]) => audiences.flatMap((a) => crowd.holders(a, schedulesOf(a, o)))
  switch (recipient) {
    case 'Requestor':
      return crowd.expand(o.principalId)
    case 'Admin':
      return holding(admin).filter((id) => !m.others || id !== o.actorId)
    case 'Approver': {
      const stage = o.approval?.stage
      const asked = stage ? (stage.approvers.length > 0 ? stage.approvers.flatMap((a) => crowd.expand(a.id)) : holding(approver)) : []
      const who = m.caller === 'EndUser' ? asked : holding(decider)
      // AP3: nobody is asked about their own request, nor hears of it as one of the approvers.
      return who.filter((id) => id !== o.principalId && id !== o.request?.requestedBy)
    }
    default:
      return recipient satisfies never
  }
}

const ORDER: readonly Recipient[] = ['Requestor', 'Approver', 'Admin']

const waits = (o: Occasion, now: Instant): boolean =>
  o.request !== null &&
  isPending(o.request.status) &&
  (o.approval === null || (o.approval.status === 'InProgress' && now < o.approval.dueAt))

/** Everything that is told of an occasion. */
export function draftsFor(o: Occasion, rules: Rules, around: Surroundings, now: Instant): readonly Draft[] {
  const told = tell(o)
  const people = new Set<string>()
  return MESSAGES.filter((m) => arises(m, o) && (!m.whileWaiting || waits(o, now))).flatMap((m) => {
    const drafts = new Map<string, Draft>()
    for (const recipient of ORDER) {
      const words = m.tells[recipient]
      if (!words || !wanted(rules, m, recipient, o)) continue
      const text = words(told)
      for (const principalId of peopleOf(recipient, m, o, around)) {
        if (drafts.has(principalId) || (people.size >= MOST_RECIPIENTS && !people.has(principalId))) continue
        people.add(principalId)
        drafts.set(principalId, { principalId, kind: m.kind, words: text })
      }
    }
    return [...drafts.values()]
  })
}
