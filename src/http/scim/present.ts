// Resources as SCIM shows them, and its refusals. What is shown of a person is what the source sent, with the truth about whether they
// may act.

import { type Fault, faultRow } from '../../domain/faults.ts'
import type { Result } from '../../domain/result.ts'
import { formatInstant } from '../../domain/time.ts'
import type { KeptRow, KeptView } from '../../operations/identity-door.ts'
import type { Doc } from './document.ts'
import { attributeOf } from './path.ts'
import { ENTERPRISE, type ResourceType } from './schema.ts'

export interface ScimReply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

const ERROR = 'urn:ietf:params:scim:api:messages:2.0:Error'

/** What SCIM calls a refusal (RFC 7644, 3.12), where it has a word for it. */
const SCIM_TYPES: Readonly<Record<string, string>> = {
  IdentityConflict: 'uniqueness',
  IdentityNotKept: 'mutability',
  InvalidFilter: 'invalidFilter',
  InvalidPath: 'invalidPath',
  InvalidObject: 'invalidValue',
  InvalidQuery: 'invalidValue',
  MalformedBody: 'invalidSyntax',
}

export function scimError(f: Fault): ScimReply {
  const { status } = faultRow(f.code)
  const said = typeof f.data.scimType === 'string' ? f.data.scimType : SCIM_TYPES[f.code]
  const body = { schemas: [ERROR], status: String(status), ...(said === undefined ? {} : { scimType: said }), detail: f.words }
  return { status, body, headers: status === 401 ? { 'www-authenticate': 'Bearer realm="scim"' } : {} }
}

/** A version that changes whenever the answer would. */
export const etagOf = (row: KeptRow): string => `W/"${row.version}${row.enabled === row.active ? '' : '-held'}"`

/** Does a precondition of the request name this version? */
export const matches = (header: string, row: KeptRow): boolean =>
  header.trim() === '*' ||
  header
    .split(',')
    .map((one) => one.trim())
    .some((one) => one === etagOf(row) || `W/${one}` === etagOf(row))

/** Which attributes an answer is to have. */
export interface Selection {
  /** Only these, beside `id` and `schemas`; null for all. */
  readonly only: readonly string[] | null
  readonly without: readonly string[]
}

const ALL: Selection = { only: null, without: [] }

const ALWAYS = ['id', 'schemas']

/** Reads `attributes` and `excludedAttributes`. Names that the schema does not have select nothing. */
export function selectionOf(attributes: string | null, excluded: string | null, type: ResourceType): Selection {
  const names = (text: string) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter(Boolean)
      .slice(0, 200)
      .flatMap(
        (one) =>
          attributeOf(one, type)
            ?.chain.map((a) => a.name)
            .join('\u0000') ?? [],
      )
  return { only: attributes?.trim() ? names(attributes) : null, without: excluded?.trim() ? names(excluded) : [] }
}

/** Would an attribute of this name be in the answer? */
export const shows = ({ only, without }: Selection, name: string): boolean =>
  !without.includes(name) && (only === null || only.some((o) => o === name || o.startsWith(`${name}\u0000`)))

function pruned(value: unknown, path: string, keep: (path: string) => boolean): unknown {
  if (Array.isArray(value)) return value.map((one) => pruned(one, path, keep))
  if (typeof value !== 'object' || value === null) return value
  const parts = Object.entries(value).flatMap(([name, v]) => {
    const at = path === '' ? name : `${path}\u0000${name}`
    return keep(at) ? [[name, pruned(v, at, keep)] as const] : []
  })
  return Object.fromEntries(parts)
}

function chosen(doc: Doc, { only, without }: Selection): Doc {
  if (only === null && without.length === 0) return doc
  const keep = (path: string): boolean => {
    if (ALWAYS.includes(path)) return true
    if (without.includes(path)) return false
    return only === null || only.some((o) => o === path || o.startsWith(`${path}\u0000`) || path.startsWith(`${o}\u0000`))
  }
  return pruned(doc, '', keep) as Doc
}

const locationOf = (base: string, type: ResourceType, id: string): string => `${base}${type.endpoint}/${id}`

/** A resource as it is shown. `base`: the address of the door. */
export function resourceOf(type: ResourceType, { row, groups, members }: KeptView, base: string, selection: Selection = ALL): Doc {
  const { externalId, ...doc } = row.doc as Doc
  const location = (of: ResourceType['endpoint'], id: string) => `${base}${of}/${id}`
  const meta = {
    resourceType: type.name,
    created: formatInstant(row.createdAt),
    lastModified: formatInstant(row.modifiedAt),
    location: location(type.endpoint, row.principalId),
    version: etagOf(row),
  }
  const person =
    type.kind === 'user'
      ? {
          active: row.enabled,
          ...(groups.length > 0
            ? {
                groups: groups.map((g) => ({
                  value: g.groupId,
                  $ref: location('/Groups', g.groupId),
                  display: g.displayName,
                  type: 'direct',
                })),
              }
            : {}),
        }
      : {}
  const inside =
    members.length > 0
      ? {
          members: members.map((m) => ({
            value: m.principalId,
            $ref: location(m.kind === 'group' ? '/Groups' : '/Users', m.principalId),
            type: m.kind === 'group' ? 'Group' : 'User',
            display: m.displayName,
          })),
        }
      : {}
  const whole: Doc = {
    schemas: [type.schema, ...type.extensions.filter((urn) => urn !== ENTERPRISE || urn in doc)],
    id: row.principalId,
    ...(externalId === undefined ? {} : { externalId }),
    ...doc,
    ...person,
    ...inside,
    meta,
  }
  return chosen(whole, selection)
}

/** The answer that shows one resource. */
export const shown = (type: ResourceType, view: KeptView, base: string, selection: Selection, status = 200): ScimReply => ({
  status,
  body: resourceOf(type, view, base, selection),
  headers: { etag: etagOf(view.row), location: locationOf(base, type, view.row.principalId) },
})

/** An answer, or the refusal. */
export const replied = <T>(result: Result<T>, show: (value: T) => ScimReply): ScimReply =>
  result.ok ? show(result.value) : scimError(result.fault)
