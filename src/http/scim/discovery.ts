// What the door says of itself: what it can, the schemas, the types of resources (RFC 7643, 5 to 7).

import type { ScimReply } from './present.ts'
import { GROUP_TYPE, type ResourceType, SCHEMAS, type Schema, type ScimAttribute, USER_TYPE } from './schema.ts'

export const LIST = 'urn:ietf:params:scim:api:messages:2.0:ListResponse'
/** The longest page, and how long one is that shows members. */
export const MOST_RESULTS = 200
export const MOST_OPERATIONS = 1_000
export const MOST_PAYLOAD = 4 * 1024 * 1024

const listOf = (resources: readonly unknown[]): ScimReply => ({
  status: 200,
  body: { schemas: [LIST], totalResults: resources.length, startIndex: 1, itemsPerPage: resources.length, Resources: resources },
})

const config = (base: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
  patch: { supported: true },
  bulk: { supported: true, maxOperations: MOST_OPERATIONS, maxPayloadSize: MOST_PAYLOAD },
  filter: { supported: true, maxResults: MOST_RESULTS },
  changePassword: { supported: false },
  sort: { supported: true },
  etag: { supported: true },
  authenticationSchemes: [
    {
      type: 'oauthbearertoken',
      name: 'A token of the source',
      description: 'made by an administrator with `stint source token`',
      primary: true,
    },
  ],
  meta: { resourceType: 'ServiceProviderConfig', location: `${base}/ServiceProviderConfig` },
})

const typeOf = (t: ResourceType, base: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
  id: t.name,
  name: t.name,
  endpoint: t.endpoint,
  schema: t.schema,
  schemaExtensions: t.extensions.map((schema) => ({ schema, required: false })),
  meta: { resourceType: 'ResourceType', location: `${base}/ResourceTypes/${t.name}` },
})

const attribute = (a: ScimAttribute): object => ({
  name: a.name,
  type: a.type,
  multiValued: a.multi,
  required: a.required,
  caseExact: a.exact,
  mutability: a.mutability,
  returned: a.mutability === 'writeOnly' ? 'never' : 'default',
  uniqueness: a.name === 'userName' ? 'server' : 'none',
  ...(a.sub.length > 0 ? { subAttributes: a.sub.map(attribute) } : {}),
})

const schemaOf = (s: Schema, base: string) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
  id: s.id,
  name: s.name,
  description: s.description,
  attributes: s.attributes.map(attribute),
  meta: { resourceType: 'Schema', location: `${base}/Schemas/${s.id}` },
})

/** Answers about the door itself; null for any other address. */
export function discover(segments: readonly string[], base: string): ScimReply | null {
  const [first, id, ...more] = segments
  if (more.length > 0) return null
  const of = <T>(all: readonly T[], name: (one: T) => string, show: (one: T) => object): ScimReply | null => {
    if (id === undefined) return listOf(all.map(show))
    const one = all.find((a) => name(a) === id)
    return one === undefined ? null : { status: 200, body: show(one) }
  }
  switch (first) {
    case 'ServiceProviderConfig':
      return id === undefined ? { status: 200, body: config(base) } : null
    case 'ResourceTypes':
      return of(
        [USER_TYPE, GROUP_TYPE],
        (t) => t.name,
        (t) => typeOf(t, base),
      )
    case 'Schemas':
      return of(
        SCHEMAS,
        (s) => s.id,
        (s) => schemaOf(s, base),
      )
    default:
      return null
  }
}
