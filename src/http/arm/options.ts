// The query options of an ARM request. Unlike Graph's, unknown ones are ignored: clients send `tenantId`, `$select` and
// the like where they have no meaning, and the reference lets them.

import { fault } from '../../domain/faults.ts'
import type { Filter } from '../../domain/filter.ts'
import { ok, type Result, refuse } from '../../domain/result.ts'
import { type QueryPair, queryValue, readQuery } from '../query.ts'
import { parseArmFilter } from './filter.ts'

export interface ArmOptions {
  readonly filter: Filter | null
  readonly expand: string | null
  readonly top: number | null
  readonly skipToken: string | null
  readonly recurse: boolean
  /** Everything as sent and decoded, for the next link and for `apiVersion`. */
  readonly sent: readonly QueryPair[]
}

/** Reads the query string of an ARM request. Never throws. */
export function parseArmOptions(search: string): Result<ArmOptions> {
  const query = readQuery(search)
  if (!query.ok) return query
  const value = (name: string) => queryValue(query.value, name) || null
  const text = value('filter')
  const filter = text === null ? ok(null) : parseArmFilter(text)
  if (!filter.ok) return filter
  const top = value('top')
  if (top !== null && !/^\d{1,9}$/.test(top)) return refuse(fault('InvalidQuery', { detail: '`$top` is not a whole number from 0 up' }))
  return ok({
    filter: filter.value,
    expand: value('expand'),
    top: top === null ? null : Number(top),
    skipToken: value('skiptoken'),
    recurse: value('recurse')?.toLowerCase() === 'true',
    sent: query.value,
  })
}
