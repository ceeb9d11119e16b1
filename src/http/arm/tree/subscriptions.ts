// The tenant, its subscriptions, and where their resources are (contract reference, 15.2; clients, section 2). The list of subscriptions
// is what every sign-in begins with.

import { ok } from '../../../domain/result.ts'
import { requireCaller } from '../../../operations/resolve-names.ts'
import { listPlaces, listWords, readPlace } from '../../../operations/resource-tree.ts'
import { answered, type Handler, listed, pageSize, type Routes, readToken } from '../handler.ts'
import { subscriptionOf } from './present.ts'

const tenants: Handler = async ({ deps, call }) => {
  const known = await requireCaller(deps.ctx, call)
  if (!known.ok) return known
  const { id, displayName, domains } = deps.ctx.tenant()
  const tenant = {
    id: `/tenants/${id}`,
    tenantId: id,
    countryCode: 'US',
    displayName,
    domains,
    tenantCategory: 'Home',
    defaultDomain: domains[0] ?? '',
    tenantType: 'AAD',
  }
  return answered({ value: [tenant] })
}

const list: Handler = async (request) => {
  const token = readToken(request.options, ['string'])
  if (!token.ok) return token
  const { deps, call, options } = request
  const after = token.value && String(token.value[0])
  const page = await listPlaces(deps.ctx, call, { kinds: ['subscription'], below: null, limit: pageSize(options), after })
  if (!page.ok) return page
  const value = page.value.items.map((place) => subscriptionOf(place, deps.ctx.tenant().id))
  return listed(request, value, page.value.next === null ? null : [page.value.next])
}

const get: Handler = async ({ deps, call, scope }) => {
  const place = await readPlace(deps.ctx, call, scope)
  return place.ok ? answered(subscriptionOf(place.value, deps.ctx.tenant().id)) : place
}

/** The locations that anything in the subscription names; what is true of them beside their names we do not know. */
const locations: Handler = async ({ deps, call, scope }) => {
  const named = await listWords(deps.ctx, call, scope, 'location')
  if (!named.ok) return named
  const value = [...new Set(named.value.map((name) => name.toLowerCase().replaceAll(' ', '')))].sort().map((name) => ({
    id: `${scope}/locations/${name}`,
    name,
    type: 'Region',
    displayName: name,
    regionalDisplayName: name,
    metadata: { regionType: 'Physical', regionCategory: 'Other' },
  }))
  return ok({ status: 200, body: { value } })
}

export const tenantRoutes: Routes = { '': { GET: tenants } }
export const subscriptionRoutes: Routes = { '': { GET: list }, '{}': { GET: get } }
export const locationRoutes: Routes = { '': { GET: locations } }
