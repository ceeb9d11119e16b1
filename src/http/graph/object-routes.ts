// The rows of directory objects that are read: people, groups, programs, and what hangs off them (contract reference 9).

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { type DirectoryInput, listDirectory, type ObjectKind, type Relation } from '../../operations/list-directory.ts'
import { readBoolean, readTexts, required } from '../fields.ts'
import { APPLICATIONS, GROUPS, ME, MEMBERS, MEMBERSHIPS, MY_MEMBERSHIPS, OBJECTS, reading, USERS } from './areas.ts'
import { baseOf, bodyOf, collection, type Exchange, json, refused, values } from './exchange.ts'
import { countList, idOfKey, type Listing, listObjects, listReferences, oneObject } from './object-lists.ts'
import { kindNamed, objectEntity, PRINCIPAL_KINDS } from './objects.ts'
import type { Area } from './permissions.ts'
import { type Handler, type Key, type Route, route } from './router.ts'

const GROUPS_UNITS_ROLES: readonly ObjectKind[] = ['group', 'administrativeUnit', 'directoryRole']

interface Related {
  readonly name: string
  readonly relation: Relation
  readonly kinds: readonly ObjectKind[]
  readonly area: Area
}

const MEMBERS_ROWS: readonly Related[] = [
  { name: 'members', relation: 'members', kinds: PRINCIPAL_KINDS, area: MEMBERS },
  { name: 'owners', relation: 'owners', kinds: PRINCIPAL_KINDS, area: MEMBERS },
  { name: 'transitivemembers', relation: 'transitiveMembers', kinds: PRINCIPAL_KINDS, area: MEMBERS },
]
const MEMBER_OF: readonly Related[] = [
  { name: 'memberof', relation: 'memberOf', kinds: GROUPS_UNITS_ROLES, area: MEMBERSHIPS },
  { name: 'transitivememberof', relation: 'transitiveMemberOf', kinds: GROUPS_UNITS_ROLES, area: MEMBERSHIPS },
  { name: 'ownedobjects', relation: 'ownedObjects', kinds: ['group'], area: MEMBERSHIPS },
]
const REPORTS: readonly Related[] = [{ name: 'directreports', relation: 'directReports', kinds: ['user'], area: USERS }]

type Of = (x: Exchange, then: (id: string) => Promise<Response>) => Promise<Response>

/** The object in the path, by any of its keys. */
const inPath =
  (kinds: readonly ObjectKind[]): Of =>
  async (x, then) => {
    const id = await idOfKey(x, kinds)
    return id.ok ? then(id.value) : refused(x, id.fault)
  }

/** The signed-in person; a program has no self (contract reference 9). */
const myself: Of = async (x, then) => {
  const { actor } = x.caller.call
  if (actor.t === 'user') return then(actor.id)
  return refused(x, fault('MalformedBody', { detail: '/me request is only valid with delegated authentication flow' }))
}

/** What hangs off one object: the list, its count, its addresses, and each narrowed to a type. */
function relatedRows(base: string, of: Of, rows: readonly Related[], area?: Area): readonly Route[] {
  return rows.flatMap((row) => {
    const listing = (id: string): Listing => ({
      kinds: row.kinds,
      path: 'directoryObjects',
      typed: true,
      relation: { name: row.relation, of: id },
    })
    const over = (answer: (x: Exchange, listing: Listing) => Promise<Response>): { GET: Handler } => ({
      GET: (x) => of(x, (id) => answer(x, listing(id))),
    })
    const path = `${base}/${row.name}`
    const reads = reading(area ?? row.area)
    return [
      route(path, reads, over(listObjects)),
      route(`${path}/$count`, reads, over(countList)),
      route(`${path}/{cast}`, reads, over(listObjects)),
      route(`${path}/{cast}/$count`, reads, over(countList)),
    ]
  })
}

/** The single object that a relation leads to. */
const single =
  (of: Of, relation: Relation, kinds: readonly ObjectKind[], asReference = false): Handler =>
  (x) =>
    of(x, async (id) => {
      const found = await listDirectory(x.deps.ctx, x.caller.call, { kinds, relation: { name: relation, of: id }, limit: 1 })
      const [item] = found.ok ? found.value.items : []
      if (!found.ok) return refused(x, found.fault)
      if (!item) return refused(x, fault('ResourceNotFound', { id: relation }))
      if (asReference)
        return json(x, { '@odata.context': `${baseOf(x)}/$metadata#$ref`, '@odata.id': `${baseOf(x)}/directoryObjects/${item.id}` })
      return oneObject(x, kinds, { property: 'id', value: item.id }, 'directoryObjects', true)
    })

