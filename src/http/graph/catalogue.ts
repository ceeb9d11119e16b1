// What is looked up beside directory objects: role templates, permissions, authentication contexts, the tenant, the groups managed
// here (contract reference 3.1, 5, 9).

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { ok, type Result } from '../../domain/result.ts'
import { listActions, listContexts, listManagedGroups, type ResourceAction, readTenant } from '../../operations/directory-catalogue.ts'
import { listDirectoryRoles } from '../../operations/list-directory.ts'
import { readNameCursor, writeCursor } from '../native-cursor.ts'
import { CONTEXTS, ORGANIZATION, PIM_AREAS, ROLES } from './areas.ts'
import { collection, type Exchange, entity, pageSize, refused, text } from './exchange.ts'
import type { Entity } from './present.ts'
import { type Handler, type Route, route } from './router.ts'

type Load = (x: Exchange) => Promise<Result<readonly Entity[]>>

const idIn = (x: Exchange, n = 0): string => (x.at.keys[n]?.value ?? '').toLowerCase()

/** A list that is short for good, its count, and one of it. Filters are not offered: there is nothing to narrow. */
function short(path: string, area: Route['area'], load: Load, key = 0): readonly Route[] {
  const base = path.toLowerCase()
  const all: Handler = async (x) => {
    const found = await load(x)
    return found.ok
      ? collection(x, path.split('/').at(-1) ?? path, found.value, null, x.options.count ? found.value.length : null)
      : refused(x, found.fault)
  }
  return [
    route(base, area, { GET: all }),
    route(`${base}/$count`, area, {
      GET: async (x) => {
        const found = await load(x)
        return found.ok ? text(x, String(found.value.length)) : refused(x, found.fault)
      },
    }),
    route(`${base}/{id}`, area, {
      GET: async (x) => {
        const found = await load(x)
        if (!found.ok) return refused(x, found.fault)
        const one = found.value.find((value) => String(value.id).toLowerCase() === idIn(x, key))
        return one ? entity(x, path.split('/').at(-1) ?? path, one) : refused(x, fault('ResourceNotFound', { id: idIn(x, key) }))
      },
    }),
  ]
}

const BUILT_IN: Filter = { t: 'compare', op: 'eq', path: ['isBuiltIn'], value: true }

const templates: Load = async (x) => {
  const found = await listDirectoryRoles(x.deps.ctx, x.caller.call, BUILT_IN)
  return found.ok
    ? ok(found.value.map((r) => ({ id: r.id, deletedDateTime: null, displayName: r.name, description: r.description })))
    : found
}

const contexts: Load = async (x) => {
  const found = await listContexts(x.deps.ctx, x.caller.call)
  if (!found.ok) return found
  return ok(found.value.map((c) => ({ id: c.id, displayName: c.displayName, description: c.description, isAvailable: c.enabled })))
}

const organization: Load = async (x) => {
  const found = await readTenant(x.deps.ctx, x.caller.call)
  if (!found.ok) return found
  const { id, displayName, domains } = found.value
  const verifiedDomains = domains.map((name, i) => ({
    name,
    isDefault: i === 0,
    isInitial: i === domains.length - 1,
    type: 'Managed',
    capabilities: '',
  }))
  return ok([{ id, deletedDateTime: null, displayName, verifiedDomains, tenantType: 'AAD' }])
}

/** An action's id: its name with the verb that it stands for, as the reference makes them. */
const VERBS: Readonly<Record<string, string>> = { read: 'GET', create: 'POST', delete: 'DELETE', update: 'PATCH' }
const verbOf = (name: string): string | null => VERBS[name.split('/').at(-1)?.toLowerCase() ?? ''] ?? null
const actionEntity = ({ name }: ResourceAction): Entity => {
  const verb = verbOf(name)
  return {
    id: `${name.replaceAll('/', '-')}${verb === null ? '' : `-${verb.toLowerCase()}`}`,
    name,
    actionVerb: verb,
    description: null,
    resourceScopeId: null,
    isAuthenticationContextSettable: false,
  }
}

const actions: Load = async (x) => {
  const found = await listActions(x.deps.ctx, x.caller.call)
  return found.ok ? ok(found.value.filter((a) => a.namespace.toLowerCase() === idIn(x)).map(actionEntity)) : found
}

const namespaces: Load = async (x) => {
  const found = await listActions(x.deps.ctx, x.caller.call)
  if (!found.ok) return found
  const expand = x.options.expand.some(({ name }) => name === '*' || name.toLowerCase() === 'resourceactions')
  return ok(
    [...new Set(found.value.map((a) => a.namespace))].map((id) => ({
      id,
      name: id,
      ...(expand ? { resourceActions: found.value.filter((a) => a.namespace === id).map(actionEntity) } : {}),
    })),
  )
}

/** Groups that came under management (contract reference 5: undocumented, used by scanners). */
const resources: Handler = async (x) => {
  const after = readNameCursor(x.options.skiptoken ?? undefined)
  if (!after.ok) return refused(x, after.fault)
  const page = await listManagedGroups(x.deps.ctx, x.caller.call, pageSize(x), after.value?.[1] ?? null)
  if (!page.ok) return refused(x, page.fault)
  const next = page.value.next === null ? null : writeCursor(['', page.value.next])
  return collection(x, 'identityGovernance/privilegedAccess/group/resources', page.value.items, next)
}

const NAMESPACES = 'roleManagement/directory/resourceNamespaces'
const roles = PIM_AREAS.directory.roles

export const catalogueRoutes: readonly Route[] = [
  ...short('directoryRoleTemplates', ROLES, templates),
  ...short('identity/conditionalAccess/authenticationContextClassReferences', CONTEXTS, contexts),
  ...short('organization', ORGANIZATION, organization),
  ...short(NAMESPACES, roles, namespaces),
  ...short(`${NAMESPACES}/{id}/resourceActions`, roles, actions, 1),
  route('rolemanagement/directory', roles, { GET: (x) => entity(x, 'roleManagement/directory', { id: 'directory' }) }),
  route('identitygovernance/privilegedaccess/group/resources', PIM_AREAS.group.Assignment, { GET: resources }),
]
