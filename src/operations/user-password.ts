// What the operator of the machine does for people's sign-in: a password in a sample installation, and ending all that was signed in.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { record } from '../store/apply.ts'
import { selectSample, selectSignInNamed, writePassword } from '../store/authority-people.ts'
import { dropStateOfAccount } from '../store/authority-state.ts'
import { endSessionsOf } from '../store/sessions.ts'
import { toldEvent } from './administer.ts'
import type { Call, Ctx } from './context.ts'
import { recordOwn } from './own-notices.ts'
import { hashPassword, MAX_PASSWORD } from './password.ts'
import { endSignIns } from './revoke-sign-ins.ts'

export interface PasswordInput {
  readonly upn: string
  readonly password: string
  /** Applications may send it (the password grant). */
  readonly passwordGrant: boolean
  /** What signing in with it counts as, stated as for `stint token` (D33). */
  readonly methods: readonly string[]
  readonly contexts: readonly string[]
}

const SHORTEST = 8
const OPERATOR: Call['actor'] = { t: 'system', part: 'import' }

const told = (ctx: Ctx, id: string, action: string, data: Readonly<Record<string, string | boolean>>) =>
  toldEvent(ctx, { actor: OPERATOR, correlationId: ctx.ids() }, ctx.now(), 'change', {
    subject: 'person',
    subjectId: id,
    action,
    principalId: id,
    data,
  })

/** Sets a person's password; whatever was signed in with the old one ends. Faults: `NotASample`, `SubjectNotFound`, `InvalidSignIn`. */
export async function setPassword(ctx: Ctx, input: PasswordInput): Promise<Result<{ id: string }>> {
  const { upn, password, passwordGrant, methods, contexts } = input
  if (!(await selectSample(ctx.db))) return refuse(fault('NotASample'))
  if (password.length < SHORTEST || password.length > MAX_PASSWORD)
    return refuse(fault('InvalidSignIn', { detail: `a password has ${SHORTEST} to ${MAX_PASSWORD} characters` }))
  const hashed = await hashPassword(password)
  return ctx.db.transaction(async (tx) => {
    const person = await selectSignInNamed(tx, upn)
    if (!person) return refuse(fault('SubjectNotFound', { id: upn }))
    const now = ctx.now()
    await writePassword(tx, person.id, { password: hashed, passwordGrant, methods, contexts, stated: true }, now)
    await dropStateOfAccount(tx, person.id)
    await endSessionsOf(tx, person.id, now)
    const data = { passwordGrant, amr: methods.join(','), acrs: contexts.join(',') }
    await recordOwn(ctx, tx, told(ctx, person.id, 'setPassword', data), null)
    return ok({ id: person.id })
  })
}

/** Ends all that a person is signed in to: codes, refresh tokens and access tokens. Fault: `SubjectNotFound`. */
export const signOut = (ctx: Ctx, upn: string): Promise<Result<{ id: string }>> =>
  ctx.db.transaction(async (tx) => {
    const person = await selectSignInNamed(tx, upn)
    if (!person) return refuse(fault('SubjectNotFound', { id: upn }))
    const now = ctx.now()
    await endSignIns(tx, person.id, now)
    await record(tx, [told(ctx, person.id, 'signOut', {})], now)
    return ok({ id: person.id })
  })
