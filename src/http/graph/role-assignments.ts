// Role assignments: what is active now, from wherever it came, and given or taken past the front door (contract reference 3.1 rows 4–7,
// 17 quirk 15). Those for an administrative unit also go by the unit's own path.

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { assignRole, unassignRole } from '../../operations/directory-references.ts'
import { unitScope } from '../../operations/directory-units.ts'
import { demanded, type ListedSchedule, type ListInput, listInstances, listSchedules, readOneSchedule } from '../../operations/list.ts'
import { pick, readGuid, readObject, required } from '../fields.ts'
import { PIM_AREAS, SCOPED_ROLES } from './areas.ts'
import { instanceEntity, scheduleEntity } from './entities.ts'
import { bodyOf, collection, created, cursorOf, type Exchange, entity, noContent, pageSize, refused, text, timeToken } from './exchange.ts'
import { expanded, expanding } from './expand.ts'
import { directory } from './families.ts'
import { idOfKey } from './object-lists.ts'
import type { Entity } from './present.ts'
import { argument } from './role-definitions.ts'
import { type Handler, type Route, route } from './router.ts'
import { readOne } from './schedules.ts'

const PATH = 'roleManagement/directory/roleAssignments'
const AT = { family: directory, kind: 'instances', level: 'Assignment' } as const

const assignmentEntity = ({ schedule: s }: ListedSchedule): Entity => ({
  id: directory.instanceId(s.privilege, s.principalId, s.id, 'Assignment'),
  principalId: s.principalId,
  // The canonical form here, unlike with requests (D23).
  ...directory.writePrivilege(s.privilege, null),
  condition: null,
})

const shown = (x: Exchange, item: ListedSchedule): Entity => expanded(x, assignmentEntity(item), item)
const idIn = (x: Exchange): string => x.at.keys[0]?.value ?? ''

const inputOf = (x: Exchange): Result<ListInput> => {
  const after = cursorOf(x)
  if (!after.ok) return after
  if (x.options.orderby.length > 0) return refuse(fault('InvalidQuery', { detail: 'role assignments have no order' }))
  return ok({
    plane: 'directory',
    level: 'Assignment',
    mine: null,
    assignedTo: null,
    scope: null,
    filter: x.options.filter,
    order: 'id',
    limit: pageSize(x),
    after: after.value,
    count: x.options.count,
  })
}

async function list(x: Exchange, input: Result<ListInput>, path: string): Promise<Response> {
  const page = input.ok ? await listInstances(x.deps.ctx, x.caller.call, input.value) : input
  if (!page.ok) return refused(x, page.fault)
  const items = page.value.items.map((item) => shown(x, item))
  return collection(x, path, items, timeToken(page.value.next), page.value.count)
}

async function countAll(x: Exchange, input: Result<ListInput>): Promise<Response> {
  const page = input.ok ? await listInstances(x.deps.ctx, x.caller.call, { ...input.value, limit: 1, count: true }) : input
  return page.ok ? text(x, String(page.value.count ?? 0)) : refused(x, page.fault)
}

/** One assignment; an id of another kind is nobody's. */
async function read(x: Exchange): Promise<Result<ListedSchedule>> {
  const found = await readOne(x, AT, idIn(x))
  if (!found.ok) return found
  return 'schedule' in found.value ? ok(found.value) : refuse(fault('ResourceNotFound', { id: idIn(x) }))
}

const one: Handler = async (x) => {
  const found = await read(x)
  return found.ok ? entity(x, PATH, shown(x, found.value)) : refused(x, found.fault)
}

const follow =
  (name: string, spelt: string): Handler =>
  async (x) => {
    const found = await read(x)
    if (!found.ok) return refused(x, found.fault)
    const value = shown(expanding(x, name), found.value)[spelt]
    return value ? entity(x, 'directoryObjects', value as Entity) : noContent(x)
  }

/** What an assignment looks like once it is written, from the judgement that allowed it. */
const create: Handler = async (x) => {
  const body = await bodyOf(x)
  if (!body.ok) return refused(x, body.fault)
  const principal = required(readGuid(body.value, 'principalId'), 'principalId')
  if (!principal.ok) return refused(x, principal.fault)
  if (pick(body.value, 'condition') !== null)
    return refused(x, fault('InvalidObject', { detail: 'conditions on directory roles are not offered' }))
  const privilege = directory.readPrivilege(body.value)
  if (!privilege.ok) return refused(x, privilege.fault)
  const done = await assignRole(x.deps.ctx, x.caller.call, privilege.value.privilege, principal.value)
  if (!done.ok) return refused(x, done.fault.code === 'ReferenceExists' ? conflict : done.fault)
  const { schedule: s, facts } = done.value
  const id = directory.instanceId(s.privilege, s.principalId, s.id, 'Assignment')
  const value = { id, principalId: s.principalId, ...directory.writePrivilege(s.privilege, null), condition: null }
  return created(x, PATH, expanded(x, value, facts))
}

