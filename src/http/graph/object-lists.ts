// Lists of directory objects: filter, search, order, count and what is expanded (contract reference 2.2, 9).

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import {
  countObjects,
  type DirectoryInput,
  type DirectoryObject,
  listDirectory,
  type ObjectKind,
  type OrderKey,
  type Relation,
  readObject,
  readRelated,
} from '../../operations/list-directory.ts'
import { readNameCursor, writeCursor } from '../native-cursor.ts'
import { baseOf, collection, type Exchange, entity, pageSize, refused, text, values } from './exchange.ts'
import { cast, objectEntity, PRINCIPAL_KINDS } from './objects.ts'
import type { GraphOptions } from './odata-options.ts'
import type { Entity } from './present.ts'
import type { Key } from './router.ts'

export interface Listing {
  readonly kinds: readonly ObjectKind[]
  /** As a context names it. */
  readonly path: string
  /** Do items say which type they are? */
  readonly typed: boolean
  readonly relation?: { readonly name: Relation; readonly of: string }
}

const ADVANCED: ReadonlySet<string> = new Set(['ne', 'not', 'endswith'])

/** The first operator in a filter that only the eventual index serves. */
function advanced(filter: Filter): string | null {
  const own = filter.t === 'not' ? 'not' : filter.t === 'compare' || filter.t === 'text' ? filter.op : null
  if (own !== null && ADVANCED.has(own)) return own
  if (filter.t === 'and' || filter.t === 'or') return filter.of.map(advanced).find((found) => found !== null) ?? null
  const inner = filter.t === 'not' || filter.t === 'any' || filter.t === 'all' ? filter.of : null
  return inner ? advanced(inner) : null
}

const isEventual = (x: Exchange): boolean => x.header('consistencylevel')?.trim().toLowerCase() === 'eventual'

/** What must be asked with `ConsistencyLevel: eventual`, as the reference has it (contract reference 2.2). Fault: `UnsupportedQuery`. */
function consistent(x: Exchange): Result<true> {
  const { filter, orderby, search, count } = x.options
  if (isEventual(x) && (count || search !== null)) return ok(true)
  const operator = filter ? advanced(filter) : null
  const what = operator ? `\`${operator}\`` : search ? '`$search`' : filter && orderby.length > 0 ? '`$orderby` with `$filter`' : null
  if (what === null || (search && isEventual(x))) return ok(true)
  return refuse(fault('UnsupportedQuery', { detail: `${what} needs \`ConsistencyLevel: eventual\` and \`$count=true\`` }))
}

const ORDERS: Readonly<Record<string, OrderKey>> = {
  id: 'id',
  displayname: 'displayname',
  mail: 'mail',
  userprincipalname: 'userprincipalname',
  createddatetime: 'createddatetime',
}

function orderOf({ orderby }: GraphOptions): Result<DirectoryInput['order']> {
  const [first] = orderby
  if (!first) return ok({ by: 'id', descending: false })
  const name = first.path.join('/').toLowerCase()
  const by = Object.hasOwn(ORDERS, name) ? ORDERS[name] : undefined
  if (!by || orderby.length > 1)
    return refuse(fault('InvalidQuery', { detail: `these lists are ordered by one of ${Object.keys(ORDERS).join(', ')}` }))
  return ok({ by, descending: first.descending })
}

function inputOf(x: Exchange, { kinds, relation }: Listing): Result<DirectoryInput> {
  const fits = consistent(x)
  if (!fits.ok) return fits
  const order = orderOf(x.options)
  if (!order.ok) return order
  const after = readNameCursor(x.options.skiptoken ?? undefined)
  if (!after.ok || (after.value && !isGuid(after.value[1]))) return refuse(fault('InvalidCursor'))
  const { filter, search } = x.options
  return ok({
    kinds: cast(x, kinds),
    filter,
    search,
    ...(relation ? { relation } : {}),
    ...(order.value ? { order: order.value } : {}),
    limit: pageSize(x),
    after: after.value,
  })
}

/** A page of objects. */
export async function listObjects(x: Exchange, listing: Listing): Promise<Response> {
  const input = inputOf(x, listing)
  if (!input.ok) return refused(x, input.fault)
  const { ctx } = x.deps
  const page = await listDirectory(ctx, x.caller.call, input.value)
  if (!page.ok) return refused(x, page.fault)
  const count = x.options.count ? await countObjects(ctx, x.caller.call, input.value) : ok(null)
  if (!count.ok) return refused(x, count.fault)
  const items = await expand(x, page.value.items, listing.typed)
  if (!items.ok) return refused(x, items.fault)
  return collection(withId(x), listing.path, items.value, page.value.next && writeCursor(page.value.next), count.value)
}

/** Directory objects always show their id (contract reference 2.2). */
const withId = (x: Exchange): Exchange =>
  x.options.select ? { ...x, options: { ...x.options, select: [...new Set(['id', ...x.options.select])] } } : x

