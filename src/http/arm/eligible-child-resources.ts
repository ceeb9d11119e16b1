// `eligibleChildResources`: where below a scope the caller could activate (contract reference, 12).

import { listEligibleScopes } from '../../operations/list-scopes.ts'
import { type Handler, listed, pageSize, type Routes, readToken } from './handler.ts'
import { aliased } from './wire.ts'

const list: Handler = async (request) => {
  const token = readToken(request.options, ['string'])
  if (!token.ok) return token
  const { deps, call, scope, options } = request
  const after = token.value && String(token.value[0])
  const page = await listEligibleScopes(deps.ctx, call, { scope, filter: options.filter, limit: pageSize(options), after })
  if (!page.ok) return page
  // NB. lower-case types here, unlike everywhere else (quirk 12).
  const value = page.value.items.map((s) => ({ id: aliased(request.alias, s.spelling), name: s.displayName, type: s.kind.toLowerCase() }))
  return listed(request, value, page.value.next === null ? null : [page.value.next])
}

export const eligibleChildResourceRoutes: Routes = { '': { GET: list } }
