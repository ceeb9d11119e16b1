// Ends all that a person is signed in to, at once: by themselves, or by whoever may change them (contract reference 9).

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import type { Instant } from '../domain/time.ts'
import { raiseGeneration } from '../store/authority-people.ts'
import { dropStateOfAccount } from '../store/authority-state.ts'
import { kindOf } from '../store/enabled.ts'
import { endSessionsOf } from '../store/sessions.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import { authorizeKnown } from './authorize.ts'
import type { Call, Ctx } from './context.ts'
import { mayWriteUser } from './directory-common.ts'

/** In a transaction: every code and token of the person is worth nothing from now on. */
export async function endSignIns(tx: Sql, id: string, now: Instant): Promise<void> {
  await raiseGeneration(tx, id, now)
  await dropStateOfAccount(tx, id)
  await endSessionsOf(tx, id, now)
}

/** Codes, refresh tokens and access tokens of a person are worth nothing from now on. Faults: `Forbidden`, `ResourceNotFound`. */
export function revokeSignIns(ctx: Ctx, call: Call, id: string): Promise<Result<true>> {
  const about = { subject: 'person', subjectId: id, action: 'revokeSignInSessions', principalId: id }
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<true>>> => {
    if ((await kindOf(tx, id)) !== 'user') return refuse(fault('ResourceNotFound', { id }))
    await endSignIns(tx, id, now)
    return ok({ value: true, told: about })
  }
  // One's own sign-ins anybody may end who is somebody.
  const own = call.actor.t === 'user' && call.actor.id === id
  return administer(ctx, call, about, edit, {}, null, own ? (tx) => authorizeKnown(ctx, call, tx) : mayWriteUser(ctx, call, id))
}
