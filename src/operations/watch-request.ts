// What happens to a request, as it happens. Wake-ups only shorten the waiting: it looks by itself every second.

import { fault } from '../domain/faults.ts'
import type { RequestFact } from '../domain/request/request.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { type Happened, selectHappened } from '../store/ended.ts'
import type { Call, Ctx } from './context.ts'
import { type ListedRequest, readOneRequest } from './list.ts'
import { readRequest } from './read-request.ts'

/** The channel on which processes tell each other of commits. */
export const WORK_CHANNEL = 'stint_work'

const LOOK_MS = 1_000

/** One request with its names, by nothing but its id. Faults: `ResourceNotFound`, `Forbidden`. */
export async function readRequestById(ctx: Ctx, call: Call, id: string): Promise<Result<ListedRequest>> {
  const found = await readRequest(ctx, id)
  if (!found) return refuse(fault('ResourceNotFound', { id }))
  const { privilege, level } = found.ask
  return readOneRequest(ctx, call, { plane: privilege.plane, level, scope: null, id: found.id, by: 'id' })
}

/** All that happened to a request so far. Faults: `ResourceNotFound`, `Forbidden`. */
export async function requestHistory(
  ctx: Ctx,
  call: Call,
  id: string,
): Promise<Result<{ readonly item: ListedRequest; readonly events: readonly Happened[] }>> {
  const item = await readRequestById(ctx, call, id)
  return item.ok ? ok({ item: item.value, events: await selectHappened(ctx.db, item.value.request.id, 0) }) : item
}

/** Will its status not change any more by itself or by a decision? */
const isSettled = (request: RequestFact): boolean => !['Granted', 'PendingApproval', 'PendingAdminDecision'].includes(request.status)

export interface Glimpse {
  readonly events: readonly Happened[]
  /** Present when its status is another than at the last look. */
  readonly item: ListedRequest | null
}

/** Looks until the request is settled, authority lapses, or the signal ends it. */
export async function* watchRequest(ctx: Ctx, call: Call, id: string, signal: AbortSignal): AsyncGenerator<Glimpse> {
  let wake = () => {}
  const deaf = await ctx.db.listen(WORK_CHANNEL, () => wake())
  let position = 0
  let status = ''
  try {
    while (!signal.aborted) {
      const woken = new Promise<void>((done) => {
        const timer = setTimeout(done, LOOK_MS)
        wake = () => {
          clearTimeout(timer)
          done()
        }
        signal.addEventListener('abort', wake, { once: true })
      })
      // Judged anew at each look: who loses the right to see it sees no more.
      const found = await readRequestById(ctx, call, id)
      if (!found.ok) return
      const events = await selectHappened(ctx.db, found.value.request.id, position)
      position = events.at(-1)?.position ?? position
      const moved = found.value.request.status !== status
      status = found.value.request.status
      if (moved || events.length > 0) yield { events, item: moved ? found.value : null }
      if (isSettled(found.value.request)) return
      await woken
      signal.removeEventListener('abort', wake)
    }
  } finally {
    wake()
    await deaf()
  }
}
