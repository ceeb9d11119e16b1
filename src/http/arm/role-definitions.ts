// Role definitions (contract reference, 15.1): by scope with filters, one by name or full id; those that people define written and deleted.

import type { RolePermissions } from '../../domain/access/custom-role.ts'
import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { deleteRole, writeRole } from '../../operations/custom-roles.ts'
import { type ListedRole, listResourceRoles, readResourceRole } from '../../operations/list-roles.ts'
import { readObject, readObjects, readText, readTexts, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { answered, type Handler, listed, type Routes, readToken } from './handler.ts'
import { parseRoleId, roleIdAt } from './role-id.ts'
import { instant, roleType } from './wire.ts'

/** All roles of a tenant go into one page of most; the reference shows them in one. */
const PAGE = 1_000

/** A role's permissions on the wire. */
export function permissionsOf(role: ListedRole): object {
  const { actions = [], notActions = [], dataActions = [], notDataActions = [], condition } = role.permissions as Partial<RolePermissions>
  return { actions, notActions, dataActions, notDataActions, ...(condition ? { condition, conditionVersion: '2.0' } : {}) }
}

const resourceOf = (role: ListedRole, spelling: string): object => ({
  properties: {
    roleName: role.name,
    type: roleType(role.builtIn),
    description: role.description,
    assignableScopes: role.assignableScopes,
    permissions: [permissionsOf(role)],
    createdOn: instant(role.createdAt),
    updatedOn: instant(role.modifiedAt),
    createdBy: role.createdBy,
    updatedBy: role.modifiedBy,
  },
  id: roleIdAt(spelling, role.id),
  type: 'Microsoft.Authorization/roleDefinitions',
  name: role.id,
})

type Compare = Extract<Filter, { t: 'compare' }>

/** ARM's names of a role's properties, as comparisons the list knows. */
const PROPERTIES: Readonly<Record<string, (f: Compare) => Filter>> = {
  rolename: (f) => ({ ...f, path: ['displayName'] }),
  name: (f) => ({ ...f, path: ['id'] }),
  type: (f) => ({ ...f, path: ['isBuiltIn'], value: String(f.value).toLowerCase() === 'builtinrole' }),
}

const isBelow = (filter: Filter): boolean => filter.t === 'call' && filter.name === 'atScopeAndBelow'

/** Was everything at and below asked for? Only where it stands by itself or with an `and`. */
const asksBelow = (filter: Filter | null): boolean =>
  filter !== null && (isBelow(filter) || (filter.t === 'and' && filter.of.some((part) => asksBelow(part))))

/** The filter in neutral names; functions that only choose where are taken out. */
function neutral(filter: Filter | null): Result<Filter | null> {
  if (filter === null || isBelow(filter) || (filter.t === 'call' && filter.name === 'atScope')) return ok(null)
  if (filter.t === 'and' || filter.t === 'or') {
    const parts: Filter[] = []
    for (const part of filter.of) {
      const one = neutral(part)
      if (!one.ok) return one
      if (one.value) parts.push(one.value)
    }
    return ok(parts.length === 0 ? null : { t: filter.t, of: parts })
  }
  const name = filter.t === 'compare' ? filter.path.join('/').toLowerCase() : ''
  const made = filter.t === 'compare' && Object.hasOwn(PROPERTIES, name) ? PROPERTIES[name]?.(filter) : undefined
  return made ? ok(made) : refuse(fault('InvalidFilter', { detail: 'roles can be filtered by `roleName`, `name` and `type`' }))
}

const list: Handler = async (request) => {
  const { options, deps, call, scope, spelling } = request
  const filter = neutral(options.filter)
  if (!filter.ok) return filter
  const token = readToken(options, ['string', 'string'])
  if (!token.ok) return token
  const after = token.value && ([String(token.value[0]), String(token.value[1])] as const)
  const limit = Math.min(Math.max(options.top ?? PAGE, 1), PAGE)
  const found = await listResourceRoles(deps.ctx, call, { scope, below: asksBelow(options.filter), filter: filter.value, limit, after })
  if (!found.ok) return found
  const value = found.value.items.map((role) => resourceOf(role, spelling))
  return listed(request, value, found.value.next)
}

const get: Handler = async ({ deps, call, path, scope, spelling }) => {
  const found = await readResourceRole(deps.ctx, call, scope, path.name ?? '')
  return found.ok ? answered(resourceOf(found.value, spelling)) : found
}

/** The permissions of a body: the reference takes a list of one. */
function readPermissions(body: JsonObject): Result<RolePermissions> {
  const all = readObjects(body, 'permissions')
  if (!all.ok) return all
  if ((all.value ?? []).length > 1) return refuse(fault('InvalidRoleDefinition', { detail: 'it has more than one set of permissions' }))
  const sent = all.value?.[0] ?? {}
  const texts = (name: string): Result<readonly string[]> => {
    const read = readTexts(sent, name)
    return read.ok ? ok(read.value ?? []) : read
  }
  const [actions, notActions, dataActions, notDataActions] = ['actions', 'notActions', 'dataActions', 'notDataActions'].map(texts)
  const condition = readText(sent, 'condition')
  for (const part of [actions, notActions, dataActions, notDataActions, condition])
    if (!part?.ok) return part ?? (condition as Result<never>)
  const listOf = (read: Result<readonly string[]> | undefined) => (read?.ok ? read.value : [])
  return ok({
    actions: listOf(actions),
    notActions: listOf(notActions),
    dataActions: listOf(dataActions),
    notDataActions: listOf(notDataActions),
    condition: condition.ok ? condition.value : null,
  })
}

const put: Handler = async (request) => {
  const { deps, call, path, scope, spelling } = request
  const id = parseRoleId(path.name ?? '')
  if (!id.ok) return refuse(fault('InvalidRoleDefinition', { detail: 'its id is not a GUID' }))
  const whole = await request.body()
  if (!whole.ok) return whole
  // Bare or in `properties`: the published contract has the one, its examples the other.
  const inner = readObject(whole.value, 'properties')
  if (!inner.ok) return inner
  const body = inner.value ?? whole.value
  const name = required(readText(body, 'roleName'), 'roleName')
  if (!name.ok) return name
  const description = readText(body, 'description')
  if (!description.ok) return description
  const scopes = readTexts(body, 'assignableScopes')
  if (!scopes.ok) return scopes
  const permissions = readPermissions(body)
  if (!permissions.ok) return permissions
  const done = await writeRole(deps.ctx, call, {
    plane: 'resource',
    id: id.value,
    name: name.value,
    description: description.value ?? '',
    permissions: permissions.value,
    assignableScopes: scopes.value ?? [spelling || '/'],
    enabled: true,
    at: scope,
  })
  // 201 also for a change: anything else is an error to the clients (clients, section 3).
  return done.ok ? answered(resourceOf(done.value.role, spelling), 201) : done
}

const remove: Handler = async ({ deps, call, path, scope, spelling }) => {
  const done = await deleteRole(deps.ctx, call, 'resource', path.name ?? '', scope)
  if (done.ok) return answered(resourceOf(done.value, spelling))
  return done.fault.code === 'RoleNotFound' ? answered(null, 204) : done
}

export const roleDefinitionRoutes: Routes = { '': { GET: list }, '{}': { GET: get, PUT: put, DELETE: remove } }
