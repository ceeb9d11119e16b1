// ARM's scope grammar (contract reference, section 11): tenant root, management group, subscription, resource group,
// resource with nested types. The canonical form is what privileges hold; the sent spelling is what answers echo.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { segmentsOf } from '../segments.ts'

type ScopeKind = 'root' | 'managementGroup' | 'subscription' | 'resourceGroup' | 'resource'

export interface ArmScope {
  /** Lower case, single slashes, aliases resolved; `` is the tenant's root. */
  readonly scope: string
  /** As sent, with single slashes. */
  readonly raw: string
  readonly kind: ScopeKind
}

const MANAGEMENT_GROUP = ['providers', 'microsoft.management', 'managementgroups']
const SUBSCRIPTION_ALIAS = ['providers', 'microsoft.subscription', 'subscriptions']

// Names of scopes, not of every resource type: what no type allows is refused, the rest is for the tree to know.
const NAME = /^[^<>*%&:?#+'"`|{};=]{1,260}$/

const bad = (raw: string) =>
  refuse(
    fault('InvalidPath', {
      detail: `\`${raw.slice(0, 120)}\` is not a scope: expected a management group, a subscription, a resource group or a resource`,
    }),
  )

/** Reads a scope from a path or a body; a missing leading slash is forgiven. Never throws. */
export function parseScope(text: string): Result<ArmScope> {
  const segments = segmentsOf(text)
  return segments.ok ? scopeOf(segments.value) : segments
}

/** Reads a scope from decoded segments. */
export function scopeOf(sent: readonly string[]): Result<ArmScope> {
  const raw = sent.map((part) => `/${part}`).join('')
  const lower = sent.map((part) => part.toLowerCase())
  const parts = startsWith(lower, SUBSCRIPTION_ALIAS) ? lower.slice(2) : lower
  const kind = kindOf(parts)
  if (!kind || !parts.every((part) => NAME.test(part) && part === part.trim())) return bad(raw)
  return ok({ scope: parts.map((part) => `/${part}`).join(''), raw, kind })
}

const startsWith = (parts: readonly string[], head: readonly string[]): boolean => head.every((word, i) => parts[i] === word)

function kindOf(parts: readonly string[]): ScopeKind | null {
  if (parts.length === 0) return 'root'
  const [kind, length] = headOf(parts)
  if (parts.length === length && kind !== 'root') return kind
  return isResource(parts.slice(length)) ? 'resource' : null
}

/** The container that a scope starts with, and how many segments it takes. */
function headOf(parts: readonly string[]): readonly [ScopeKind, number] {
  if (startsWith(parts, MANAGEMENT_GROUP)) return ['managementGroup', 4]
  if (parts[0] !== 'subscriptions') return ['root', 0]
  return parts[2] === 'resourcegroups' ? ['resourceGroup', 4] : ['subscription', 2]
}

/** `providers/{namespace}/{type}/{name}[/{type}/{name}…]`, and extensions of it, which begin with `providers` again. */
function isResource(parts: readonly string[]): boolean {
  if (parts[0] !== 'providers' || parts.length < 4 || parts.length % 2 !== 0) return false
  const again = parts.findIndex((part, i) => i >= 4 && i % 2 === 0 && part === 'providers')
  return again < 0 || isResource(parts.slice(again))
}
