// The rows of directory objects that are written: people, groups, administrative units, the tenant's directory roles, and who is in
// them (contract reference 9).

import { type Fault, fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { deletePrincipal, deleteUnit } from '../../operations/directory-delete.ts'
import { createGroup, updateGroup } from '../../operations/directory-groups.ts'
import { addReference, assignRole, removeReference, unassignRole } from '../../operations/directory-references.ts'
import { activateRole, changeUnit, createUnit, setUnitMember, unitScope } from '../../operations/directory-units.ts'
import { createUser, setManager, updateUser } from '../../operations/directory-users.ts'
import type { DirectoryObject, ObjectKind } from '../../operations/list-directory.ts'
import { readGuid, readText, required } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { GROUPS, MEMBERS, ROLES, UNITS, USERS } from './areas.ts'
import { bodyOf, created, type Exchange, noContent, refused } from './exchange.ts'
import { readGroup, readNewGroup, readNewUser, readUnit, readUser, referred } from './object-bodies.ts'
import { idOfKey, objectOfKey } from './object-lists.ts'
import { managerReference, memberReferences, readRows, roleReferences, roleRows, unitReferences, unitRows } from './object-routes.ts'
import { collectionOfKind, kindNamed, objectEntity } from './objects.ts'
import { missingPermission } from './permissions.ts'
import { type Handler, type Route, route } from './router.ts'

/** A body read, something done with it, and an answer. */
const withBody = <T>(x: Exchange, read: (body: JsonObject) => Result<T>, then: (value: T) => Promise<Response>): Promise<Response> =>
  bodyOf(x).then((body) => {
    const value = body.ok ? read(body.value) : body
    return value.ok ? then(value.value) : refused(x, value.fault)
  })

const made = (x: Exchange, done: Result<DirectoryObject>, typed = false): Response => {
  if (!done.ok) return refused(x, done.fault)
  const { kind } = done.value
  return created(x, collectionOfKind(kind), objectEntity({ ...x.options, select: null }, done.value, typed))
}

const finished = (x: Exchange, done: Result<unknown>): Response => (done.ok ? noContent(x) : refused(x, done.fault))

/** The object that the path's first key names, whatever the key. */
const target = async (x: Exchange, kind: ObjectKind, then: (id: string) => Promise<Result<unknown>>): Promise<Response> => {
  const found = await objectOfKey(x, [kind])
  if (!found.ok) return refused(x, found.fault)
  const missing = forRoles(x, found.value.assignableToRole)
  return missing ? refused(x, missing) : finished(x, await then(found.value.id))
}

/** A group that may hold roles is written with the permission to give roles (behaviour 9.4): the one for groups is not enough. */
const forRoles = (x: Exchange, assignableToRole: boolean): Fault | null =>
  assignableToRole ? missingPermission({ ...x, method: 'PATCH' }, ROLES) : null

const call = (x: Exchange) => [x.deps.ctx, x.caller.call] as const

const createUserAt: Handler = (x) => withBody(x, readNewUser, async (user) => made(x, await createUser(...call(x), user)))
const createGroupAt: Handler = (x) =>
  withBody(x, readNewGroup, async (group) => {
    const missing = forRoles(x, group.assignableToRole)
    return missing ? refused(x, missing) : made(x, await createGroup(...call(x), group))
  })
const createUnitAt: Handler = (x) =>
  withBody(x, readUnit, async (unit) => {
    const { displayName } = unit
    if (displayName === undefined) return refused(x, fault('InvalidObject', { detail: 'a value is required for property `displayName`' }))
    return made(x, await createUnit(...call(x), { ...unit, displayName }))
  })

const change =
  <T>(
    kind: ObjectKind,
    read: (body: JsonObject) => Result<T>,
    write: (x: Exchange, id: string, edit: T) => Promise<Result<unknown>>,
  ): Handler =>
  (x) =>
    withBody(x, read, (edit) => target(x, kind, (id) => write(x, id, edit)))

const changeUser = change('user', readUser, (x, id, edit) => updateUser(...call(x), id, edit))
const changeGroup = change('group', readGroup, (x, id, edit) => updateGroup(...call(x), id, edit))
const changeUnitAt = change('administrativeUnit', readUnit, (x, id, edit) => changeUnit(...call(x), id, edit))
const remove =
  (kind: 'user' | 'group'): Handler =>
  (x) =>
    target(x, kind, (id) => deletePrincipal(...call(x), kind, id))

/** The object that a body refers to. */
const reference = (body: JsonObject): Result<string> => {
  const address = required(readText(body, '@odata.id'), '@odata.id')
  return address.ok ? referred(address.value) : address
}

/** The object that a path refers to, in its second key, or as the reference also has it in a query: `$ref?$id=…`. */
const referenceInPath = (x: Exchange): Result<string> => {
  const value = x.at.keys[1]?.value
  if (value !== undefined) return isGuid(value) ? ok(value.toLowerCase()) : refuse(fault('ResourceNotFound', { id: value }))
  const address = Object.entries(x.options.custom).find(([name]) => /^(?:\$|@)?id$/i.test(name))?.[1]
  return address === undefined ? refuse(fault('InvalidQuery', { detail: '`@id` names the object to take out' })) : referred(address)
}

type Change = (x: Exchange, id: string, other: string) => Promise<Result<unknown>>

const add =
  (kind: ObjectKind, write: Change): Handler =>
  (x) =>
    withBody(x, reference, (other) => target(x, kind, (id) => write(x, id, other)))

const takeOut =
  (kind: ObjectKind, write: Change): Handler =>
  async (x) => {
    const other = referenceInPath(x)
    return other.ok ? target(x, kind, (id) => write(x, id, other.value)) : refused(x, other.fault)
  }

const groupRows = (['members', 'owners'] as const).flatMap((name) => {
  const role = name === 'members' ? ('member' as const) : ('owner' as const)
  const area = role === 'owner' ? GROUPS : MEMBERS
  const removal = takeOut('group', (x, groupId, principalId) => removeReference(...call(x), { groupId, role, principalId }))
  return [
    route(`groups/{id}/${name}/$ref`, area, {
      GET: memberReferences(name),
      POST: add('group', (x, groupId, principalId) => addReference(...call(x), { groupId, role, principalId })),
      DELETE: removal,
    }),
    route(`groups/{id}/${name}/{id}/$ref`, area, { DELETE: removal }),
  ]
})

const outOfUnit = takeOut('administrativeUnit', (x, id, other) => setUnitMember(...call(x), id, other, false))
const rolePrivilege = (role: string) => ({ plane: 'directory', scope: '/', role }) as const
const outOfRole = takeOut('directoryRole', (x, role, other) => unassignRole(...call(x), rolePrivilege(role), other, null))

/** A new group within a unit; nothing else is made there. */
const createInUnit: Handler = (x) =>
  withBody(
    x,
    (body) => {
      const type = readText(body, '@odata.type')
      if (!type.ok) return type
      if (kindNamed(type.value ?? '') !== 'group')
        return refuse(fault('InvalidObject', { detail: 'only a group, named by `@odata.type`, is made within a unit' }))
      return readNewGroup(body)
    },
    async (group) => {
      const id = await idOfKey(x, ['administrativeUnit'])
      const missing = forRoles(x, group.assignableToRole)
      if (missing) return refused(x, missing)
      return id.ok ? made(x, await createGroup(...call(x), group, unitScope(id.value)), true) : refused(x, id.fault)
    },
  )

const units = (base: string): readonly Route[] => [
  ...readRows(base, UNITS, 'administrativeUnit', {
    POST: createUnitAt,
    PATCH: changeUnitAt,
    DELETE: (x) => target(x, 'administrativeUnit', (id) => deleteUnit(...call(x), unitScope(id))),
  }),
  route(`${base.toLowerCase()}/{id}/members/$ref`, UNITS, {
    GET: unitReferences,
    POST: add('administrativeUnit', (x, id, other) => setUnitMember(...call(x), id, other, true)),
    DELETE: outOfUnit,
  }),
  route(`${base.toLowerCase()}/{id}/members/{id}/$ref`, UNITS, { DELETE: outOfUnit }),
]

/** The members of a unit, listed as everywhere; a POST makes a group in it. */
const unitMembers = unitRows.map((row) =>
  row.pattern.at(-1) === 'members' ? { ...row, area: UNITS, methods: { ...row.methods, POST: createInUnit } } : { ...row, area: UNITS },
)

/** The same rows under the path that beta has them at. */
const atRoot = (row: Route): Route => ({ ...row, pattern: row.pattern.slice(1) })

/** The rows that write. They come before those that only read: a path is looked up once. */
export const writingRoutes: readonly Route[] = [
  ...readRows('users', USERS, 'user', { POST: createUserAt, PATCH: changeUser, DELETE: remove('user') }),
  route('users/{id}/manager/$ref', USERS, {
    GET: managerReference,
    PUT: add('user', (x, id, other) => setManager(...call(x), id, other)),
    DELETE: (x) => target(x, 'user', (id) => setManager(...call(x), id, null)),
  }),
  ...readRows('groups', GROUPS, 'group', { POST: createGroupAt, PATCH: changeGroup, DELETE: remove('group') }),
  ...groupRows,
  ...units('directory/administrativeUnits'),
  ...unitMembers,
  ...[...units('directory/administrativeUnits'), ...unitMembers].map(atRoot),
  ...readRows('directoryRoles', ROLES, 'directoryRole', {
    POST: (x) =>
      withBody(
        x,
        (body) => required(readGuid(body, 'roleTemplateId'), 'roleTemplateId'),
        async (id) => made(x, await activateRole(...call(x), id)),
      ),
  }),
  ...roleRows,
  route('directoryroles/{id}/members/$ref', ROLES, {
    GET: roleReferences,
    POST: add('directoryRole', (x, role, other) => assignRole(...call(x), rolePrivilege(role), other)),
    DELETE: outOfRole,
  }),
  route('directoryroles/{id}/members/{id}/$ref', ROLES, { DELETE: outOfRole }),
]
