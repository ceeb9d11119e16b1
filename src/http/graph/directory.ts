// Role definitions, users, groups, service principals and `me`, as far as PIM's clients need them (contract reference 3.1, 9).

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { isGuid, type PrincipalKind } from '../../domain/privilege.ts'
import { type DirectoryObject, listDirectory, listDirectoryRoles, type RoleObject, readPrincipal } from '../../operations/list-directory.ts'
import { readTexts } from '../fields.ts'
import { bodyOf, collection, cursorOf, type Exchange, entity, pageSize, refused } from './exchange.ts'
import type { Segment } from './path.ts'
import type { Entity } from './present.ts'

const text = (value: unknown) => (typeof value === 'string' ? value : null)

const WRITERS: Readonly<Record<PrincipalKind, (o: DirectoryObject) => Entity>> = {
  user: (o) => ({
    id: o.id,
    displayName: o.displayName,
    userPrincipalName: o.upn,
    mail: o.mail,
    givenName: text(o.attributes.givenName),
    surname: text(o.attributes.surname),
    jobTitle: text(o.attributes.jobTitle),
    businessPhones: [],
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
  }),
  group: (o) => ({
    id: o.id,
    displayName: o.displayName,
    description: text(o.attributes.description),
    groupTypes: o.membership === 'dynamic' ? ['DynamicMembership'] : [],
    isAssignableToRole: o.assignableToRole,
    mailEnabled: false,
    securityEnabled: true,
    onPremisesSyncEnabled: o.membership === 'synchronised' ? true : null,
  }),
  servicePrincipal: (o) => ({
    id: o.id,
    displayName: o.displayName,
    appId: o.appId,
    accountEnabled: o.enabled,
    servicePrincipalType: 'Application',
  }),
}

/** Only by `$select` (contract reference 9). */
const onRequest = (x: Exchange, o: DirectoryObject): Entity =>
  x.options.select?.some((name) => name.toLowerCase() === 'accountenabled') ? { accountEnabled: o.enabled } : {}

const write = (x: Exchange, o: DirectoryObject, typed: boolean): Entity => ({
  ...(typed ? { '@odata.type': `#microsoft.graph.${o.kind}` } : {}),
  ...WRITERS[o.kind](o),
  ...onRequest(x, o),
})

const roleEntity = (x: Exchange, r: RoleObject): Entity => ({
  id: r.id,
  displayName: r.name,
  description: r.description,
  isBuiltIn: r.builtIn,
  isEnabled: r.enabled,
  resourceScopes: ['/'],
  templateId: r.id,
  version: r.builtIn ? '1' : null,
  rolePermissions: [{ allowedResourceActions: r.permissions.actions ?? [], condition: null }],
  ...(x.version === 'beta' ? { isPrivileged: r.privileged } : {}),
})

async function roles(x: Exchange, key: string | undefined): Promise<Response> {
  const filter: Filter | null = key === undefined ? x.options.filter : { t: 'compare', op: 'eq', path: ['id'], value: key }
  const found = await listDirectoryRoles(x.deps.ctx, x.caller.call, filter)
  if (!found.ok) return refused(x, found.fault)
  const path = 'roleManagement/directory/roleDefinitions'
  const items = found.value.map((r) => roleEntity(x, r))
  if (key === undefined) return collection(x, path, items, null, x.options.count ? items.length : null)
  return items[0] ? entity(x, path, items[0]) : refused(x, fault('ResourceNotFound', { id: key }))
}

interface Listing {
  readonly kinds: readonly PrincipalKind[]
  readonly path: string
  readonly typed: boolean
  readonly memberOf?: string
  readonly ownerOf?: string
  readonly groupsOf?: string
}

async function list(x: Exchange, { path, typed, ...where }: Listing): Promise<Response> {
  const after = cursorOf(x)
  if (!after.ok) return refused(x, after.fault)
  const page = await listDirectory(x.deps.ctx, x.caller.call, {
    ...where,
    filter: x.options.filter,
    limit: pageSize(x),
    after: after.value?.id ?? null,
  })
  if (!page.ok) return refused(x, page.fault)
  const next = page.value.next === null ? null : { at: 0, id: page.value.next }
  return collection(
    x,
    path,
    page.value.items.map((o) => write(x, o, typed)),
    next,
  )
}

