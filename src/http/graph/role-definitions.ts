// Role definitions: the built-in ones read, custom ones written; and who holds one (contract reference 3.1).

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { deleteRole, type RoleInput, writeRole } from '../../operations/custom-roles.ts'
import { listDirectoryRoles, type RoleObject } from '../../operations/list-directory.ts'
import { pick, readBoolean, readGuid, readObjects, readText, readTexts } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { readIdCursor, writeCursor } from '../native-cursor.ts'
import { PIM_AREAS } from './areas.ts'
import { bodyOf, collection, created, type Exchange, entity, noContent, refused, text } from './exchange.ts'
import { type Listing, listObjects } from './object-lists.ts'
import { PRINCIPAL_KINDS } from './objects.ts'
import type { Entity } from './present.ts'
import { type Handler, type Route, route } from './router.ts'

const PATH = 'roleManagement/directory/roleDefinitions'
const BASE = PATH.toLowerCase()

const roleEntity = (x: Exchange, r: RoleObject): Entity => ({
  id: r.id,
  displayName: r.name,
  description: r.description,
  isBuiltIn: r.builtIn,
  isEnabled: r.enabled,
  resourceScopes: r.assignableScopes,
  templateId: r.id,
  version: r.builtIn ? '1' : null,
  rolePermissions: [
    { allowedResourceActions: r.permissions.actions ?? [], excludedResourceActions: r.permissions.notActions ?? [], condition: null },
  ],
  ...(x.version === 'beta' ? { isPrivileged: r.privileged } : {}),
  // No role here is made from another.
  ...(x.options.expand.some(({ name }) => name === '*' || name.toLowerCase() === 'inheritspermissionsfrom')
    ? { inheritsPermissionsFrom: [] }
    : {}),
})

const byId = (value: string): Filter => ({ t: 'compare', op: 'eq', path: ['id'], value })
const idIn = (x: Exchange): string => x.at.keys[0]?.value ?? ''

/** All in one page (contract reference 2.3), unless the caller asks for fewer. */
const list: Handler = async (x) => {
  const after = readIdCursor(x.options.skiptoken ?? undefined)
  if (!after.ok) return refused(x, after.fault)
  const found = await listDirectoryRoles(x.deps.ctx, x.caller.call, x.options.filter)
  if (!found.ok) return refused(x, found.fault)
  const from = after.value === null ? 0 : found.value.findIndex((r) => r.id === after.value) + 1
  const page = found.value.slice(from, x.options.top === null ? undefined : from + Math.max(1, x.options.top))
  const last = from + page.length < found.value.length ? page.at(-1) : undefined
  return collection(
    x,
    PATH,
    page.map((r) => roleEntity(x, r)),
    last ? writeCursor(['', last.id]) : null,
    x.options.count ? found.value.length : null,
  )
}

const countAll: Handler = async (x) => {
  const found = await listDirectoryRoles(x.deps.ctx, x.caller.call, x.options.filter)
  return found.ok ? text(x, String(found.value.length)) : refused(x, found.fault)
}

async function read(x: Exchange, id: string): Promise<Result<RoleObject>> {
  const found = await listDirectoryRoles(x.deps.ctx, x.caller.call, byId(id))
  if (!found.ok) return found
  const [role] = found.value
  return role ? ok(role) : refuse(fault('ResourceNotFound', { id }))
}

const one: Handler = async (x) => {
  const found = await read(x, idIn(x))
  return found.ok ? entity(x, PATH, roleEntity(x, found.value)) : refused(x, found.fault)
}

/** What the body says of a role's actions; null where it says nothing. */
function readActions(body: JsonObject): Result<{ readonly actions: readonly string[]; readonly notActions: readonly string[] } | null> {
  const parts = readObjects(body, 'rolePermissions')
  if (!parts.ok || parts.value === null) return parts as Result<null>
  const actions: string[] = []
  const notActions: string[] = []
  for (const part of parts.value) {
    const allowed = readTexts(part, 'allowedResourceActions')
    if (!allowed.ok) return allowed
    const excluded = readTexts(part, 'excludedResourceActions')
    if (!excluded.ok) return excluded
    if (pick(part, 'condition') !== null)
      return refuse(fault('InvalidRoleDefinition', { detail: 'conditions on directory permissions are not offered' }))
    actions.push(...(allowed.value ?? []))
    notActions.push(...(excluded.value ?? []))
  }
  return ok({ actions, notActions })
}

