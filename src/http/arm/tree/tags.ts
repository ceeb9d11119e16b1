// `tagName eq 'a' and tagValue eq 'b'`: two comparisons of a resource list that mean one thing together (contract reference, 15.2).

import { fault } from '../../../domain/faults.ts'
import type { Filter } from '../../../domain/filter.ts'
import { ok, type Result, refuse } from '../../../domain/result.ts'

interface Split {
  readonly filter: Filter | null
  readonly tag: { readonly name: string; readonly value: string | null } | null
}

const conjuncts = (filter: Filter | null): readonly Filter[] =>
  filter === null ? [] : filter.t === 'and' ? filter.of.flatMap(conjuncts) : [filter]

const named = (filter: Filter, name: string): string | null =>
  filter.t === 'compare' && filter.op === 'eq' && filter.path.join('/').toLowerCase() === name ? String(filter.value) : null

/** Takes the tag out of a filter. Fault: `InvalidFilter` for a value without a name. */
export function splitTag(filter: Filter | null): Result<Split> {
  const parts = conjuncts(filter)
  const first = (name: string) => parts.map((part) => named(part, name)).find((value) => value !== null) ?? null
  const [name, value] = [first('tagname'), first('tagvalue')]
  if (value !== null && name === null) return refuse(fault('InvalidFilter', { detail: '`tagValue` goes with a `tagName`' }))
  const rest = parts.filter((part) => named(part, 'tagname') === null && named(part, 'tagvalue') === null)
  return ok({
    filter: rest.length > 1 ? { t: 'and', of: rest } : (rest[0] ?? null),
    tag: name === null ? null : { name, value },
  })
}
