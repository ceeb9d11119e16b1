// Resource providers (clients, section 2): tools ask whether one is registered, and register it, before they do anything else. All
// that the tree names are registered for good; there is nothing that registering would change.

import { fault } from '../../../domain/faults.ts'
import { ok, type Result, refuse } from '../../../domain/result.ts'
import { requireCaller } from '../../../operations/resolve-names.ts'
import { listWords, readPlace } from '../../../operations/resource-tree.ts'
import { type ArmRequest, answered, type Handler, type Routes } from '../handler.ts'
import { SERVED } from '../served.ts'
import { versionsOf } from '../versions.ts'

/** What we serve ourselves, by namespace. */
const OWN: Readonly<Record<string, readonly string[]>> = {
  'Microsoft.Authorization': SERVED,
  'Microsoft.Management': ['managementGroups', 'getEntities'],
  'Microsoft.Resources': ['tenants', 'subscriptions', 'resourceGroups', 'resources', 'locations', 'providers', 'operationresults'],
}

/** Types by namespace: ours, and those of the resources that the caller sees in a subscription. */
async function known({ deps, call, scope }: ArmRequest): Promise<Result<ReadonlyMap<string, ReadonlySet<string>>>> {
  const all = new Map(Object.entries(OWN).map(([namespace, types]) => [namespace, new Set(types)]))
  if (scope === '/') {
    const caller = await requireCaller(deps.ctx, call)
    return caller.ok ? ok(all) : caller
  }
  const types = await listWords(deps.ctx, call, scope, 'type')
  if (!types.ok) return types
  for (const word of types.value) {
    const [namespace = '', ...type] = word.split('/')
    if (type.length > 0) all.set(namespace, (all.get(namespace) ?? new Set()).add(type.join('/')))
  }
  return ok(all)
}

const providerOf = (spelling: string, namespace: string, types: ReadonlySet<string>): object => ({
  id: `${spelling}/providers/${namespace}`,
  namespace,
  registrationPolicy: 'RegistrationFree',
  registrationState: 'Registered',
  resourceTypes: [...types].map((resourceType) => ({
    resourceType,
    locations: [],
    apiVersions: [...versionsOf(resourceType.toLowerCase())].reverse(),
    capabilities: 'None',
  })),
})

const list: Handler = async (request) => {
  const all = await known(request)
  return all.ok ? answered({ value: [...all.value].map(([name, types]) => providerOf(request.spelling, name, types)) }) : all
}

const get: Handler = async (request) => {
  const all = await known(request)
  if (!all.ok) return all
  const wanted = request.path.name?.toLowerCase()
  const found = [...all.value].find(([namespace]) => namespace.toLowerCase() === wanted)
  return found ? answered(providerOf(request.spelling, ...found)) : refuse(fault('ResourceNotFound', { id: request.path.name ?? '' }))
}

/** For whoever sees the subscription: it is said to be registered, as it was before. */
const register: Handler = async (request) => {
  const place = await readPlace(request.deps.ctx, request.call, request.scope)
  return place.ok ? get(request) : place
}

export const providerRoutes: Routes = { '': { GET: list }, '{}': { GET: get }, '{}/register': { POST: register } }