/** A body laid over the role as it is; a new role must name what the reference wants (contract reference 3.1 row 2). */
function readRole(body: JsonObject, id: string, old: RoleObject | null): Result<RoleInput> {
  const name = readText(body, 'displayName')
  if (!name.ok) return name
  const description = readText(body, 'description')
  if (!description.ok) return description
  const enabled = readBoolean(body, 'isEnabled')
  if (!enabled.ok) return enabled
  const scopes = readTexts(body, 'resourceScopes')
  if (!scopes.ok) return scopes
  const actions = readActions(body)
  if (!actions.ok) return actions
  const missing = old
    ? null
    : name.value === null
      ? 'displayName'
      : enabled.value === null
        ? 'isEnabled'
        : actions.value === null
          ? 'rolePermissions'
          : null
  if (missing !== null) return refuse(fault('InvalidRoleDefinition', { detail: `a value is required for property \`${missing}\`` }))
  const kept = { actions: old?.permissions.actions ?? [], notActions: old?.permissions.notActions ?? [] }
  return ok({
    plane: 'directory',
    id,
    name: name.value ?? old?.name ?? '',
    description: description.value ?? old?.description ?? '',
    permissions: { ...(actions.value ?? kept), dataActions: [], notDataActions: [], condition: null },
    assignableScopes: scopes.value ?? old?.assignableScopes ?? ['/'],
    enabled: enabled.value ?? old?.enabled ?? true,
  })
}

const create: Handler = async (x) => {
  const body = await bodyOf(x)
  if (!body.ok) return refused(x, body.fault)
  const template = readGuid(body.value, 'templateId')
  if (!template.ok) return refused(x, template.fault)
  const id = template.value ?? x.deps.ctx.ids()
  // A role that exists is changed by its own path, never by making it again.
  if (template.value !== null) {
    const there = await read(x, id)
    if (there.ok) return refused(x, fault('ObjectConflict', { property: 'templateId' }))
    if (there.fault.code !== 'ResourceNotFound') return refused(x, there.fault)
  }
  const role = readRole(body.value, id, null)
  const done = role.ok ? await writeRole(x.deps.ctx, x.caller.call, role.value) : role
  return done.ok ? created(x, PATH, roleEntity(x, { privileged: false, ...done.value.role })) : refused(x, done.fault)
}

const change: Handler = async (x) => {
  const body = await bodyOf(x)
  const old = body.ok ? await read(x, idIn(x)) : body
  if (!old.ok || !body.ok) return refused(x, old.ok ? fault('InternalServerError') : old.fault)
  const role = readRole(body.value, old.value.id, old.value)
  const done = role.ok ? await writeRole(x.deps.ctx, x.caller.call, role.value) : role
  return done.ok ? noContent(x) : refused(x, done.fault)
}

const remove: Handler = async (x) => {
  const id = idIn(x)
  const done = isGuid(id) ? await deleteRole(x.deps.ctx, x.caller.call, 'directory', id) : refuse(fault('ResourceNotFound', { id }))
  return done.ok ? noContent(x) : refused(x, done.fault)
}

/** An argument, given in the path or by an alias in the query. */
export const argument = (x: Exchange, name: string): string | null => {
  const value = x.at.args[name] ?? ''
  const given = value.startsWith('@') ? Object.entries(x.options.custom).find(([n]) => n.toLowerCase() === value.toLowerCase())?.[1] : value
  const plain = (given ?? '').replace(/^'(.*)'$/s, '$1')
  return plain === '' || plain.startsWith('@') || plain.toLowerCase() === 'null' ? null : plain
}

const holders: Handler = async (x) => {
  const found = await read(x, idIn(x))
  if (!found.ok) return refused(x, found.fault)
  const transitive = argument(x, 'transitive')?.toLowerCase() === 'true'
  const scope = argument(x, 'directoryscopeid')
  if (scope !== null && scope !== '/') return refused(x, fault('InvalidQuery', { detail: 'holders are listed at the scope `/`' }))
  const listing: Listing = {
    kinds: PRINCIPAL_KINDS,
    path: 'directoryObjects',
    typed: true,
    relation: { name: transitive ? 'transitiveRoleMembers' : 'roleMembers', of: found.value.id },
  }
  return listObjects(x, listing)
}

/** What a role is made from: nothing, but the role must exist. */
const ancestry =
  (answer: (x: Exchange) => Response): Handler =>
  async (x) => {
    const found = await read(x, idIn(x))
    return found.ok ? answer(x) : refused(x, found.fault)
  }

const area = PIM_AREAS.directory.roles

export const roleDefinitionRoutes: readonly Route[] = [
  route(BASE, area, { GET: list, POST: create }),
  route(`${BASE}/$count`, area, { GET: countAll }),
  route(`${BASE}/{id}`, area, { GET: one, PATCH: change, DELETE: remove }),
  route(`${BASE}/{id}/assignedprincipals()`, area, { GET: holders }),
  route(`${BASE}/{id}/inheritspermissionsfrom`, area, { GET: ancestry((x) => collection(x, PATH, [])) }),
  route(`${BASE}/{id}/inheritspermissionsfrom/$count`, area, { GET: ancestry((x) => text(x, '0')) }),
  route(`${BASE}/{id}/inheritspermissionsfrom/{id}`, area, {
    GET: ancestry((x) => refused(x, fault('ResourceNotFound', { id: x.at.keys[1]?.value ?? '' }))),
  }),
]
