// What every kind of place in the tree answers alike: the list of those below, one of them, and whether it is there (contract reference, 15.2).

import { listPlaces, type Place, readPlace } from '../../../operations/resource-tree.ts'
import { answered, type Handler, listed, pageSize, readToken } from '../handler.ts'
import { splitTag } from './tags.ts'

type Shown = (place: Place) => object

/** A page of the places of one kind below the path's. */
export const listBelow =
  (kind: string, show: Shown): Handler =>
  async (request) => {
    const token = readToken(request.options, ['string'])
    if (!token.ok) return token
    const filter = splitTag(request.options.filter)
    if (!filter.ok) return filter
    const { deps, call, scope, options } = request
    const after = token.value && String(token.value[0])
    const page = await listPlaces(deps.ctx, call, { kinds: [kind], below: scope, ...filter.value, limit: pageSize(options), after })
    if (!page.ok) return page
    return listed(request, page.value.items.map(show), page.value.next === null ? null : [page.value.next])
  }

export const getPlace =
  (show: Shown): Handler =>
  async ({ deps, call, scope }) => {
    const place = await readPlace(deps.ctx, call, scope)
    return place.ok ? answered(show(place.value)) : place
  }

export const placeExists: Handler = async ({ deps, call, scope }) => {
  const place = await readPlace(deps.ctx, call, scope)
  return place.ok ? answered(null, 204) : place
}
