// A source's people and groups as its own door lists them: by filter, in an order that an index has, a bounded page at a time.

import type { Test } from '../domain/identity/filter.ts'
import type { KeptKind } from '../domain/identity/source.ts'
import { Params } from './filter-sql.ts'
import { testSql } from './identity-filter.ts'
import { KEPT, type KeptRow } from './identity-links.ts'
import type { Sql } from './sql.ts'

/** What a list can be sorted by; each has its index. */
const SORTS = {
  id: 'l.principal_id',
  userName: 'l.name',
  displayName: `lower(l.doc ->> 'displayName')`,
  externalId: 'l.external_id',
  'meta.created': 'l.created_at',
  'meta.lastModified': 'l.modified_at',
} as const
export type KeptSort = keyof typeof SORTS
export const KEPT_SORTS = Object.keys(SORTS) as readonly KeptSort[]

export interface KeptQuery {
  readonly sourceId: string
  readonly kind: KeptKind
  readonly test: Test | null
  readonly sort: KeptSort
  readonly descending: boolean
  /** How many come before the page. */
  readonly skip: number
  readonly limit: number
}

/** A page, and how many there are in all. */
export async function listKept(tx: Sql, q: KeptQuery): Promise<{ readonly total: number; readonly items: readonly KeptRow[] }> {
  const params = new Params()
  const own = `l.source_id = ${params.add(q.sourceId)} and l.kind = ${params.add(q.kind)} and p.deleted_at is null`
  const where = q.test ? `${own} and ${testSql(q.test, params)}` : own
  const from = `from identity_links l join principals p on p.id = l.principal_id where ${where}`
  const [count] = await tx.query<{ n: number }>(`select count(*)::int as n ${from}`, params.values)
  const total = count?.n ?? 0
  if (total === 0 || q.limit === 0 || q.skip >= total) return { total, items: [] }
  const way = q.descending ? 'desc' : 'asc'
  const order = q.sort === 'id' ? `${SORTS.id} ${way}` : `${SORTS[q.sort]} ${way}, ${SORTS.id} ${way}`
  const page = `order by ${order} limit ${params.add(q.limit)} offset ${params.add(q.skip)}`
  const items = await tx.query<KeptRow & Record<string, unknown>>(`select ${KEPT} ${from} ${page}`, params.values)
  return { total, items }
}
