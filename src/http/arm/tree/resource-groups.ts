// Resource groups: read, asked after, made, deleted (contract reference, 15.2). A deletion is done when it is answered; clients expect one
// that takes time, and are led to an answer that says so.

import { fault } from '../../../domain/faults.ts'
import { ok, type Result, refuse } from '../../../domain/result.ts'
import { deleteResourceGroup, writeResourceGroup } from '../../../operations/resource-groups.ts'
import { readPlace } from '../../../operations/resource-tree.ts'
import { readObject, readText } from '../../fields.ts'
import type { JsonObject } from '../../json.ts'
import { type ArmRequest, answered, type Handler, type Routes } from '../handler.ts'
import { getPlace, listBelow, placeExists } from './places.ts'
import { resourceGroupOf } from './present.ts'

/** Subscription and name, from the path; the name as it was sent. */
function named({ scope, spelling }: ArmRequest): { readonly subscription: string; readonly name: string } {
  return { subscription: scope.split('/').slice(0, 3).join('/'), name: spelling.slice(spelling.lastIndexOf('/') + 1) }
}

function readTags(body: JsonObject): Result<Readonly<Record<string, string>> | null> {
  const tags = readObject(body, 'tags')
  if (!tags.ok || tags.value === null) return tags as Result<null>
  const entries = Object.entries(tags.value)
  const wrong = entries.find(
    ([name, value]) => typeof value !== 'string' || name.length > 512 || value.length > 256 || /\0/.test(name + value),
  )
  if (wrong) return refuse(fault('MalformedBody', { detail: '`tags` has texts of at most 256 characters' }))
  return ok(Object.fromEntries(entries) as Record<string, string>)
}

const put: Handler = async (request) => {
  const body = await request.body()
  if (!body.ok) return body
  const location = readText(body.value, 'location')
  if (!location.ok) return location
  const tags = readTags(body.value)
  if (!tags.ok) return tags
  const input = { ...named(request), location: location.value, tags: tags.value }
  const done = await writeResourceGroup(request.deps.ctx, request.call, input)
  return done.ok ? answered(resourceGroupOf(done.value.place), done.value.created ? 201 : 200) : done
}

const remove: Handler = async (request) => {
  const { deps, call, version } = request
  const { subscription, name } = named(request)
  const done = await deleteResourceGroup(deps.ctx, call, subscription, name)
  if (!done.ok) return done
  const location = `${deps.publicUrl}${subscription}/operationresults/${call.correlationId}?api-version=${version}`
  return ok({ status: 202, body: null, headers: { location, 'retry-after': '1' } })
}

/** What was begun is done: nothing here takes longer than its answer. */
const result: Handler = async ({ deps, call, scope }) => {
  const place = await readPlace(deps.ctx, call, scope)
  return place.ok ? answered(null) : place
}

export const resourceGroupRoutes: Routes = {
  '': { GET: listBelow('resourcegroup', resourceGroupOf) },
  '{}': { GET: getPlace(resourceGroupOf), HEAD: placeExists, PUT: put, DELETE: remove },
}
export const operationResultRoutes: Routes = { '{}': { GET: result } }
