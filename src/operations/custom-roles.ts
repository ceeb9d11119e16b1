// Roles that people define, on any plane that has such: written and deleted. Whoever writes one says what all its holders may do, so
// the right is wanted at every scope where the role can be assigned, and where it could be until now.

import { assignableAt } from '../domain/access/assignable.ts'
import { requireAuthority } from '../domain/access/authority.ts'
import { type CustomRole, PARTS, readCustomRole } from '../domain/access/custom-role.ts'
import type { Authority } from '../domain/access/needs.ts'
import { fault } from '../domain/faults.ts'
import type { CustomRoles, Plane } from '../domain/planes/plane.ts'
import { planeOf } from '../domain/planes/planes.ts'
import type { PlaneId } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { loadFacts } from '../store/facts.ts'
import {
  deleteRoleRow,
  isBound,
  isHeldOutside,
  type ListedRole,
  lockRole,
  nameIsTaken,
  type StoredRole,
  selectRolePage,
  writeRoleRow,
} from '../store/roles.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit, type Told } from './administer.ts'
import { queryOfCaller, requireKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface RoleInput extends CustomRole {
  /** The scope in whose path the role is named, in canonical form: it must have to do with the role's own. */
  readonly at?: string
}

export interface WrittenRole {
  readonly role: ListedRole
  readonly created: boolean
}

const invalid = (detail: string) => refuse(fault('InvalidRoleDefinition', { detail }))
const BUILT_IN = 'built-in roles cannot be changed'

/** Scopes as privileges hold them. What cannot be read any more covers nothing. */
const canonical = (plane: Plane, scopes: readonly string[]): readonly string[] =>
  scopes.flatMap((text) => {
    const scope = plane.parseScope(text)
    return scope.ok ? [scope.value] : []
  })

interface Where {
  /** Scopes that must exist. */
  readonly wanted: readonly string[]
  /** Scopes of the role as it was; one that is gone asks for nothing. */
  readonly former: readonly string[]
}

/** Has the caller what `need` says at all of these scopes? Faults: `ResourceNotFound`, `Forbidden`. */
async function mayDefine(ctx: Ctx, tx: Sql, call: Call, plane: Plane, where: Where, need: Authority): Promise<Result<true>> {
  // The root is looked at too: a role whose scopes are all gone is for whoever may define roles everywhere.
  const scopes = [...new Set(['/', ...where.wanted, ...where.former])]
  const now = ctx.now()
  const all = await loadFacts(
    tx,
    scopes.map((scope) => queryOfCaller(call, plane.id, scope)),
    ctx.settings(),
    now,
  )
  const [root] = all
  const known = root ? requireKnown(call, root) : refuse(fault('Forbidden', { needs: 'an enabled account', scope: '/' }))
  if (!known.ok) return known
  const there = all.flatMap((facts, i) => (facts.scope ? [{ facts, scope: scopes[i] ?? '' }] : []))
  const gone = where.wanted.find((scope) => !there.some((t) => t.scope === scope))
  if (gone !== undefined) return refuse(fault('ResourceNotFound', { id: gone }))
  const asked = there.filter((t) => where.wanted.includes(t.scope) || where.former.includes(t.scope))
  for (const { facts, scope } of asked.length > 0 ? asked : there.slice(0, 1)) {
    const judged = requireAuthority(call.actor, facts.actor, need, scope, now)
    if (!judged.ok) return judged
  }
  return there.length > 0 ? ok(true) : refuse(fault('ResourceNotFound', { id: '/' }))
}

/** Does the scope of the path have to do with the role: is it one the role can be assigned at, above one or below one? */
async function fits(ctx: Ctx, tx: Sql, call: Call, plane: Plane, at: string | undefined, scopes: readonly string[]): Promise<boolean> {
  // Ids of roles carry a subscription in front or nothing, wherever below the role can be assigned.
  if (at === undefined || at === '/') return true
  const all = [at, ...scopes].map((scope) => queryOfCaller(call, plane.id, scope))
  const [here, ...there] = await loadFacts(tx, all, ctx.settings(), ctx.now())
  if (!here?.scope) return false
  return assignableAt(at, here.scope.ancestors, scopes) || there.some((facts) => facts.scope?.ancestors.includes(at))
}

const roleRead = async (tx: Sql, plane: PlaneId, id: string): Promise<ListedRole> => {
  const filter = { t: 'compare', op: 'eq', path: ['id'], value: id } as const
  const found = await selectRolePage(tx, { plane, chain: null, below: null, filter, limit: 1, after: null })
  const [role] = found.ok ? found.value : []
  if (!role) throw new Error('a role that was just looked at under lock is there')
  return role
}

const aboutOf = (plane: PlaneId, id: string, action: string, scopes: readonly string[], data: Told['data'] = {}): Told => ({
  subject: 'role',
  subjectId: `${plane}|${id}`,
  action,
  at: { plane, scope: scopes[0] ?? '/', role: id },
  data,
})

/** What an event tells of a role: all of it, cut where somebody wrote a book. */
const told = (role: CustomRole): NonNullable<Told['data']> => ({
  name: role.name,
  enabled: role.enabled,
  assignableScopes: role.assignableScopes.join(' ').slice(0, 4_000),
  ...Object.fromEntries(PARTS.map((part) => [part, role.permissions[part].join(' ').slice(0, 4_000)])),
})

const content = ({ name, description, enabled, permissions, assignableScopes }: CustomRole): string =>
  JSON.stringify([name, description, enabled, PARTS.map((part) => permissions[part]), permissions.condition ?? null, assignableScopes])

async function objection(tx: Sql, old: StoredRole | null, role: CustomRole, plane: Plane, roles: CustomRoles, now: Instant) {
  if (await nameIsTaken(tx, role.plane, role.id, role.name)) return fault('RoleDefinitionWithSameNameExists', { name: role.name })
  if (!old) return null
  const held = fault('RoleDefinitionHasAssignments', { id: role.id })
  // What is left of a deleted role of this id must not come to life with the new one.
  if (old.deleted) return (await isHeldOutside(tx, role.plane, role.id, [], now)) || (await isBound(tx, role.plane, role.id)) ? held : null
  const kept = canonical(plane, role.assignableScopes)
  return roles.keptWhileHeld && (await isHeldOutside(tx, role.plane, role.id, kept, now)) ? held : null
}

/**
 * Writes a role under the id it is given, new or changed. Faults: `InvalidRoleDefinition`, also for built-in roles and planes whose
 * roles are fixed; `ResourceNotFound` for a scope; `Forbidden`; `RoleDefinitionWithSameNameExists`; `RoleDefinitionHasAssignments`
 * where somebody holds it outside of its new scopes. Rules: contract reference 15.1, behaviour 12.
 */
export async function writeRole(ctx: Ctx, call: Call, input: RoleInput): Promise<Result<WrittenRole>> {
  const plane = planeOf(input)
  const { at, ...sent } = input
  const read = readCustomRole(sent, plane)
  const { customRoles } = plane
  if (!read.ok || !customRoles) return read.ok ? invalid('the roles of this plane are fixed') : read
  const role = read.value
  const wanted = canonical(plane, role.assignableScopes)
  const about = aboutOf(role.plane, role.id, 'writeRole', wanted)
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<WrittenRole>>> => {
    const old = await lockRole(tx, role.plane, role.id)
    if (old?.builtIn) return invalid(BUILT_IN)
    if (!(await fits(ctx, tx, call, plane, at, wanted)))
      return invalid('the scope of its path has nothing to do with those it can be assigned at')
    const created = !old || old.deleted
    if (!created && content(old) === content(role))
      return ok({ value: { role: await roleRead(tx, role.plane, role.id), created }, told: null })
    const refused = await objection(tx, old, role, plane, customRoles, now)
    if (refused) return refuse(refused)
    await writeRoleRow(tx, role, call.actor.t === 'system' ? null : call.actor.id, now)
    return ok({ value: { role: await roleRead(tx, role.plane, role.id), created }, told: { ...about, data: told(role) } })
  }
  const allowed = async (tx: Sql) => {
    const old = await lockRole(tx, role.plane, role.id)
    if (old?.builtIn) return invalid(BUILT_IN)
    const former = old && !old.deleted ? canonical(plane, old.assignableScopes) : []
    return mayDefine(ctx, tx, call, plane, { wanted, former }, customRoles.write)
  }
  return administer(ctx, call, about, edit, {}, `roles ${role.plane}`, allowed)
}

/**
 * Deletes a role, and gives what it was. Its schedules end with it, or it stays while there are any, as the plane has it (behaviour
 * 2.7). Faults: `RoleNotFound`, `InvalidRoleDefinition` for a built-in one, `Forbidden`, `RoleDefinitionHasAssignments`.
 */
export async function deleteRole(ctx: Ctx, call: Call, planeId: PlaneId, sent: string, at?: string): Promise<Result<ListedRole>> {
  const plane = planeOf({ plane: planeId })
  const id = sent.toLowerCase()
  const { customRoles } = plane
  if (!customRoles) return invalid('the roles of this plane are fixed')
  const about = aboutOf(planeId, id, 'deleteRole', at === undefined ? [] : [at])
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<ListedRole>>> => {
    if (customRoles.keptWhileHeld && (await isHeldOutside(tx, planeId, id, [], now)))
      return refuse(fault('RoleDefinitionHasAssignments', { id }))
    const role = await roleRead(tx, planeId, id)
    await deleteRoleRow(tx, planeId, id, call.actor.t === 'system' ? null : call.actor.id, now)
    // Told at the role's own scope: the path may have named one above it.
    const told = aboutOf(planeId, id, 'deleteRole', canonical(plane, role.assignableScopes), { name: role.name })
    return ok({ value: role, told })
  }
  const allowed = async (tx: Sql) => {
    const old = await lockRole(tx, planeId, id)
    const scopes = canonical(plane, old?.assignableScopes ?? [])
    if (!old || old.deleted || !(await fits(ctx, tx, call, plane, at, scopes))) return refuse(fault('RoleNotFound', { id }))
    if (old.builtIn) return invalid(BUILT_IN)
    return mayDefine(ctx, tx, call, plane, { wanted: [], former: scopes }, customRoles.remove)
  }
  return administer(ctx, call, about, edit, {}, `roles ${planeId}`, allowed)
}
