// People and groups at the SCIM door: one handler for both, told apart by their type.

import { fault } from '../../domain/faults.ts'
import { isGuid } from '../../domain/privilege.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import type { Ctx } from '../../operations/context.ts'
import {
  changeGroup,
  changeUser,
  dropKept,
  KEPT_SORTS,
  type KeptRow,
  listKeptBy,
  type Pusher,
  pushGroup,
  pushUser,
  readKept,
} from '../../operations/identity-door.ts'
import { pick } from '../fields.ts'
import type { JsonObject } from '../json.ts'
import { LIST, MOST_RESULTS } from './discovery.ts'
import { type Doc, documentOf } from './document.ts'
import { parseFilter } from './filter.ts'
import { groupOf, userOf } from './mapping.ts'
import { membersOf, patched } from './patch.ts'
import { attributeOf } from './path.ts'
import { etagOf, matches, replied, resourceOf, type ScimReply, type Selection, scimError, selectionOf, shown, shows } from './present.ts'
import type { ResourceType } from './schema.ts'

export interface ScimAsk {
  readonly method: string
  /** Below the door, decoded. */
  readonly segments: readonly string[]
  readonly query: { get(name: string): string | null }
  readonly body: JsonObject
  readonly ifMatch: string | null
  readonly ifNoneMatch: string | null
}

export interface At {
  readonly ctx: Ctx
  readonly pusher: Pusher
  /** The address of the door, without a slash at its end. */
  readonly base: string
}

const NOBODY = '00000000-0000-0000-0000-000000000000'
/** What has no id of ours is nobody's. */
const idOf = (segment: string): string => (isGuid(segment) ? segment.toLowerCase() : NOBODY)

const selection = (type: ResourceType, { query }: ScimAsk): Selection =>
  selectionOf(query.get('attributes'), query.get('excludedAttributes'), type)

/** Memberships are fetched where they are shown. */
const needs = (type: ResourceType, s: Selection): boolean => shows(s, type.kind === 'user' ? 'groups' : 'members')

const LONG_PAGE = 20

function whole(text: string | null, least: number, otherwise: number): number {
  const n = text === null || text.trim() === '' ? otherwise : Number(text)
  return Number.isFinite(n) ? Math.max(least, Math.floor(n)) : Number.NaN
}

/** `GET /Users?…`, and the same by POST to `.search`. */
export async function list(at: At, type: ResourceType, ask: ScimAsk): Promise<ScimReply> {
  const { query } = ask
  const bad = (detail: string) => scimError(fault('InvalidQuery', { detail }))
  const filter = query.get('filter')
  const test = filter === null || filter.trim() === '' ? ok(null) : parseFilter(filter, type)
  if (!test.ok) return scimError(test.fault)
  const chosen = selection(type, ask)
  const members = needs(type, chosen)
  const start = whole(query.get('startIndex'), 1, 1)
  const asked = whole(query.get('count'), 0, 100)
  if (Number.isNaN(start) || Number.isNaN(asked)) return bad('`startIndex` and `count` are whole numbers')
  const by = query.get('sortBy')
  const named =
    by === null || by === ''
      ? 'id'
      : (attributeOf(by, type)
          ?.chain.map((a) => a.name)
          .join('.') ?? '')
  const sort = KEPT_SORTS.find((s) => s === named)
  if (!sort) return bad(`\`sortBy\` is one of ${KEPT_SORTS.join(', ')}`)
  // A page of groups with all their members is a short one.
  const limit = Math.min(asked, type.kind === 'group' && members ? LONG_PAGE : MOST_RESULTS)
  const descending = query.get('sortOrder')?.toLowerCase() === 'descending'
  const skip = Math.min(start - 1, 10_000_000)
  const page = await listKeptBy(at.ctx, at.pusher, { kind: type.kind, test: test.value, sort, descending, skip, limit }, members)
  const resources = page.items.map((item) => resourceOf(type, item, at.base, chosen))
  return {
    status: 200,
    body: { schemas: [LIST], totalResults: page.total, startIndex: start, itemsPerPage: resources.length, Resources: resources },
  }
}

/** `POST /Users`, `POST /Groups`. */
async function create(at: At, type: ResourceType, ask: ScimAsk): Promise<ScimReply> {
  const doc = documentOf(type, ask.body as Doc)
  if (!doc.ok) return scimError(doc.fault)
  const chosen = selection(type, ask)
  if (type.kind === 'user') {
    const user = userOf(doc.value)
    return user.ok
      ? replied(await pushUser(at.ctx, at.pusher, user.value), (v) => shown(type, v, at.base, chosen, 201))
      : scimError(user.fault)
  }
  const group = groupOf(doc.value)
  const members = membersOf(ask.body)
  if (!group.ok) return scimError(group.fault)
  if (!members.ok) return scimError(members.fault)
  const edits = members.value === null ? [] : [{ add: members.value }]
  return replied(await pushGroup(at.ctx, at.pusher, group.value, edits), (v) => shown(type, v, at.base, chosen, 201))
}

