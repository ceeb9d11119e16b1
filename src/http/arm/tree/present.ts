// Places of the tree as the resource manager writes them (contract reference, 15.2).

import type { Place } from '../../../operations/resource-tree.ts'

export const lastOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1)

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Where a place says nothing of where it is, it is everywhere. */
const locationOf = ({ attributes }: Place): string => (typeof attributes.location === 'string' ? attributes.location : 'global')

const tagsOf = ({ attributes }: Place): object => (isRecord(attributes.tags) ? attributes.tags : {})

export const subscriptionOf = (place: Place, tenantId: string): object => ({
  id: place.spelling,
  authorizationSource: 'RoleBased',
  managedByTenants: [],
  subscriptionId: lastOf(place.spelling),
  tenantId,
  displayName: place.displayName,
  state: 'Enabled',
  subscriptionPolicies: { locationPlacementId: 'Public_2014-09-01', quotaId: 'PayAsYouGo_2014-09-01', spendingLimit: 'Off' },
  tags: tagsOf(place),
})

export const resourceGroupOf = (place: Place): object => ({
  id: place.spelling,
  name: lastOf(place.spelling),
  type: 'Microsoft.Resources/resourceGroups',
  location: locationOf(place),
  tags: tagsOf(place),
  properties: { provisioningState: 'Succeeded' },
})

/** What only some resources carry. */
const EXTRAS = ['kind', 'sku', 'identity'] as const

export const resourceOf = (place: Place): object => ({
  id: place.spelling,
  name: lastOf(place.spelling),
  type: typeof place.attributes.type === 'string' ? place.attributes.type : 'Microsoft.Resources/unknown',
  location: locationOf(place),
  tags: tagsOf(place),
  ...Object.fromEntries(EXTRAS.flatMap((key) => (place.attributes[key] === undefined ? [] : [[key, place.attributes[key]]]))),
})