async function one(x: Exchange, kinds: readonly PrincipalKind[], key: string, path: string, typed = false): Promise<Response> {
  const found = await readPrincipal(x.deps.ctx, x.caller.call, kinds, key)
  return found.ok ? entity(x, path, write(x, found.value, typed)) : refused(x, found.fault)
}

const ALL: readonly PrincipalKind[] = ['user', 'group', 'servicePrincipal']
const KINDS: Readonly<Record<string, readonly [path: string, kinds: readonly PrincipalKind[], typed: boolean]>> = {
  users: ['users', ['user'], false],
  groups: ['groups', ['group'], false],
  serviceprincipals: ['servicePrincipals', ['servicePrincipal'], false],
  directoryobjects: ['directoryObjects', ALL, true],
}

/** What hangs off one principal: members, owners, and the groups it is in. */
const RELATIONS: Readonly<Record<string, (id: string) => Partial<Listing>>> = {
  members: (id) => ({ kinds: ALL, memberOf: id }),
  owners: (id) => ({ kinds: ALL, ownerOf: id }),
  transitivememberof: (id) => ({ kinds: ['group'], groupsOf: id }),
}

async function byIds(x: Exchange): Promise<Response> {
  const body = await bodyOf(x)
  if (!body.ok) return refused(x, body.fault)
  const ids = readTexts(body.value, 'ids')
  if (!ids.ok) return refused(x, ids.fault)
  if ((ids.value?.length ?? 0) > 1000) return refused(x, fault('MalformedBody', { detail: '`ids` has more than 1000 entries' }))
  const filter: Filter = { t: 'in', path: ['id'], values: ids.value ?? [] }
  const found = await listDirectory(x.deps.ctx, x.caller.call, { kinds: ALL, filter, limit: 1000 })
  if (!found.ok) return refused(x, found.fault)
  return collection(
    x,
    'directoryObjects',
    found.value.items.map((o) => write(x, o, true)),
  )
}

type Related = (id: string) => Partial<Listing>

/** What hangs off one principal, which may go by a name. */
async function related(x: Exchange, kinds: readonly PrincipalKind[], key: string, listing: Related): Promise<Response> {
  const found = isGuid(key) ? null : await readPrincipal(x.deps.ctx, x.caller.call, kinds, key)
  if (found && !found.ok) return refused(x, found.fault)
  return list(x, { kinds: ALL, typed: true, path: 'directoryObjects', ...listing(found?.value.id ?? key.toLowerCase()) })
}

/** Below one principal: itself, or a relation. */
function below(x: Exchange, kinds: readonly PrincipalKind[], path: string, typed: boolean, key: string, rest: readonly Segment[]) {
  const [relation] = rest
  if (!relation) return one(x, kinds, key, path, typed)
  const listing = Object.hasOwn(RELATIONS, relation.name) ? RELATIONS[relation.name] : undefined
  return listing ? related(x, kinds, key, listing) : null
}

/** Answers role definitions, directory objects and `me`; null for anything else. */
export function handleDirectory(x: Exchange): Promise<Response> | Response | null {
  const [first, second, third, ...rest] = x.segments
  if (first?.name === 'rolemanagement' && second?.name === 'directory' && third?.name === 'roledefinitions') {
    return x.method === 'GET' ? roles(x, third.key ?? rest[0]?.raw) : refused(x, fault('MethodNotAllowed', { method: x.method }))
  }
  if (first?.name === 'me') {
    const { actor } = x.caller.call
    if (actor.t !== 'user')
      return refused(x, fault('MalformedBody', { detail: '/me request is only valid with delegated authentication flow' }))
    return below(x, ['user'], 'users', false, actor.id, x.segments.slice(1))
  }
  const kind = Object.hasOwn(KINDS, first?.name ?? '') ? KINDS[first?.name ?? ''] : undefined
  if (!first || !kind) return null
  const [path, kinds, typed] = kind
  if (x.method === 'POST' && second?.name === 'getbyids') return byIds(x)
  if (x.method !== 'GET') return refused(x, fault('MethodNotAllowed', { method: x.method }))
  const key = first.key ?? first.altKey?.value ?? second?.raw
  if (key === undefined) return list(x, { kinds, path, typed })
  return below(x, kinds, path, typed, key, first.key || first.altKey ? x.segments.slice(1) : x.segments.slice(2))
}