/** What the link goes by: the sender's own id, or where it gave none, what we made up. */
const keyOf = (sent: string | null, row: KeptRow): string => sent ?? (row.doc.externalId === undefined ? row.externalId : row.principalId)

const fitting =
  ({ ifMatch }: ScimAsk) =>
  (row: KeptRow): boolean =>
    ifMatch === null || matches(ifMatch, row)

/** A change of a person: `next` makes the new document of the one that stands. */
async function changePerson(at: At, type: ResourceType, ask: ScimAsk, id: string, next: (doc: Doc) => Result<Doc>): Promise<ScimReply> {
  const changed = await changeUser(at.ctx, at.pusher, id, fitting(ask), (row) => {
    const doc = next(row.doc as Doc)
    const user = doc.ok ? userOf(doc.value) : doc
    return user.ok ? ok({ ...user.value, principalId: id, externalId: keyOf(user.value.externalId, row) }) : user
  })
  return replied(changed, (v) => shown(type, v, at.base, selection(type, ask)))
}

async function replace(at: At, type: ResourceType, ask: ScimAsk, id: string): Promise<ScimReply> {
  const doc = documentOf(type, ask.body as Doc)
  if (!doc.ok) return scimError(doc.fault)
  const sent = pick(ask.body, 'id')
  if (typeof sent === 'string' && sent.toLowerCase() !== id)
    return scimError(fault('InvalidObject', { detail: '`id` is another than that of the address', scimType: 'mutability' }))
  if (type.kind === 'user') return changePerson(at, type, ask, id, () => doc)
  const members = membersOf(ask.body)
  if (!members.ok) return scimError(members.fault)
  const chosen = selection(type, ask)
  const changed = await changeGroup(at.ctx, at.pusher, id, fitting(ask), needs(type, chosen), (row) => {
    const group = groupOf(doc.value)
    return group.ok
      ? ok({
          group: { ...group.value, principalId: id, externalId: keyOf(group.value.externalId, row) },
          members: [{ exactly: members.value ?? [] }],
        })
      : group
  })
  return replied(changed, (v) => shown(type, v, at.base, chosen))
}

async function patch(at: At, type: ResourceType, ask: ScimAsk, id: string): Promise<ScimReply> {
  if (type.kind === 'user')
    return changePerson(at, type, ask, id, (doc) => {
      const next = patched(type, doc, ask.body)
      return next.ok ? ok(next.value.doc) : next
    })
  const changed = await changeGroup(at.ctx, at.pusher, id, fitting(ask), false, (row) => {
    const next = patched(type, row.doc as Doc, ask.body)
    if (!next.ok) return next
    const group = groupOf(next.value.doc)
    return group.ok
      ? ok({ group: { ...group.value, principalId: id, externalId: keyOf(group.value.externalId, row) }, members: next.value.members })
      : refuse(group.fault)
  })
  // Thousands of members are not sent back to whoever changed one.
  return replied(changed, (v) => ({ status: 204, headers: { etag: etagOf(v.row) } }))
}

async function read(at: At, type: ResourceType, ask: ScimAsk, id: string): Promise<ScimReply> {
  const chosen = selection(type, ask)
  const found = await readKept(at.ctx, at.pusher, type.kind, id, needs(type, chosen))
  return replied(found, (v) =>
    ask.ifNoneMatch !== null && matches(ask.ifNoneMatch, v.row)
      ? { status: 304, headers: { etag: etagOf(v.row) } }
      : shown(type, v, at.base, chosen),
  )
}

const notOffered = (method: string) => scimError(fault('MethodNotAllowed', { method }))

/** Answers for `/Users…` and `/Groups…`. */
export async function serveResources(at: At, type: ResourceType, ask: ScimAsk): Promise<ScimReply> {
  const [, segment, ...more] = ask.segments
  if (more.length > 0) return scimError(fault('ResourceNotFound', { id: ask.segments.join('/') }))
  if (segment === undefined) {
    if (ask.method === 'GET') return list(at, type, ask)
    return ask.method === 'POST' ? create(at, type, ask) : notOffered(ask.method)
  }
  const id = idOf(segment)
  switch (ask.method) {
    case 'GET':
      return read(at, type, ask, id)
    case 'PUT':
      return replace(at, type, ask, id)
    case 'PATCH':
      return patch(at, type, ask, id)
    case 'DELETE':
      return replied(await dropKept(at.ctx, at.pusher, type.kind, id, fitting(ask)), () => ({ status: 204 }))
    default:
      return notOffered(ask.method)
  }
}
