// Events of a person's own sign-in, told to them in the same transaction.

import type { Event } from '../domain/audit/event.ts'
import { OWN_ACCOUNT_KIND, ownAccountWords } from '../domain/messages/own-account.ts'
import { record } from '../store/apply.ts'
import { addMessages } from '../store/messages.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'

/** Writes an event of somebody's account, and what they are told of it. `as` names it where the event's own action says less. */
export async function recordOwn(ctx: Ctx, tx: Sql, event: Event, address: string | null, as = event.action ?? ''): Promise<void> {
  await record(tx, [event], event.at)
  const words = event.kind === 'change' ? ownAccountWords(as, event.at, address) : null
  if (words === null || event.principalId === null) return
  const { id: eventId, principalId, at } = event
  await addMessages(tx, [{ id: ctx.ids(), principalId, eventId, kind: OWN_ACCOUNT_KIND, words, requestId: null, at }])
}
