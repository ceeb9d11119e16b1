// Requests by id.

import type { RequestFact } from '../domain/request/request.ts'
import { requestJson } from './facts-sql.ts'
import type { Sql } from './sql.ts'

const BY_ID = `select ${requestJson('r')} as data from requests r where r.id = $1`

/** One request, or null. */
export async function selectRequest(tx: Sql, id: string): Promise<RequestFact | null> {
  const [row] = await tx.query<{ data: RequestFact }>(BY_ID, [id], 'request-by-id')
  return row?.data ?? null
}
