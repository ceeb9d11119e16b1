// Signing in with a sealed secret on the server's own machine: it needs the database and the keys, and nothing else. The door that looks
// at the token afterwards may be the loopback's. Guesses made elsewhere do not count here, so nobody can shut its owner out.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { MINUTE } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { countAttempt, forgetAttempts, selectSignIn, selectSignInNamed } from '../store/authority-people.ts'
import { touchSealedSecret } from '../store/emergency.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { endSession, selectSessions } from '../store/sessions.ts'
import { toldEvent } from './administer.ts'
import { DELEGATED, STINT_CLI } from './app-sign-in.ts'
import type { Call, Ctx } from './context.ts'
import { checkSealed } from './emergency-access.ts'
import { hashOf } from './secret-hash.ts'
import { beginSession, contextsOf, type Evidence } from './sessions.ts'

const OPERATOR: Call['actor'] = { t: 'system', part: 'import' }
const WINDOW_MS = 15 * MINUTE
/** Whoever can guess here holds the data folder already; this keeps a loop from eating the machine. */
const MOST = 10

/** What a sealed secret proves: it is written on paper, kept apart, and long enough to count as more than a password. */
export const SEALED_METHODS: readonly string[] = ['sealed', 'mfa']

const sealedEvidence = (now: number, bound: string | null = null): Evidence => ({
  methods: SEALED_METHODS,
  provenAt: now,
  contexts: [],
  providerId: null,
  compliantDevice: false,
  bound,
})

/**
 * A wrong secret for an account for emergencies: the first of a quarter of an hour is told to all administrators, and so is the one that
 * shuts the page; those between are not, so that nobody floods them. `failures` counts this one.
 */
export async function alarmGuess(ctx: Ctx, personId: string, failures: number, most: number, address: string | null): Promise<void> {
  if (failures !== 1 && failures !== most + 1) return
  const action = failures === 1 ? 'guessed' : 'locked'
  const now = ctx.now()
  const about = { subject: 'emergencyAccess', subjectId: personId, action, principalId: personId, data: { address: address ?? '' } }
  const call = { actor: OPERATOR, correlationId: ctx.ids() }
  await ctx.db.transaction((tx) => record(tx, [toldEvent(ctx, call, now, 'refusal', about)], now))
  ctx.wake?.()
}

export interface SealedAttempt {
  readonly upn: string
  /** As it was typed. */
  readonly secret: string
  /** In earnest, or for a drill: the event and the messages say which. */
  readonly by: 'sealedSecret' | 'drill'
}

export interface SealedSignIn {
  readonly id: string
  readonly upn: string
  readonly session: string
}

/** Signs in on the machine. Faults: `SignInLocked`, `WrongSealedSecret`, `AccountDisabled`, `ServiceUnavailable`. */
export async function signInSealed(ctx: Ctx, attempt: SealedAttempt): Promise<Result<SealedSignIn>> {
  const found = attempt.upn.includes('\0') ? null : await selectSignInNamed(ctx.db, attempt.upn.trim())
  const began = ctx.now()
  const key = hashOf(`machine\n${found?.id ?? attempt.upn.trim().toLowerCase()}`)
  const [counted] = await countAttempt(ctx.db, [key], began, began + WINDOW_MS)
  const failures = counted?.failures ?? 0
  const right = failures > MOST ? false : await checkSealed(ctx, found?.id ?? null, attempt.secret)
  if (right === null) return refuse(fault('ServiceUnavailable'))
  if (!right || !found) {
    if (found?.emergency) await alarmGuess(ctx, found.id, failures, MOST, null)
    return refuse(fault(failures > MOST ? 'SignInLocked' : 'WrongSealedSecret'))
  }
  if (!found.enabled) return refuse(fault('AccountDisabled'))
  const session = await ctx.db.transaction(async (tx): Promise<Result<string>> => {
    // Held still: a new secret, or the end of the account, is before this or after; what was judged right before it is not any more.
    await lockPrincipal(tx, found.id)
    const row = await selectSignIn(tx, found.id)
    if (!row?.enabled) return refuse(fault('AccountDisabled'))
    if (row.generation !== found.generation) return refuse(fault('WrongSealedSecret'))
    const now = ctx.now()
    await forgetAttempts(tx, [key], [])
    await touchSealedSecret(tx, found.id, now)
    const id = await beginSession(ctx, tx, {
      ...{ personId: found.id, evidence: sealedEvidence(now), appId: STINT_CLI, address: null, agent: 'stint break-glass' },
      ...{ correlationId: ctx.ids(), by: attempt.by },
    })
    return ok(id)
  })
  if (!session.ok) return session
  ctx.wake?.()
  return ok({ id: found.id, upn: found.upn, session: session.value })
}

/** What the token of such a sign-in says. Null where the session has ended. */
export async function sealedClaims(ctx: Ctx, { upn, session }: SealedSignIn, publicUrl: string) {
  const person = await selectSignInNamed(ctx.db, upn)
  const now = ctx.now()
  const found = person && (await selectSessions(ctx.db, person.id, now, 100)).find(({ id }) => id === session)
  if (!person || !found) return null
  return {
    aud: publicUrl,
    oid: person.id,
    tid: ctx.tenant().id,
    idtyp: 'user' as const,
    appid: STINT_CLI,
    scp: ['openid', 'profile', ...DELEGATED].join(' '),
    amr: found.methods,
    acrs: contextsOf(ctx.settings().authenticationContexts, found, now),
    auth_time: found.provenAt,
    sid: session,
    ses_gen: person.generation,
    name: person.displayName,
    upn: person.upn,
    unique_name: person.upn,
  }
}

/** Ends it, with its event. */
export async function endSealed(ctx: Ctx, { id, session }: SealedSignIn): Promise<void> {
  await ctx.db.transaction(async (tx) => {
    const now = ctx.now()
    const about = { subject: 'person', subjectId: id, action: 'revokeSession', principalId: id, data: { session } }
    if (await endSession(tx, id, session, now))
      await record(tx, [toldEvent(ctx, { actor: OPERATOR, correlationId: ctx.ids() }, now, 'change', about)], now)
  })
}
