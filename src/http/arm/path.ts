// An ARM path: a scope of any depth in front of a fixed tail. It splits at the LAST `Microsoft.Authorization`, for a
// scope may itself name that provider.

import { fault } from '../../domain/faults.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { segmentsOf } from '../segments.ts'
import { type ArmScope, scopeOf } from './scope.ts'

export interface ArmPath extends ArmScope {
  /** The resource type below `Microsoft.Authorization`, lower case: what routes are matched by. */
  readonly type: string
  /** The type as sent. */
  readonly rawType: string
  readonly name: string | null
  readonly subtype: string | null
  readonly subname: string | null
  readonly leaftype: string | null
  readonly leafname: string | null
  /** The POST action at the end, lower case. */
  readonly action: string | null
}

/** Words at the end that are actions, never names: contract reference, sections 12 to 14. */
const ACTIONS: ReadonlySet<string> = new Set([
  'acceptrecommendations',
  'applydecisions',
  'cancel',
  'generatedownloaduri',
  'recordalldecisions',
  'refresh',
  'remediate',
  'resetdecisions',
  'sendreminders',
  'stop',
  'validate',
])

/** Type, name, sub-type, sub-name, leaf type, leaf name. */
const DEEPEST = 6

const bad = (detail: string) => refuse(fault('InvalidPath', { detail }))

/** Reads the path of an ARM request below `Microsoft.Authorization`; null when it does not go there. Never throws. */
export function parseArmPath(pathname: string): Result<ArmPath | null> {
  const sent = segmentsOf(pathname)
  if (!sent.ok) return sent
  const lower = sent.value.map((part) => part.toLowerCase())
  const at = lower.findLastIndex((part, i) => part === 'providers' && lower[i + 1] === 'microsoft.authorization')
  if (at < 0) return ok(null)
  const scope = scopeOf(sent.value.slice(0, at))
  if (!scope.ok) return scope
  const tail = sent.value.slice(at + 2)
  const last = tail.at(-1)?.toLowerCase()
  const action = tail.length > 1 && last !== undefined && ACTIONS.has(last) ? last : null
  const [type, name, subtype, subname, leaftype, leafname] = action ? tail.slice(0, -1) : tail
  if (type === undefined) return bad('a resource type is missing after `Microsoft.Authorization`')
  if (tail.length - (action ? 1 : 0) > DEEPEST) return bad('it is nested too deep')
  return ok({
    ...scope.value,
    type: type.toLowerCase(),
    rawType: type,
    name: name ?? null,
    subtype: subtype?.toLowerCase() ?? null,
    subname: subname ?? null,
    leaftype: leaftype?.toLowerCase() ?? null,
    leafname: leafname ?? null,
    action,
  })
}
