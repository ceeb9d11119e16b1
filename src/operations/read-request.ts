// One request by its id, without authority: only for operations that judge authority themselves, under lock.

import { isGuid } from '../domain/privilege.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { selectRequest } from '../store/requests.ts'
import type { Ctx } from './context.ts'

/** The request, or null where there is none. */
export const readRequest = async (ctx: Ctx, id: string): Promise<RequestFact | null> => (isGuid(id) ? selectRequest(ctx.db, id) : null)
