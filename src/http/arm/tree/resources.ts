// Resources of a subscription or a resource group, and one by its own id (contract reference, 15.2).

import { listPlaces, readPlace } from '../../../operations/resource-tree.ts'
import { answered, type Handler, listed, pageSize, type Routes, readToken } from '../handler.ts'
import { resourceOf } from './present.ts'
import { splitTag } from './tags.ts'

const list: Handler = async (request) => {
  const token = readToken(request.options, ['string'])
  if (!token.ok) return token
  const filter = splitTag(request.options.filter)
  if (!filter.ok) return filter
  const { deps, call, scope, options } = request
  const after = token.value && String(token.value[0])
  const page = await listPlaces(deps.ctx, call, { kinds: ['resource'], below: scope, ...filter.value, limit: pageSize(options), after })
  if (!page.ok) return page
  return listed(request, page.value.items.map(resourceOf), page.value.next === null ? null : [page.value.next])
}

const get: Handler = async ({ deps, call, scope }) => {
  const place = await readPlace(deps.ctx, call, scope)
  return place.ok ? answered(resourceOf(place.value)) : place
}

const exists: Handler = async ({ deps, call, scope }) => {
  const place = await readPlace(deps.ctx, call, scope)
  return place.ok ? answered(null, 204) : place
}

export const resourceRoutes: Routes = { '': { GET: list }, '{}': { GET: get, HEAD: exists } }