const conflict = fault('ObjectConflict', { property: 'principalId, roleDefinitionId and directoryScopeId' })

const remove: Handler = async (x) => {
  const found = await read(x)
  if (!found.ok) return refused(x, found.fault)
  const { schedule: s } = found.value
  const done = await unassignRole(x.deps.ctx, x.caller.call, s.privilege, s.principalId, s.id)
  return done.ok ? noContent(x) : refused(x, done.fault)
}

/** A filter without what it says of the principal: that is asked for another way. */
function without(filter: Filter | null): Filter | null {
  const of = filter?.t === 'and' ? filter.of : filter ? [filter] : []
  const left = of.filter((f) => !(f.t === 'compare' && f.path.join('/').toLowerCase() === 'principalid'))
  return left.length === 0 ? null : { t: 'and', of: left }
}

/** All that a principal holds, through groups too. Faults: `InvalidFilter`, `UnsupportedQuery`. */
function transitive(x: Exchange): Result<ListInput> {
  const input = inputOf(x)
  if (!input.ok) return input
  const principal = demanded(x.options.filter, 'principalid')
  if (principal === null || !isGuid(principal)) return refuse(fault('InvalidFilter', { detail: "it must say `principalId eq '…'`" }))
  if (x.header('consistencylevel')?.trim().toLowerCase() !== 'eventual')
    return refuse(fault('UnsupportedQuery', { detail: 'this list needs `ConsistencyLevel: eventual` and `$count=true`' }))
  return ok({ ...input.value, assignedTo: principal, filter: without(x.options.filter) })
}

const equal = (name: string, value: string | null): readonly Filter[] =>
  value === null ? [] : [{ t: 'compare', op: 'eq', path: [name], value }]

/** Assignments and eligibilities together, each saying what it is (contract reference 3.1 row 21). */
const union =
  (kind: 'schedules' | 'instances'): Handler =>
  async (x) => {
    const input = inputOf(x)
    if (!input.ok) return refused(x, input.fault)
    const named = [
      ...equal('principalId', argument(x, 'principalid')),
      ...equal('roleDefinitionId', argument(x, 'roledefinitionid')),
      ...equal('directoryScopeId', argument(x, 'directoryscopeid')),
      ...equal('appScopeId', argument(x, 'appscopeid')),
      ...(x.options.filter ? [x.options.filter] : []),
    ]
    const wanted = { ...input.value, level: null, filter: named.length === 0 ? null : ({ t: 'and', of: named } as const) }
    const page = await (kind === 'schedules' ? listSchedules : listInstances)(x.deps.ctx, x.caller.call, wanted)
    if (!page.ok) return refused(x, page.fault)
    const write = kind === 'schedules' ? scheduleEntity : instanceEntity
    const items = page.value.items.map((item) => ({
      '@odata.type': `#microsoft.graph.${directory.type(kind, item.schedule.level)}`,
      ...expanded(x, write(directory, item), item),
    }))
    return collection(
      x,
      `roleManagement/directory/${kind === 'schedules' ? 'roleSchedules' : 'roleScheduleInstances'}`,
      items,
      timeToken(page.value.next),
      page.value.count,
    )
  }

const scopedEntity = ({ schedule: s, principal }: ListedSchedule): Entity => ({
  id: s.id,
  roleId: s.privilege.role,
  administrativeUnitId: s.privilege.scope.split('/').at(-1),
  roleMemberInfo: { id: s.principalId, displayName: principal?.displayName ?? null },
})

type WithUnit = (x: Exchange, scope: string, id: string) => Promise<Response>
const withUnit =
  (then: WithUnit): Handler =>
  async (x) => {
    const id = await idOfKey(x, ['administrativeUnit'])
    return id.ok ? then(x, unitScope(id.value), id.value) : refused(x, id.fault)
  }

