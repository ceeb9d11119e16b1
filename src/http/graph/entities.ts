// Requests, schedules and instances as Graph entities (contract reference 3.2, 3.4, 5). Navigation properties appear when expanded.

import type { PrincipalFact } from '../../domain/facts.ts'
import { isPending, type RequestFact } from '../../domain/request/request.ts'
import type { ScheduleFact } from '../../domain/schedule/schedule.ts'
import { formatInstant, type Instant } from '../../domain/time.ts'
import type { ListedSchedule } from '../../operations/list.ts'
import type { Family } from './families.ts'
import type { Entity } from './present.ts'
import { writeScheduleInfo } from './schedule-info.ts'

/** What names an entity can show when expanded. */
export interface Shown {
  readonly principal: PrincipalFact | null
  readonly role: { readonly id: string; readonly name: string; readonly builtIn: boolean } | null
  readonly scope: { readonly id: string; readonly kind: string; readonly displayName: string } | null
}

const instant = (at: Instant | null) => (at === null ? null : formatInstant(at))

/** A request. `validation` words the status of a dry run: `Granted`, or `PendingEvaluation` when somebody would have to approve. */
export function requestEntity(family: Family, r: RequestFact, validation = false): Entity {
  const { ask } = r
  return {
    id: r.id,
    status: validation ? (isPending(r.status) ? 'PendingEvaluation' : 'Granted') : r.status,
    createdDateTime: formatInstant(r.createdAt),
    completedDateTime: instant(r.completedAt),
    approvalId: r.approvalId,
    customData: ask.customData,
    createdBy: { application: null, device: null, user: { displayName: null, id: r.requestedBy } },
    action: ask.action,
    principalId: ask.principalId,
    ...family.writePrivilege(ask.privilege, ask.roleAsSent),
    isValidationOnly: validation,
    targetScheduleId: r.scheduleId === null ? null : family.scheduleId(ask.privilege, r.scheduleId),
    justification: ask.justification,
    // NB. an ending request shows no schedule (behaviour K5)
    scheduleInfo: r.status === 'Revoked' ? null : writeScheduleInfo(ask.schedule, r.startsAt, r.endsAt),
    ticketInfo: { ticketNumber: ask.ticketNumber, ticketSystem: ask.ticketSystem },
  }
}

const assignmentType = (s: ScheduleFact) => (s.source === 'Activated' ? 'Activated' : 'Assigned')

export function scheduleEntity(family: Family, item: ListedSchedule): Entity {
  const { schedule: s } = item
  const outside = s.source === 'Outside'
  return {
    id: family.scheduleId(s.privilege, s.id),
    principalId: s.principalId,
    ...family.writePrivilege(s.privilege, item.roleAsSent),
    createdUsing: s.requestId ?? s.id,
    createdDateTime: outside ? null : formatInstant(s.createdAt),
    modifiedDateTime: instant(s.modifiedAt),
    status: s.status,
    memberType: item.memberType,
    ...(s.level === 'Assignment' ? { assignmentType: assignmentType(s) } : {}),
    scheduleInfo: writeScheduleInfo(item.scheduleInfo, s.window.start, s.window.end),
  }
}

export function instanceEntity(family: Family, item: ListedSchedule): Entity {
  const { schedule: s } = item
  const { schedule, origin } = family.pointers(s.level)
  const id = family.instanceId(s.privilege, s.principalId, s.id, s.level)
  return {
    id,
    principalId: s.principalId,
    ...family.writePrivilege(s.privilege, item.roleAsSent),
    startDateTime: formatInstant(s.window.start),
    endDateTime: instant(s.window.end),
    memberType: item.memberType,
    ...(s.level === 'Assignment' ? { assignmentType: assignmentType(s) } : {}),
    ...(origin ? { [origin]: id } : {}),
    [schedule]: family.scheduleId(s.privilege, s.id),
  }
}

const TYPES = { user: 'user', group: 'group', servicePrincipal: 'servicePrincipal' } as const

const principalEntity = (p: PrincipalFact): Entity => ({
  '@odata.type': `#microsoft.graph.${TYPES[p.kind]}`,
  id: p.id,
  displayName: p.displayName,
  ...(p.kind === 'user' ? { userPrincipalName: p.upn, mail: p.mail } : {}),
})

/** A directory scope as the object it is: an administrative unit goes by its own id, the root is the tenant. */
const scopeEntity = ({ id, kind, displayName }: NonNullable<Shown['scope']>): Entity =>
  kind === 'administrativeUnit'
    ? { '@odata.type': '#microsoft.graph.administrativeUnit', id: id.split('/').at(-1), displayName }
    : { '@odata.type': '#microsoft.graph.organization', id, displayName }

/** The navigation properties of a request, schedule or instance, by name. */
export const NAVIGATION: Readonly<Record<string, (shown: Shown) => Entity | null>> = {
  principal: ({ principal }) => principal && principalEntity(principal),
  roledefinition: ({ role }) => role && { id: role.id, displayName: role.name, isBuiltIn: role.builtIn, templateId: role.id },
  directoryscope: ({ scope }) => scope && scopeEntity(scope),
  group: ({ scope }) => scope && { '@odata.type': '#microsoft.graph.group', id: scope.id, displayName: scope.displayName },
  // Nothing here is scoped within an application.
  appscope: () => null,
}

/** The property names as Graph spells them. */
export const NAVIGATION_NAMES: Readonly<Record<string, string>> = {
  principal: 'principal',
  roledefinition: 'roleDefinition',
  directoryscope: 'directoryScope',
  group: 'group',
  appscope: 'appScope',
  activatedusing: 'activatedUsing',
  targetschedule: 'targetSchedule',
}
