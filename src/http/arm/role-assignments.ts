// Role assignments (contract reference, 15.1): what is active now, from wherever it came; an eligible principal has none before it
// activates. Written here they are made outside of requests: judged, marked and evented as such (D7).

import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { type Result, refuse } from '../../domain/result.ts'
import { type ListedSchedule, listInstances, readOneSchedule } from '../../operations/list.ts'
import { assignOutside, type OutsideAsk, removeOutside } from '../../operations/outside.ts'
import { readGuid, readObject, readText, required } from '../fields.ts'
import { type ArmRequest, answered, type Handler, listed, type Routes } from './handler.ts'
import { listInput, tokenOf } from './lists.ts'
import { parseRoleId, roleIdAt } from './role-id.ts'
import { idOf, instant, PRINCIPAL_TYPES, prefixOf } from './wire.ts'

type Shown = Pick<ListedSchedule, 'schedule' | 'principal' | 'scope'>

/** `seenFrom` is the scope asked at: what is inherited from above shows the role as it is known there (clients, section 2). */
function resourceOf({ schedule: s, principal, scope }: Shown, seenFrom: string): object {
  const spelling = prefixOf(scope.spelling)
  const within = /^\/subscriptions\//i.test(spelling) ? spelling : seenFrom
  return {
    properties: {
      // The canonical form here, unlike with requests (D23).
      roleDefinitionId: roleIdAt(within, s.privilege.role),
      principalId: s.principalId,
      principalType: principal && PRINCIPAL_TYPES[principal.kind],
      scope: spelling || '/',
      condition: s.condition,
      conditionVersion: s.conditionVersion,
      createdOn: instant(s.createdAt),
      updatedOn: instant(s.modifiedAt ?? s.createdAt),
      createdBy: null,
      updatedBy: null,
      delegatedManagedIdentityResourceId: null,
      description: s.description,
    },
    id: idOf(spelling, 'roleAssignments', s.name),
    type: 'Microsoft.Authorization/roleAssignments',
    name: s.name,
  }
}

const list: Handler = async (request) => {
  const input = listInput(request, 'Assignment', 'held')
  if (!input.ok) return input
  const page = await listInstances(request.deps.ctx, request.call, input.value)
  if (!page.ok) return page
  const value = page.value.items.map((item) => resourceOf(item, request.spelling))
  return listed(request, value, tokenOf(page.value.next))
}

const find = ({ deps, call, path, scope }: ArmRequest): Promise<Result<ListedSchedule>> =>
  readOneSchedule(deps.ctx, call, 'instances', { plane: 'resource', level: 'Assignment', scope, id: path.name ?? '', by: 'name' })

const get: Handler = async (request) => {
  const found = await find(request)
  return found.ok ? answered(resourceOf(found.value, request.spelling)) : found
}

async function readAssignment(request: ArmRequest): Promise<Result<OutsideAsk>> {
  const { path, scope } = request
  const name = path.name ?? ''
  if (!isGuid(name)) return refuse(fault('InvalidRoleAssignmentRequest', { detail: 'the name of a role assignment must be a GUID' }))
  const whole = await request.body()
  if (!whole.ok) return whole
  const inner = readObject(whole.value, 'properties')
  if (!inner.ok) return inner
  const body = inner.value ?? whole.value
  const role = required(readText(body, 'roleDefinitionId'), 'roleDefinitionId')
  if (!role.ok) return role
  const id = parseRoleId(role.value)
  if (!id.ok) return id
  const principal = required(readGuid(body, 'principalId'), 'principalId')
  if (!principal.ok) return principal
  const [condition, conditionVersion, description] = ['condition', 'conditionVersion', 'description'].map((one) => readText(body, one))
  for (const read of [condition, conditionVersion, description]) if (read && !read.ok) return read
  const textOf = (read: Result<string | null> | undefined) => (read?.ok ? read.value : null)
  const value: OutsideAsk = {
    privilege: { plane: 'resource', scope, role: id.value },
    principalId: principal.value,
    name: name.toLowerCase(),
    condition: textOf(condition),
    conditionVersion: textOf(conditionVersion),
    description: textOf(description),
  }
  return { ok: true, value }
}

const put: Handler = async (request) => {
  const ask = await readAssignment(request)
  if (!ask.ok) return ask
  const done = await assignOutside(request.deps.ctx, request.call, ask.value)
  if (!done.ok) return done
  const { schedule, facts, created } = done.value
  const { kind = '', displayName = '' } = facts.scope ?? {}
  const scope = { id: request.scope, kind, displayName, spelling: request.spelling }
  return answered(resourceOf({ schedule, principal: facts.principal, scope }, request.spelling), created ? 201 : 200)
}

/** Ends the assignment, and the schedule it shows, however that came about (behaviour 2.5 rule 7). */
const remove: Handler = async (request) => {
  const found = await find(request)
  if (!found.ok) return found.fault.code === 'ResourceNotFound' ? answered(null, 204) : found
  const { id, privilege, principalId } = found.value.schedule
  const done = await removeOutside(request.deps.ctx, request.call, { privilege, principalId, scheduleId: id })
  return done.ok ? answered(resourceOf(found.value, request.spelling)) : done
}

export const roleAssignmentRoutes: Routes = { '': { GET: list }, '{}': { GET: get, PUT: put, DELETE: remove } }
