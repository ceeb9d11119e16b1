// A new signing key leaves an event: whoever looks at tokens later wants to know since when they are signed so.

import { record } from '../store/apply.ts'
import { toldEvent } from './administer.ts'
import type { Ctx } from './context.ts'

/** Records that a key signs from now on. The key itself lies on the disk, never here. */
export async function recordKeyRotation(ctx: Ctx, kid: string): Promise<void> {
  const now = ctx.now()
  const call = { actor: { t: 'system', part: 'import' }, correlationId: ctx.ids() } as const
  await record(ctx.db, [toldEvent(ctx, call, now, 'change', { subject: 'signingKey', subjectId: kid, action: 'rotate' })], now)
}
