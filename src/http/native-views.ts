// What operations answer → what the native API says (D29). Every item carries what the caller may do next.

import type { Output } from '../contract/routes.ts'
import type { Actor } from '../domain/access/actor.ts'
import { isCancelable, isPending } from '../domain/request/request.ts'
import { formatInstant, type Instant } from '../domain/time.ts'
import type { Described } from '../operations/describe.ts'
import type { ListedRequest, ListedSchedule } from '../operations/list.ts'
import type { Held } from '../operations/my-roles.ts'
import type { Policy } from '../operations/read-policy.ts'

export type HoldingView = Output<'assignments'>['items'][number]
export type RequestView = Output<'request'>

const at = (instant: Instant | null): string | null => (instant === null ? null : formatInstant(instant))
const isCaller = (actor: Actor, id: string | null): boolean => actor.t !== 'system' && actor.id === id

type Named = Pick<ListedRequest, 'role' | 'scope'>

const privilegeView = (plane: HoldingView['plane'], { role, scope }: Named) => ({
  plane,
  role: { id: role.id, name: role.name },
  scope: { id: scope.id, displayName: scope.displayName, kind: scope.kind },
})

const principalView = (p: ListedRequest['principal'], id: string) =>
  p ? { id: p.id, kind: p.kind, displayName: p.displayName, upn: p.upn } : { id, kind: 'user' as const, displayName: id, upn: null }

/** What the holder may do next; administrators are told by their own lists. */
function holdingActions(actor: Actor, held: Pick<ListedSchedule, 'schedule' | 'memberType'>, active: ReadonlySet<string>) {
  const { schedule: s } = held
  if (s.level === 'Eligibility') return active.has(keyOf(s)) || actor.t !== 'user' ? [] : (['activate'] as const)
  return s.source === 'Activated' && isCaller(actor, s.principalId) ? (['deactivate'] as const) : []
}

const keyOf = ({ privilege: p }: ListedSchedule['schedule']): string => `${p.plane}|${p.scope}|${p.role}`

/** Privileges that the caller holds by activation: no need to activate them again. */
export const activated = (have: readonly Pick<ListedSchedule, 'schedule'>[]): ReadonlySet<string> =>
  new Set(have.filter(({ schedule }) => schedule.source === 'Activated').map(({ schedule }) => keyOf(schedule)))

/** A hold. */
export const holdingView = (actor: Actor, held: Held, active: ReadonlySet<string>, over = false): HoldingView => ({
  id: held.schedule.id,
  ...privilegeView(held.schedule.privilege.plane, held),
  principal: principalView(held.principal, held.schedule.principalId),
  level: held.schedule.level,
  source: held.schedule.source,
  memberType: held.memberType,
  status: held.schedule.status,
  start: formatInstant(held.schedule.window.start),
  until: at(held.until),
  allowedActions: over ? [] : [...holdingActions(actor, held, active)],
})

/** A request; `mayDecide` where the caller is among those asked. */
export function requestView(actor: Actor, item: Described, mayDecide: boolean): RequestView {
  const { request: r } = item
  const own = isCaller(actor, r.requestedBy) || isCaller(actor, r.ask.principalId)
  const cancel = own && isCancelable(r.status) ? (['cancel'] as const) : []
  const decide = mayDecide && isPending(r.status) ? (['approve', 'deny'] as const) : []
  return {
    id: r.id,
    ...privilegeView(r.ask.privilege.plane, item),
    principal: principalView(item.principal, r.ask.principalId),
    level: r.ask.level,
    action: r.ask.action,
    status: r.status,
    requestedBy: r.requestedBy,
    justification: r.ask.justification,
    ticketNumber: r.ask.ticketNumber,
    ticketSystem: r.ask.ticketSystem,
    createdAt: formatInstant(r.createdAt),
    completedAt: at(r.completedAt),
    start: at(r.startsAt),
    until: at(r.endsAt),
    scheduleId: r.scheduleId,
    approvalId: r.approvalId,
    allowedActions: [...cancel, ...decide],
  }
}

/** A policy with its rules in the order of the wire. */
export const policyView = (policy: Policy): Output<'policy'> => ({
  ...privilegeView(policy.privilege.plane, policy),
  rules: [...policy.rules.values()].map((rule) => ({ ...rule })),
  isOrganizationDefault: policy.isOrganizationDefault,
  modifiedAt: at(policy.modifiedAt),
})