/** How many, as a text; only the eventual index counts (contract reference 2.2). */
export async function countList(x: Exchange, listing: Listing): Promise<Response> {
  if (!isEventual(x)) return refused(x, fault('UnsupportedQuery', { detail: '`/$count` needs `ConsistencyLevel: eventual`' }))
  const input = inputOf({ ...x, options: { ...x.options, count: true } }, listing)
  if (!input.ok) return refused(x, input.fault)
  const found = await countObjects(x.deps.ctx, x.caller.call, input.value)
  return found.ok ? text(x, String(found.value)) : refused(x, found.fault)
}

/** Only the addresses of a list's objects, as texts: so the published schema has them. */
export async function listReferences(x: Exchange, listing: Listing): Promise<Response> {
  const input = inputOf(x, listing)
  if (!input.ok) return refused(x, input.fault)
  const page = await listDirectory(x.deps.ctx, x.caller.call, input.value)
  if (!page.ok) return refused(x, page.fault)
  const items = page.value.items.map((o) => `${baseOf(x)}/directoryObjects/${o.id}`)
  return values(x, 'Collection($ref)', items, page.value.next && writeCursor(page.value.next))
}

interface Expandable {
  readonly name: string
  readonly relation: Relation
  readonly kinds: readonly ObjectKind[]
  readonly one?: boolean
}

const EVERYTHING: readonly ObjectKind[] = ['group', 'administrativeUnit', 'directoryRole']
const EXPANDABLE: Readonly<Record<string, Expandable>> = {
  manager: { name: 'manager', relation: 'manager', kinds: ['user'], one: true },
  directreports: { name: 'directReports', relation: 'directReports', kinds: ['user'] },
  memberof: { name: 'memberOf', relation: 'memberOf', kinds: EVERYTHING },
  transitivememberof: { name: 'transitiveMemberOf', relation: 'transitiveMemberOf', kinds: EVERYTHING },
  members: { name: 'members', relation: 'members', kinds: PRINCIPAL_KINDS },
  owners: { name: 'owners', relation: 'owners', kinds: PRINCIPAL_KINDS },
  ownedobjects: { name: 'ownedObjects', relation: 'ownedObjects', kinds: ['group'] },
}

const MEMBERS_OF: Readonly<Partial<Record<ObjectKind, Relation>>> = { administrativeUnit: 'unitMembers', directoryRole: 'roleMembers' }

/** What a property leads to depends on what it is expanded of: members of a unit are not those of a group. */
const relationOf = (e: Expandable, kind: ObjectKind | undefined): Relation =>
  e.relation === 'members' ? ((kind && MEMBERS_OF[kind]) ?? 'members') : e.relation

/** Objects with what they are expanded by: one level, at most twenty of each (contract reference 2.2), one statement a property. */
async function expand(x: Exchange, objects: readonly DirectoryObject[], typed: boolean): Promise<Result<readonly Entity[]>> {
  const { options } = x
  let entities: readonly Entity[] = objects.map((o) => objectEntity(options, o, typed))
  for (const wanted of options.expand) {
    const e = Object.hasOwn(EXPANDABLE, wanted.name.toLowerCase()) ? EXPANDABLE[wanted.name.toLowerCase()] : undefined
    if (!e) return refuse(fault('InvalidQuery', { detail: `\`${wanted.name.slice(0, 40)}\` cannot be expanded here` }))
    if (wanted.options.expand.length > 0) return refuse(fault('InvalidQuery', { detail: 'directory objects expand one level' }))
    const ids = objects.map((o) => o.id)
    const found = await readRelated(x.deps.ctx, x.caller.call, relationOf(e, objects[0]?.kind), ids, e.kinds)
    if (!found.ok) return found
    entities = entities.map((value, i) => {
      const below = (found.value.get(ids[i] ?? '') ?? []).map((o) => narrowed(wanted.options, objectEntity(wanted.options, o, true)))
      return { ...value, [e.name]: e.one ? (below[0] ?? null) : below }
    })
  }
  return ok(entities)
}

function narrowed({ select }: GraphOptions, value: Entity): Entity {
  if (!select || select.includes('*')) return value
  const wanted = new Set(['id', ...select.map((name) => name.toLowerCase())])
  return Object.fromEntries(Object.entries(value).filter(([name]) => name.includes('@') || wanted.has(name.toLowerCase())))
}

/** One object by its key. */
export async function oneObject(x: Exchange, kinds: readonly ObjectKind[], key: Key, path: string, typed = false): Promise<Response> {
  const found = await readObject(x.deps.ctx, x.caller.call, kinds, key)
  const items = found.ok ? await expand(x, [found.value], typed) : found
  if (!items.ok) return refused(x, items.fault)
  return entity(withId(x), path, items.value[0] ?? {})
}

/** The object that the path's first key names. Fault: `ResourceNotFound`. */
export const objectOfKey = (x: Exchange, kinds: readonly ObjectKind[]): Promise<Result<DirectoryObject>> =>
  readObject(x.deps.ctx, x.caller.call, kinds, x.at.keys[0] ?? { property: null, value: '' })

/** Its id alone. Fault: `ResourceNotFound`. */
export async function idOfKey(x: Exchange, kinds: readonly ObjectKind[]): Promise<Result<string>> {
  const found = await objectOfKey(x, kinds)
  return found.ok ? ok(found.value.id) : found
}
