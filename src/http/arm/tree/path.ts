// Paths of the resource tree (contract reference, 15.2): those that name no `Microsoft.Authorization`. A row says how a path looks, how
// much of it is the scope, and which row of which type's routes it leads to.

import { ok, type Result } from '../../../domain/result.ts'
import { segmentsOf } from '../../segments.ts'
import type { ArmPath } from '../path.ts'
import { scopeOf } from '../scope.ts'

interface Row {
  /** Segments in lower case; `{}` stands for any one. */
  readonly pattern: string
  /** How many leading segments are the scope. */
  readonly scope: number
  /** The type as operations name it below its provider, and the row of its routes. */
  readonly type: TreeType
  readonly shape: string
  /** The segment that is a name and no scope. */
  readonly name?: number
}

export type TreeType =
  | 'getEntities'
  | 'locations'
  | 'managementGroups'
  | 'operationresults'
  | 'providers'
  | 'resourceGroups'
  | 'resources'
  | 'subscriptions'
  | 'tenants'

const S = 'subscriptions/{}'
const MG = 'providers/microsoft.management/managementgroups'

// biome-ignore format: one line per path, columns aligned
const ROWS: readonly Row[] = [
  { pattern: 'tenants',                               scope: 0, type: 'tenants',          shape: '' },
  { pattern: 'subscriptions',                         scope: 0, type: 'subscriptions',    shape: '' },
  { pattern: S,                                       scope: 2, type: 'subscriptions',    shape: '{}' },
  { pattern: `${S}/locations`,                        scope: 2, type: 'locations',        shape: '' },
  { pattern: `${S}/resources`,                        scope: 2, type: 'resources',        shape: '' },
  { pattern: `${S}/resourcegroups`,                   scope: 2, type: 'resourceGroups',   shape: '' },
  { pattern: `${S}/resourcegroups/{}`,                scope: 4, type: 'resourceGroups',   shape: '{}' },
  { pattern: `${S}/resourcegroups/{}/resources`,      scope: 4, type: 'resources',        shape: '' },
  { pattern: `${S}/operationresults/{}`,              scope: 2, type: 'operationresults', shape: '{}',          name: 3 },
  { pattern: `${S}/providers`,                        scope: 2, type: 'providers',        shape: '' },
  { pattern: `${S}/providers/{}`,                     scope: 2, type: 'providers',        shape: '{}',          name: 3 },
  { pattern: `${S}/providers/{}/register`,            scope: 2, type: 'providers',        shape: '{}/register', name: 3 },
  { pattern: 'providers',                             scope: 0, type: 'providers',        shape: '' },
  { pattern: 'providers/{}',                          scope: 0, type: 'providers',        shape: '{}',          name: 1 },
  { pattern: 'providers/microsoft.management/getentities', scope: 0, type: 'getEntities', shape: '' },
  { pattern: MG,                                      scope: 0, type: 'managementGroups', shape: '' },
  { pattern: `${MG}/{}`,                              scope: 4, type: 'managementGroups', shape: '{}' },
  { pattern: `${MG}/{}/descendants`,                  scope: 4, type: 'managementGroups', shape: '{}/descendants' },
]

const SPLIT = ROWS.map((row) => ({ ...row, parts: row.pattern.split('/') }))

export interface TreePath {
  readonly path: ArmPath
  readonly type: TreeType
  readonly shape: string
}

const fits = (parts: readonly string[], sent: readonly string[]): boolean =>
  parts.length === sent.length && parts.every((part, i) => part === '{}' || part === sent[i])

/** Reads a path of the tree; null when it is none. A resource's own id is one. Never throws. */
export function parseTreePath(pathname: string): Result<TreePath | null> {
  const segments = segmentsOf(pathname)
  if (!segments.ok) return segments
  const lower = segments.value.map((part) => part.toLowerCase())
  const aliased = lower[0] === 'providers' && lower[1] === 'microsoft.subscription' && lower[2] === 'subscriptions'
  const sent = aliased ? segments.value.slice(2) : segments.value
  const row = SPLIT.find(({ parts }) => fits(parts, aliased ? lower.slice(2) : lower))
  const authorization = lower.some((part, i) => part === 'microsoft.authorization' && lower[i - 1] === 'providers')
  if (!row && authorization) return ok(null)
  const scope = scopeOf(row ? sent.slice(0, row.scope) : sent)
  if (!row && !(scope.ok && scope.value.kind === 'resource')) return ok(null)
  if (!scope.ok) return scope
  const type = row?.type ?? 'resources'
  const name = row?.name === undefined ? null : (sent[row.name] ?? null)
  const none = { subtype: null, subname: null, leaftype: null, leafname: null, action: null }
  const path = { ...scope.value, type: type.toLowerCase(), rawType: type, name, ...none }
  return ok({ path, type, shape: row?.shape ?? '{}' })
}