const among = (values: readonly string[]): Filter => ({ t: 'in', path: ['id'], values })

const MOST_HELD = 11_000

/** Ids of what an object is in: of these kinds, among those asked for; all of them, or none (as many as the reference gives). */
async function holdings(x: Exchange, id: string, kinds: readonly ObjectKind[], filter: Filter | null): Promise<Response> {
  const input: DirectoryInput = { kinds, filter, relation: { name: 'transitiveMemberOf', of: id }, limit: MOST_HELD }
  const found = await listDirectory(x.deps.ctx, x.caller.call, input)
  if (!found.ok) return refused(x, found.fault)
  if (found.value.next !== null)
    return refused(x, fault('UnsupportedQuery', { detail: `there are more than ${MOST_HELD}: read \`transitiveMemberOf\`, page by page` }))
  return values(
    x,
    'Collection(Edm.String)',
    found.value.items.map((o) => o.id),
  )
}

const get =
  (of: Of, kinds: readonly ObjectKind[]): Handler =>
  (x) =>
    of(x, async (id) => {
      const body = await bodyOf(x)
      const only = body.ok ? readBoolean(body.value, 'securityEnabledOnly') : body
      if (!only.ok) return refused(x, only.fault)
      const secure: Filter = { t: 'compare', op: 'eq', path: ['securityEnabled'], value: true }
      return holdings(x, id, only.value ? ['group'] : kinds, only.value ? secure : null)
    })

const MOST_CHECKED = 20

const check =
  (of: Of, kinds: readonly ObjectKind[], member: string): Handler =>
  (x) =>
    of(x, async (id) => {
      const body = await bodyOf(x)
      const ids = body.ok ? required(readTexts(body.value, member), member) : body
      if (!ids.ok) return refused(x, ids.fault)
      if (ids.value.length > MOST_CHECKED)
        return refused(x, fault('InvalidObject', { detail: `\`${member}\` holds more than ${MOST_CHECKED} ids` }))
      return holdings(x, id, kinds, among(ids.value))
    })

/** The four questions about memberships that every object answers. */
const memberships = (base: string, of: Of, area: Area): readonly Route[] => [
  route(`${base}/getmembergroups`, area, { POST: get(of, ['group']) }),
  route(`${base}/getmemberobjects`, area, { POST: get(of, GROUPS_UNITS_ROLES) }),
  route(`${base}/checkmembergroups`, area, { POST: check(of, ['group'], 'groupIds') }),
  route(`${base}/checkmemberobjects`, area, { POST: check(of, GROUPS_UNITS_ROLES, 'ids') }),
]

const MOST_IDS = 1_000

/** Objects by their ids; unknown ids are left out (contract reference 9). */
const byIds: Handler = async (x) => {
  const body = await bodyOf(x)
  const ids = body.ok ? required(readTexts(body.value, 'ids'), 'ids') : body
  if (!ids.ok) return refused(x, ids.fault)
  const types = body.ok ? readTexts(body.value, 'types') : body
  if (!types.ok) return refused(x, types.fault)
  if (ids.value.length > MOST_IDS) return refused(x, fault('MalformedBody', { detail: `\`ids\` has more than ${MOST_IDS} entries` }))
  // A type that we have none of narrows the list like any other; no types at all stand for all.
  const wanted =
    types.value === null || types.value.length === 0
      ? ALL
      : ALL.filter((kind) => types.value?.some((t) => kindNamed(t) === kind || t.toLowerCase() === 'directoryobject'))
  const found = await listDirectory(x.deps.ctx, x.caller.call, { kinds: wanted, filter: among(ids.value), limit: MOST_IDS })
  if (!found.ok) return refused(x, found.fault)
  return collection(
    x,
    'directoryObjects',
    found.value.items.map((o) => objectEntity(x.options, o, true)),
  )
}

const ALL: readonly ObjectKind[] = ['user', 'group', 'servicePrincipal', 'administrativeUnit', 'directoryRole']