const scoped = (x: Exchange, scope: string): Result<ListInput> => {
  const input = inputOf(x)
  return input.ok ? ok({ ...input.value, scope: { at: scope, above: false, below: false } }) : input
}

const scopedList = withUnit(async (x, scope, id) => {
  const input = scoped(x, scope)
  const page = input.ok ? await listInstances(x.deps.ctx, x.caller.call, input.value) : input
  if (!page.ok) return refused(x, page.fault)
  const path = `directory/administrativeUnits('${id}')/scopedRoleMembers`
  return collection(x, path, page.value.items.map(scopedEntity), timeToken(page.value.next), page.value.count)
})

async function readScoped(x: Exchange, scope: string): Promise<Result<ListedSchedule>> {
  const id = (x.at.keys[1]?.value ?? '').toLowerCase()
  const input = { plane: 'directory', level: 'Assignment', scope, id, by: 'id' } as const
  return readOneSchedule(x.deps.ctx, x.caller.call, 'instances', input)
}

const scopedCreate = withUnit(async (x, scope, id) => {
  const body = await bodyOf(x)
  const role = body.ok ? required(readGuid(body.value, 'roleId'), 'roleId') : body
  if (!role.ok || !body.ok) return refused(x, role.ok ? fault('InternalServerError') : role.fault)
  const info = required(readObject(body.value, 'roleMemberInfo'), 'roleMemberInfo')
  const member = info.ok ? required(readGuid(info.value, 'id'), 'roleMemberInfo/id') : info
  if (!member.ok) return refused(x, member.fault)
  const done = await assignRole(x.deps.ctx, x.caller.call, { plane: 'directory', scope, role: role.value }, member.value)
  if (!done.ok) return refused(x, done.fault)
  const { schedule, facts } = done.value
  const value = {
    id: schedule.id,
    roleId: role.value,
    administrativeUnitId: id,
    roleMemberInfo: { id: member.value, displayName: facts.principal?.displayName ?? null },
  }
  return created(x, `directory/administrativeUnits('${id}')/scopedRoleMembers`, value)
})

const area = PIM_AREAS.directory.roles
const BASE = PATH.toLowerCase()
const TRANSITIVE = 'rolemanagement/directory/transitiveroleassignments'
const UNIT = 'administrativeunits/{id}/scopedrolemembers'

const follows = (base: string): readonly Route[] =>
  (['principal', 'roleDefinition', 'directoryScope', 'appScope'] as const).map((name) =>
    route(`${base}/{id}/${name.toLowerCase()}`, area, { GET: follow(name.toLowerCase(), name) }),
  )

export const roleAssignmentRoutes: readonly Route[] = [
  route(BASE, area, { GET: (x) => list(x, inputOf(x), PATH), POST: create }),
  route(`${BASE}/$count`, area, { GET: (x) => countAll(x, inputOf(x)) }),
  route(`${BASE}/{id}`, area, { GET: one, DELETE: remove }),
  ...follows(BASE),
  route(TRANSITIVE, area, { GET: (x) => list(x, transitive(x), 'roleManagement/directory/transitiveRoleAssignments') }),
  route(`${TRANSITIVE}/$count`, area, { GET: (x) => countAll(x, transitive(x)) }),
  route(`${TRANSITIVE}/{id}`, area, { GET: one }),
  ...follows(TRANSITIVE),
  route('rolemanagement/directory/roleschedules()', area, { GET: union('schedules') }),
  route('rolemanagement/directory/rolescheduleinstances()', area, { GET: union('instances') }),
  ...[`directory/${UNIT}`, UNIT].flatMap((base) => [
    route(base, SCOPED_ROLES, { GET: scopedList, POST: scopedCreate }),
    route(`${base}/$count`, SCOPED_ROLES, { GET: withUnit((x, scope) => countAll(x, scoped(x, scope))) }),
    route(`${base}/{id}`, SCOPED_ROLES, {
      GET: withUnit(async (x, scope) => {
        const found = await readScoped(x, scope)
        return found.ok ? entity(x, 'scopedRoleMemberships', scopedEntity(found.value)) : refused(x, found.fault)
      }),
      DELETE: withUnit(async (x, scope) => {
        const found = await readScoped(x, scope)
        if (!found.ok) return refused(x, found.fault)
        const { schedule: s } = found.value
        const done = await unassignRole(x.deps.ctx, x.caller.call, s.privilege, s.principalId, s.id)
        return done.ok ? noContent(x) : refused(x, done.fault)
      }),
    }),
  ]),
]
