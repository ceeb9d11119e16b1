// Schedules and instances of both levels: four read-only types that are one table (contract reference, 12, 12.1).

import type { Level } from '../../domain/privilege.ts'
import { type ListedSchedule, listInstances, listSchedules, readOneSchedule } from '../../operations/list.ts'
import { answered, type Handler, listed, type Routes } from './handler.ts'
import { hinted, listInput, tokenOf } from './lists.ts'
import { aliased, expanded, idOf, instant, PRINCIPAL_TYPES, PROVIDER, prefixOf, roleShown } from './wire.ts'

type Family = 'schedules' | 'instances'

/** Pascal, as ids and types carry it. */
const TYPE: Readonly<Record<Family, Readonly<Record<Level, string>>>> = {
  schedules: { Eligibility: 'RoleEligibilitySchedules', Assignment: 'RoleAssignmentSchedules' },
  instances: { Eligibility: 'RoleEligibilityScheduleInstances', Assignment: 'RoleAssignmentScheduleInstances' },
}

const ASSIGNMENT_TYPES = { Assigned: 'Assigned', Activated: 'Activated', Outside: 'Assigned' } as const

type Writer = (item: ListedSchedule, spelling: string) => Readonly<Record<string, unknown>>

/** What only some of the four carry. */
const OWN: Readonly<Record<Family, Readonly<Record<Level, Writer>>>> = {
  schedules: {
    Eligibility: ({ schedule, requestName }, at) => ({
      roleEligibilityScheduleRequestId: requestName && idOf(at, 'RoleEligibilityScheduleRequests', requestName),
      updatedOn: instant(schedule.modifiedAt ?? schedule.createdAt),
    }),
    Assignment: ({ schedule, requestName, basisName }, at) => ({
      linkedRoleEligibilityScheduleId: basisName,
      assignmentType: ASSIGNMENT_TYPES[schedule.source],
      roleAssignmentScheduleRequestId: requestName && idOf(at, 'RoleAssignmentScheduleRequests', requestName),
      updatedOn: instant(schedule.modifiedAt ?? schedule.createdAt),
    }),
  },
  instances: {
    Eligibility: ({ schedule }, at) => ({ roleEligibilityScheduleId: idOf(at, TYPE.schedules.Eligibility, schedule.name) }),
    Assignment: ({ schedule, basisName }, at) => ({
      originRoleAssignmentId: idOf(at, 'roleAssignments', schedule.name),
      linkedRoleEligibilityScheduleId: basisName,
      linkedRoleEligibilityScheduleInstanceId: basisName,
      assignmentType: ASSIGNMENT_TYPES[schedule.source],
      roleAssignmentScheduleId: idOf(at, TYPE.schedules.Assignment, schedule.name),
    }),
  },
}

/** One schedule or instance on the wire. */
function resourceOf(family: Family, item: ListedSchedule, alias: string): object {
  const { schedule: s, principal, role, scope } = item
  const spelling = prefixOf(scope.spelling)
  const roleId = roleShown(item.roleAsSent, spelling, role.id)
  const type = TYPE[family][s.level]
  const at = aliased(alias, spelling)
  return {
    properties: {
      ...OWN[family][s.level](item, at),
      scope: at || '/',
      roleDefinitionId: roleId,
      principalId: s.principalId,
      principalType: principal && PRINCIPAL_TYPES[principal.kind],
      status: s.status,
      startDateTime: instant(s.window.start),
      endDateTime: instant(s.window.end),
      memberType: item.memberType,
      createdOn: instant(s.createdAt),
      condition: s.condition,
      conditionVersion: s.conditionVersion,
      expandedProperties: expanded(spelling, scope, roleId, role, s.principalId, principal),
    },
    name: s.name,
    id: idOf(at, type, s.name),
    type: `${PROVIDER}/${type}`,
  }
}

const LISTS = { schedules: listSchedules, instances: listInstances }

const list =
  (family: Family, level: Level): Handler =>
  async (request) => {
    const input = listInput(request, level, 'held')
    if (!input.ok) return input
    const page = hinted(request, await LISTS[family](request.deps.ctx, request.call, input.value))
    if (!page.ok) return page
    const value = page.value.items.map((item) => resourceOf(family, item, request.alias))
    return listed(request, value, tokenOf(page.value.next))
  }

const get =
  (family: Family, level: Level): Handler =>
  async ({ deps, call, path, scope, alias }) => {
    const one = { plane: 'resource', level, scope, id: path.name ?? '', by: 'name' } as const
    const found = await readOneSchedule(deps.ctx, call, family, one)
    return found.ok ? answered(resourceOf(family, found.value, alias)) : found
  }

/** The routes of one of the four types. */
export const scheduleRoutes = (family: Family, level: Level): Routes => ({
  '': { GET: list(family, level) },
  '{}': { GET: get(family, level) },
})
