// ARM's list filters (contract reference, section 12.2): Graph's grammar plus functions that stand alone, in any case,
// their argument quoted, bare or in braces.

import type { Filter, Literal } from '../../domain/filter.ts'
import { ok, type Result } from '../../domain/result.ts'
import { type Calls, parseFilter } from '../graph/odata.ts'

const ARM_CALLS: Calls = {
  asapprover: { name: 'asApprover', args: 0 },
  ascreatedby: { name: 'asCreatedBy', args: 0 },
  asrequestor: { name: 'asRequestor', args: 0 },
  assignedto: { name: 'assignedTo', args: 1 },
  assignedtometoreview: { name: 'assignedToMeToReview', args: 0 },
  astarget: { name: 'asTarget', args: 0 },
  atscope: { name: 'atScope', args: 0 },
  atscopeandbelow: { name: 'atScopeAndBelow', args: 0 },
}

/** Reads an ARM `$filter`. Never throws. */
export function parseArmFilter(text: string): Result<Filter> {
  const filter = parseFilter(text, ARM_CALLS)
  return filter.ok ? ok(bare(filter.value)) : filter
}

// Tools that fill templates leave the braces of `{id}` in place, within the quotes.
const unbrace = <T extends Literal>(value: T): T => (typeof value === 'string' ? (value.trim().replace(/^\{(.*)\}$/s, '$1') as T) : value)

function bare(filter: Filter): Filter {
  switch (filter.t) {
    case 'and':
    case 'or':
      return { ...filter, of: filter.of.map(bare) }
    case 'not':
      return { ...filter, of: bare(filter.of) }
    case 'compare':
      return { ...filter, value: unbrace(filter.value) }
    case 'in':
      return { ...filter, values: filter.values.map(unbrace) }
    case 'call':
      return { ...filter, args: filter.args.map(unbrace) }
    case 'any':
    case 'all':
      return { ...filter, of: filter.of && bare(filter.of) }
    case 'text':
      return filter
    default:
      return filter satisfies never
  }
}