/** List, count, and one: of a collection with nothing else to it. */
export function readRows(
  path: string,
  area: Area,
  kind: ObjectKind,
  more: Partial<Record<'POST' | 'PATCH' | 'DELETE', Handler>> = {},
): readonly Route[] {
  const { POST, ...rest } = more
  const base = path.toLowerCase()
  const listing: Listing = { kinds: [kind], path, typed: false }
  const keyOf = (x: Exchange): Key => x.at.keys[0] ?? { property: null, value: '' }
  return [
    route(base, area, { GET: (x) => listObjects(x, listing), ...(POST ? { POST } : {}) }),
    route(`${base}/$count`, area, { GET: (x) => countList(x, listing) }),
    route(`${base}/{id}`, area, { GET: (x) => oneObject(x, [kind], keyOf(x), path), ...rest }),
  ]
}

const references =
  (path: string, of: Of, relation: Relation, kinds: readonly ObjectKind[]): Handler =>
  (x) =>
    of(x, (id) => listReferences(x, { kinds, path, typed: true, relation: { name: relation, of: id } }))

/** The addresses of a group's members or owners, for the row that also writes them. */
export const memberReferences = (relation: 'members' | 'owners'): Handler =>
  references('directoryObjects', inPath(['group']), relation, PRINCIPAL_KINDS)
export const unitReferences: Handler = references('directoryObjects', inPath(['administrativeUnit']), 'unitMembers', PRINCIPAL_KINDS)
export const roleReferences: Handler = references('directoryObjects', inPath(['directoryRole']), 'roleMembers', PRINCIPAL_KINDS)
export const managerReference: Handler = single(inPath(['user']), 'manager', ['user'], true)

/** What hangs off units and roles. */
export const unitRows = relatedRows('directory/administrativeunits/{id}', inPath(['administrativeUnit']), [
  { name: 'members', relation: 'unitMembers', kinds: PRINCIPAL_KINDS, area: OBJECTS },
])
export const roleRows = relatedRows('directoryroles/{id}', inPath(['directoryRole']), [
  { name: 'members', relation: 'roleMembers', kinds: PRINCIPAL_KINDS, area: OBJECTS },
])

const person = inPath(['user'])
const group = inPath(['group'])
const program = inPath(['servicePrincipal'])
const anything = inPath(ALL)

const idKey = (x: Exchange): Key => x.at.keys[0] ?? { property: null, value: '' }

/** The rows that only read; those that also write stand with the writing. */
export const objectRoutes: readonly Route[] = [
  ...['users', 'groups', 'directoryobjects'].map((name) => route(`${name}/getbyids`, reading(OBJECTS), { POST: byIds })),

  route('users/{id}/manager', USERS, { GET: single(person, 'manager', ['user']) }),
  ...relatedRows('users/{id}', person, [...MEMBER_OF, ...REPORTS]),
  ...memberships('users/{id}', person, MEMBERSHIPS),

  ...relatedRows('groups/{id}', group, [...MEMBERS_ROWS, ...MEMBER_OF]),
  ...memberships('groups/{id}', group, reading(GROUPS)),

  ...readRows('servicePrincipals', APPLICATIONS, 'servicePrincipal'),
  ...relatedRows('serviceprincipals/{id}', program, MEMBER_OF, APPLICATIONS),
  // Who owns a program is not kept: nobody does.
  route('serviceprincipals/{id}/owners', APPLICATIONS, { GET: (x) => program(x, async () => collection(x, 'directoryObjects', [])) }),
  ...memberships('serviceprincipals/{id}', program, reading(APPLICATIONS)),
  ...readRows('applications', APPLICATIONS, 'application'),

  route('directoryobjects/{id}', OBJECTS, { GET: (x) => oneObject(x, ALL, idKey(x), 'directoryObjects', true) }),
  ...memberships('directoryobjects/{id}', anything, reading(OBJECTS)),

  route('me', ME, { GET: (x) => myself(x, (id) => oneObject(x, ['user'], { property: 'id', value: id }, 'users')) }),
  route('me/manager', ME, { GET: single(myself, 'manager', ['user']) }),
  ...relatedRows('me', myself, [...MEMBER_OF, ...REPORTS], MY_MEMBERSHIPS),
  ...memberships('me', myself, MY_MEMBERSHIPS),
]
