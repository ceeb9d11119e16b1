// Names → ids, for people and their command line: roles, scopes and principals go by name or by id. What is left out is found among
// what the person holds, if that leaves one answer; a name that may mean several things is never guessed.

import { fault } from '../domain/faults.ts'
import { planeOf } from '../domain/planes/planes.ts'
import { isGuid, type PlaneId, type Privilege, privilegeKey } from '../domain/privilege.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { listSchedules } from '../store/list.ts'
import { type NamedRole, type NamedScope, rolesNamed, scopesNamed } from '../store/names.ts'
import { type Principal, selectNamed } from '../store/principals.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'

export interface NamedPrivilege {
  readonly role: string
  readonly scope: string | null
  readonly plane: PlaneId | null
}

/** The caller's own account, if it is known and enabled. Fault: `Forbidden`. */
export const requireCaller: (ctx: Ctx, call: Call) => Promise<Result<true>> = authorizeKnown

/** One principal by id, address or name. Faults: `Forbidden`, `SubjectNotFound`, `InvalidQuery` for a name that several have. */
export async function resolvePrincipal(ctx: Ctx, call: Call, name: string): Promise<Result<Principal>> {
  const known = await requireCaller(ctx, call)
  if (!known.ok) return known
  const found = await selectNamed(ctx.db, name)
  const [one, ...more] = found
  if (!one) return refuse(fault('SubjectNotFound', { id: name }))
  return more.length === 0
    ? ok(one)
    : refuse(fault('InvalidQuery', { detail: `\`${name}\` is the name of several: give an address or an id` }))
}

/** What a principal holds or may hold, itself or through groups. */
async function holdsOf(ctx: Ctx, principalId: string): Promise<readonly Privilege[]> {
  const none = { createdBy: null, approver: null, scope: null, filter: null, after: null, count: false }
  const holder = { id: principalId, groups: true }
  const page = await listSchedules(
    ctx.db,
    { family: 'schedules', plane: null, level: null, holder, order: 'id', limit: 1000, ...none },
    ctx.now(),
  )
  return page.ok ? page.value.items.map(({ schedule }) => schedule.privilege) : []
}

const distinct = (all: readonly Privilege[]): readonly Privilege[] => [...new Map(all.map((p) => [privilegeKey(p), p])).values()]

/** Scopes that the text names: exactly by id, else by display name or last segment. */
function scopesOf(text: string, found: readonly NamedScope[]): readonly NamedScope[] {
  const exact = found.filter((s) => {
    const canonical = planeOf(s).parseScope(text)
    return canonical.ok && canonical.value.toLowerCase() === s.id.toLowerCase()
  })
  return exact.length > 0 ? exact : found
}

const ROOT = '/'
/** Where a role's policy is one for the whole tenant, the tenant's root is what people mean when they name no scope. */
const meansRoot = (r: NamedRole): boolean => planeOf(r).policyScope('/x') === ROOT
const samePlane = (a: { readonly plane: PlaneId }, b: { readonly plane: PlaneId }): boolean => planeOf(a) === planeOf(b)

const cross = (roles: readonly NamedRole[], scopes: readonly NamedScope[]): readonly Privilege[] =>
  roles.flatMap((r) => scopes.filter((s) => samePlane(r, s)).map((s) => ({ plane: s.plane, scope: s.id, role: r.id })))

/** What a role may mean where no scope is named: what is held of it, else the root, else the members of a group of that name. */
async function withoutScope(ctx: Ctx, words: NamedPrivilege, roles: readonly NamedRole[], holds: readonly Privilege[]) {
  const held = holds.filter((h) => roles.some((r) => samePlane(r, h) && r.id === h.role))
  const [members, groups] = await Promise.all([rolesNamed(ctx.db, 'member', words.plane), scopesNamed(ctx.db, words.role, words.plane)])
  const named = [...held, ...cross(members, groups)]
  return named.length > 0 ? named : roles.filter(meansRoot).map((r): Privilege => ({ plane: r.plane, scope: ROOT, role: r.id }))
}

/** One privilege by names or ids. Faults: `Forbidden`, `RoleNotFound`, `ResourceNotFound`, `InvalidQuery` where the words leave a choice. */
export async function resolvePrivilege(ctx: Ctx, call: Call, words: NamedPrivilege, holder: string | null): Promise<Result<Privilege>> {
  const known = await requireCaller(ctx, call)
  if (!known.ok) return known
  const [roles, holds] = await Promise.all([
    rolesNamed(ctx.db, lastSegment(words.role), words.plane),
    holder === null ? [] : holdsOf(ctx, holder),
  ])
  const scopes = words.scope === null ? null : scopesOf(words.scope, await scopesNamed(ctx.db, words.scope, words.plane))
  if (scopes?.length === 0) return refuse(fault('ResourceNotFound', { id: words.scope ?? '' }))
  const all = distinct(scopes === null ? await withoutScope(ctx, words, roles, holds) : cross(roles, scopes))
  const held = all.filter((p) => holds.some((h) => privilegeKey(h) === privilegeKey(p)))
  const [one, ...more] = held.length > 0 ? held : all
  if (one && more.length === 0) return ok(one)
  if (!one && (roles.length === 0 || scopes !== null)) return refuse(fault('RoleNotFound', { id: words.role }))
  const detail = one
    ? `\`${words.role}\` may mean ${[one, ...more].map((p) => `${p.plane} ${p.scope}`).join(', ')}: name the scope, and the plane if need be`
    : `name the scope that \`${words.role}\` is meant at`
  return refuse(fault('InvalidQuery', { detail }))
}

/** Of a role's full id, `/…/roleDefinitions/{guid}`, the GUID. */
const lastSegment = (text: string): string => {
  const last = text.split('/').at(-1) ?? text
  return isGuid(last) ? last : text
}

/** One scope by id or name. Faults: `Forbidden`, `ResourceNotFound`, `InvalidQuery` where the name leaves a choice. */
export async function resolveScope(ctx: Ctx, call: Call, name: string, plane: PlaneId | null): Promise<Result<NamedScope>> {
  const known = await requireCaller(ctx, call)
  if (!known.ok) return known
  const [one, ...more] = scopesOf(name, await scopesNamed(ctx.db, name, plane))
  if (!one) return refuse(fault('ResourceNotFound', { id: name }))
  return more.length === 0
    ? ok(one)
    : refuse(fault('InvalidQuery', { detail: `\`${name}\` is the name of several: give the plane or the whole path` }))
}
