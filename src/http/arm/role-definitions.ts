// Role definitions, read (contract reference, 15.1): by scope with filters, and one by name or full id.

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { listResourceRoles, readResourceRole } from '../../operations/list-roles.ts'
import { answered, type Handler, listed, type Routes } from './handler.ts'
import { roleIdAt } from './role-id.ts'
import { roleType } from './wire.ts'

type Role = Extract<Awaited<ReturnType<typeof readResourceRole>>, { ok: true }>['value']

const PARTS = ['actions', 'notActions', 'dataActions', 'notDataActions'] as const

function resourceOf(role: Role, spelling: string): object {
  const permissions: Readonly<Record<string, unknown>> = role.permissions
  return {
    properties: {
      roleName: role.name,
      type: roleType(role.builtIn),
      description: role.description,
      assignableScopes: role.assignableScopes,
      permissions: [Object.fromEntries(PARTS.map((part) => [part, permissions[part] ?? []]))],
      createdOn: null,
      updatedOn: null,
      createdBy: null,
      updatedBy: null,
    },
    id: roleIdAt(spelling, role.id),
    type: 'Microsoft.Authorization/roleDefinitions',
    name: role.id,
  }
}

type Compare = Extract<Filter, { t: 'compare' }>

/** ARM's names of a role's properties, as comparisons the list knows. */
const PROPERTIES: Readonly<Record<string, (f: Compare) => Filter>> = {
  rolename: (f) => ({ ...f, path: ['displayName'] }),
  name: (f) => ({ ...f, path: ['id'] }),
  type: (f) => ({ ...f, path: ['isBuiltIn'], value: String(f.value).toLowerCase() === 'builtinrole' }),
}

/** The filter in neutral names; what asks for everything at and below changes nothing, for roles are assignable downwards. */
function neutral(filter: Filter | null): Result<Filter | null> {
  if (filter === null || (filter.t === 'call' && filter.name === 'atScopeAndBelow')) return ok(null)
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
  const filter = neutral(request.options.filter)
  if (!filter.ok) return filter
  const found = await listResourceRoles(request.deps.ctx, request.call, request.scope, filter.value)
  if (!found.ok) return found
  const value = found.value.map((role) => resourceOf(role, request.spelling))
  return listed(request, value, null)
}

const get: Handler = async ({ deps, call, path, scope, spelling }) => {
  const found = await readResourceRole(deps.ctx, call, scope, path.name ?? '')
  return found.ok ? answered(resourceOf(found.value, spelling)) : found
}

export const roleDefinitionRoutes: Routes = { '': { GET: list }, '{}': { GET: get } }
