// Management groups: the list, one with its children, what lies below, and everything at once (contract reference, 15.2).

import { fault } from '../../../domain/faults.ts'
import { type Result, refuse } from '../../../domain/result.ts'
import { listPlaces, type Place, readPlace } from '../../../operations/resource-tree.ts'
import { type ArmAnswer, type ArmRequest, answered, type Handler, listed, pageSize, type Routes, readToken } from '../handler.ts'
import { lastOf } from './present.ts'

const TYPE = 'Microsoft.Management/managementGroups'
const KINDS = ['managementgroup', 'subscription']
/** A tree is answered whole, so it has an end. */
const MOST = 2_000

const isGroup = ({ kind }: Place) => kind === 'managementgroup'

interface Child {
  readonly id: string
  readonly type: string
  readonly name: string
  readonly displayName: string
  readonly children?: readonly Child[]
}

const parentOf = ({ above }: Place) => above[0] ?? null

const bare = (place: Place, subscription: string) => ({
  id: place.spelling,
  type: isGroup(place) ? TYPE : subscription,
  name: lastOf(place.spelling),
})

function groupOf(place: Place, tenantId: string, children?: readonly Child[]): object {
  const parent = parentOf(place)
  return {
    ...bare(place, ''),
    properties: {
      tenantId,
      displayName: place.displayName,
      details: { parent: parent && { id: parent.spelling, name: lastOf(parent.spelling), displayName: parent.displayName } },
      ...(children === undefined ? {} : { children }),
    },
  }
}

type Lister = (
  request: ArmRequest,
  below: string | null,
  kinds: readonly string[],
  write: (place: Place) => object,
) => Promise<Result<ArmAnswer>>

const pages: Lister = async (request, below, kinds, write) => {
  const token = readToken(request.options, ['string'])
  if (!token.ok) return token
  const { deps, call, options } = request
  const after = token.value && String(token.value[0])
  const page = await listPlaces(deps.ctx, call, { kinds, below, limit: pageSize(options), after })
  if (!page.ok) return page
  return listed(request, page.value.items.map(write), page.value.next === null ? null : [page.value.next], '@nextLink')
}

const list: Handler = (request) => {
  const tenantId = request.deps.ctx.tenant().id
  return pages(request, null, ['managementgroup'], (place) => ({
    ...bare(place, ''),
    properties: { tenantId, displayName: place.displayName },
  }))
}

/** Children of a place among those found, each with its own where the whole tree was asked for. */
const childrenOf = (id: string, found: readonly Place[], deep: boolean): readonly Child[] =>
  found
    .filter(({ parent }) => parent === id)
    .map((place) => {
      const inner = deep && isGroup(place) ? childrenOf(place.id, found, deep) : []
      return { ...bare(place, '/subscriptions'), displayName: place.displayName, ...(inner.length > 0 ? { children: inner } : {}) }
    })

const get: Handler = async ({ deps, call, scope, options }) => {
  const place = await readPlace(deps.ctx, call, scope)
  if (!place.ok) return place
  const tenantId = deps.ctx.tenant().id
  const words = (options.expand ?? '').toLowerCase().split(',')
  if (!words.some((word) => ['children', 'path', 'ancestors'].includes(word.trim()))) return answered(groupOf(place.value, tenantId))
  const found = await listPlaces(deps.ctx, call, { kinds: KINDS, below: scope, limit: MOST, after: null })
  if (!found.ok) return found
  if (found.value.next !== null)
    return refuse(
      fault('InvalidQuery', { detail: `more than ${MOST} groups and subscriptions lie below: ask for its descendants, page by page` }),
    )
  return answered(groupOf(place.value, tenantId, childrenOf(scope, found.value.items, options.recurse)))
}

const descendants: Handler = (request) =>
  pages(request, request.scope, KINDS, (place) => ({
    ...bare(place, `${TYPE}/subscriptions`),
    properties: { displayName: place.displayName, parent: { id: parentOf(place)?.spelling ?? null } },
  }))

const below = (place: Place, found: readonly Place[]) => found.filter(({ ancestors }) => ancestors.includes(place.id))

/** Groups and subscriptions in one list, each with where it stands; the counts are of what the caller can see. */
const entities: Handler = async (request) => {
  const { deps, call } = request
  const found = await listPlaces(deps.ctx, call, { kinds: KINDS, below: null, limit: MOST, after: null })
  if (!found.ok) return found
  const tenantId = deps.ctx.tenant().id
  const all = found.value.items
  return pages(request, null, KINDS, (place) => {
    const path = [...place.above].reverse()
    const children = all.filter(({ parent }) => parent === place.id)
    return {
      ...bare(place, '/subscriptions'),
      properties: {
        tenantId,
        displayName: place.displayName,
        parent: { id: parentOf(place)?.spelling ?? null },
        permissions: 'view',
        inheritedPermissions: 'view',
        parentDisplayNameChain: path.map(({ displayName }) => displayName),
        parentNameChain: path.map(({ spelling }) => lastOf(spelling)),
        numberOfDescendants: below(place, all).length,
        numberOfChildren: children.length,
        numberOfChildGroups: children.filter(isGroup).length,
      },
    }
  })
}

export const managementGroupRoutes: Routes = { '': { GET: list }, '{}': { GET: get }, '{}/descendants': { GET: descendants } }
export const entityRoutes: Routes = { '': { POST: entities } }
