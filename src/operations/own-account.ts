// What people change about their own sign-in, on a session of our own pages: each change wants a proof of at most five minutes, and the
// last way in stays.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { MINUTE } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { writePassword } from '../store/authority-people.ts'
import { beginGeneratorRow, confirmGeneratorRow, removeGeneratorRow } from '../store/code-generators.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { type PasskeyRow, removePasskey, renamePasskey, selectPasskeys } from '../store/passkeys.ts'
import { endOtherSessions, endSession, isLiveSession, selectSessions, touchSession } from '../store/sessions.ts'
import type { Sql } from '../store/sql.ts'
import { selectWaysIn, type WaysIn } from '../store/ways-in.ts'
import { type Told, toldEvent } from './administer.ts'
import { carrying, Refusal } from './carried-refusal.ts'
import { describeGenerator, firstCode, type NewGenerator, newGeneratorSecret, sealGenerator } from './code-generators.ts'
import type { Call, Ctx } from './context.ts'
import { keepingAble } from './keep-able.ts'
import { recordOwn } from './own-notices.ts'
import { judgeRegistration, keepPasskey } from './passkeys.ts'
import { acceptable, hashPassword } from './password.ts'
import { isStillEnough } from './password-alone.ts'
import { makeRecoveryCodes, RECOVERY } from './recovery-codes.ts'
import { endSignIns } from './revoke-sign-ins.ts'
import { type Session, sessionOfCookie } from './sessions.ts'
import { type Person, signedInPerson } from './sign-in.ts'

const IDLE = 30 * MINUTE
const FRESH = 5 * MINUTE
const TOUCH = MINUTE
const MOST_SHOWN = 100

/** Somebody on our own pages. */
export interface Owner {
  readonly person: Person
  readonly session: Session
  readonly correlationId: string
  readonly address: string | null
}

/** Whose pages a browser's cookie opens; null where it opens none. Idle for half an hour, a session is over. */
export async function ownerOf(ctx: Ctx, cookie: string, at: Pick<Owner, 'correlationId' | 'address'>): Promise<Owner | null> {
  const session = await sessionOfCookie(ctx, cookie)
  if (!session || session.appId !== null) return null
  const now = ctx.now()
  if (now - session.seenAt > IDLE) return null
  const person = await signedInPerson(ctx, session.principalId)
  if (!person || !(await isStillEnough(ctx, person.id, session.methods))) return null
  if (now - session.seenAt > TOUCH) await touchSession(ctx.db, session.id, now)
  return { ...at, person, session }
}

/** May they change anything now? A recovery code does for a new passkey, and for nothing else. */
export const isFresh = (ctx: Ctx, { session }: Owner): boolean => ctx.now() - session.provenAt <= FRESH
export const isRecovering = ({ session }: Owner): boolean => session.methods.includes(RECOVERY)

export interface Account {
  readonly passkeys: readonly PasskeyRow[]
  readonly ways: WaysIn
  readonly sessions: readonly Session[]
}

/** What they see of their own. */
export const readAccount = async (ctx: Ctx, { person, session }: Owner): Promise<Account> => ({
  passkeys: await selectPasskeys(ctx.db, person.id, MOST_SHOWN),
  ways: await selectWaysIn(ctx.db, person.id),
  // To whoever came by a recovery code nothing is told but what they came for.
  sessions: session.methods.includes(RECOVERY) ? [] : await selectSessions(ctx.db, person.id, ctx.now(), MOST_SHOWN),
})

const callOf = ({ person, session, correlationId, address }: Owner): Call => {
  const proof = { amr: session.methods, acrs: [], at: session.provenAt, session: session.id }
  return { actor: { t: 'user', id: person.id, proof, scopes: null, app: null, ip: address }, correlationId }
}

type Work<T> = (tx: Sql) => Promise<Result<{ value: T; data?: Told['data'] }>>

/**
 * A change with its event, on a fresh proof; a refusal leaves one too. Faults: `FreshProofRequired`, `AccountDisabled`, `SignInEnded`, and
 * those of the change.
 */
async function change<T>(
  ctx: Ctx,
  owner: Owner,
  action: string,
  work: Work<T>,
  allowed: { readonly recovering?: boolean; readonly stale?: boolean } = {},
): Promise<Result<T>> {
  const { id } = owner.person
  const about = { subject: 'person', subjectId: id, action, principalId: id }
  const event = (kind: 'change' | 'refusal', more: Partial<Told>) => toldEvent(ctx, callOf(owner), ctx.now(), kind, { ...about, ...more })
  const done = await carrying(() =>
    ctx.db.transaction(async (tx) => {
      const fresh = (allowed.stale || isFresh(ctx, owner)) && (allowed.recovering || !isRecovering(owner))
      if (!fresh) throw new Refusal(fault('FreshProofRequired'))
      if (!(await lockPrincipal(tx, id))?.enabled) throw new Refusal(fault('AccountDisabled'))
      // Looked at again now that the person is held: it may have been ended while we waited, by a new password or its owner elsewhere.
      if (!(await isLiveSession(tx, id, owner.session.id, ctx.now()))) throw new Refusal(fault('SignInEnded'))
      const worked = await work(tx)
      if (!worked.ok) throw new Refusal(worked.fault)
      const { value, data = {} } = worked.value
      await recordOwn(ctx, tx, event('change', { data }), owner.address)
      return value
    }),
  )
  if (!done.ok) await record(ctx.db, [event('refusal', { reason: done.fault.words, data: { code: done.fault.code } })], ctx.now())
  return done
}

/** Can somebody with these still sign in? A password does only with a generator, or for whom it was enough before. */
const canSignIn = ({ passkeys, password, sealed }: WaysIn): boolean => passkeys > 0 || password || sealed

/** Adds a passkey; answers recovery codes where there were none left. Faults: `CeremonyOver`, `PasskeyRefused`, `FreshProofRequired`. */
export async function addOwnPasskey(
  ctx: Ctx,
  owner: Owner,
  at: string,
  publicUrl: string,
  name: string,
  answer: string,
): Promise<Result<readonly string[] | null>> {
  const made = await judgeRegistration(ctx, at, publicUrl, owner.person.id, answer)
  if (!made.ok) return made
  const work: Work<readonly string[] | null> = async (tx) => {
    const kept = await keepPasskey(ctx, tx, owner.person.id, name, made.value)
    if (!kept.ok) return kept
    const { recoveryCodes } = await selectWaysIn(tx, owner.person.id)
    const codes = recoveryCodes === 0 ? await makeRecoveryCodes(tx, owner.person.id) : null
    // What a recovery code opened was for this: it ends with it.
    if (isRecovering(owner)) await endSession(tx, owner.person.id, owner.session.id, ctx.now())
    return ok({ value: codes, data: { name } })
  }
  return change(ctx, owner, 'addPasskey', work, { recovering: true })
}

/** Gives a passkey another name. Faults: `ResourceNotFound`, `FreshProofRequired`. */
export const renameOwnPasskey = (ctx: Ctx, owner: Owner, id: string, name: string): Promise<Result<true>> =>
  change(ctx, owner, 'renamePasskey', async (tx) =>
    (await renamePasskey(tx, owner.person.id, id, name))
      ? ok({ value: true as const, data: { name } })
      : refuse(fault('ResourceNotFound', { id: 'passkey' })),
  )

/** A way in goes, unless it was the last by which anybody could administer. Fault: `LastAbleAdministrator`, and those of the change. */
const remove = <T>(ctx: Ctx, owner: Owner, action: string, work: Work<T>) =>
  change(ctx, owner, action, (tx) => keepingAble(tx, ctx.now(), () => work(tx)))

/** Removes a passkey. Faults: `LastAbleAdministrator`, `LastWayIn`, `ResourceNotFound`, `FreshProofRequired`. */
export const removeOwnPasskey = (ctx: Ctx, owner: Owner, id: string): Promise<Result<true>> =>
  remove(ctx, owner, 'removePasskey', async (tx) => {
    const name = await removePasskey(tx, owner.person.id, id)
    if (name === null) return refuse(fault('ResourceNotFound', { id: 'passkey' }))
    const left = await selectWaysIn(tx, owner.person.id)
    if (left.passkeys === 0 && !(left.password && left.generator) && !left.sealed) return refuse(fault('LastWayIn'))
    return ok({ value: true as const, data: { name } })
  })

/** Begins a code generator, which counts from its first code on. Faults: `ObjectConflict`, `FreshProofRequired`. */
export const beginOwnGenerator = (ctx: Ctx, owner: Owner): Promise<Result<NewGenerator>> =>
  change(ctx, owner, 'beginCodeGenerator', async (tx) => {
    const { id, upn } = owner.person
    const secret = newGeneratorSecret()
    if (!(await beginGeneratorRow(tx, id, sealGenerator(ctx, id, secret), ctx.now())))
      return refuse(fault('ObjectConflict', { property: 'code generator' }))
    return ok({ value: describeGenerator(ctx, secret, upn) })
  })

/** Its first code. Faults: `WrongCode`, `FreshProofRequired`. */
export const confirmOwnGenerator = (ctx: Ctx, owner: Owner, code: string): Promise<Result<true>> =>
  change(ctx, owner, 'confirmCodeGenerator', async (tx) => {
    const first = await firstCode(ctx, tx, owner.person.id, code)
    if (!first.ok) return first
    const { sealed, step } = first.value
    return (await confirmGeneratorRow(tx, owner.person.id, sealed, step, ctx.now()))
      ? ok({ value: true as const })
      : refuse(fault('WrongCode'))
  })

/** Removes it. Faults: `LastAbleAdministrator`, `LastWayIn`, `ResourceNotFound`, `FreshProofRequired`. */
export const removeOwnGenerator = (ctx: Ctx, owner: Owner): Promise<Result<true>> =>
  remove(ctx, owner, 'removeCodeGenerator', async (tx) => {
    if (!(await removeGeneratorRow(tx, owner.person.id))) return refuse(fault('ResourceNotFound', { id: 'code generator' }))
    const left = await selectWaysIn(tx, owner.person.id)
    // A password that stood with it may open less by itself than it did.
    if (left.passkeys === 0 && !left.sealed) return refuse(fault('LastWayIn'))
    return ok({ value: true as const })
  })

/** Sets one's password; whatever was signed in, this session too, ends. Faults: `WeakPassword`, `FreshProofRequired`. */
export async function setOwnPassword(ctx: Ctx, owner: Owner, password: string): Promise<Result<true>> {
  const { id } = owner.person
  const accepted = acceptable(password, owner.person)
  if (!accepted.ok) return accepted
  const hashed = await hashPassword(password)
  return change(ctx, owner, 'setPassword', async (tx) => {
    const now = ctx.now()
    await writePassword(tx, id, { password: hashed, passwordGrant: false, methods: ['pwd'], contexts: [], stated: false }, now)
    await endSignIns(tx, id, now)
    return ok({ value: true as const })
  })
}

/** New recovery codes; the old ones are worth nothing. Faults: `LastWayIn`, `FreshProofRequired`. */
export const renewRecoveryCodes = (ctx: Ctx, owner: Owner): Promise<Result<readonly string[]>> =>
  change(ctx, owner, 'renewRecoveryCodes', async (tx) => {
    if (!canSignIn(await selectWaysIn(tx, owner.person.id))) return refuse(fault('LastWayIn'))
    return ok({ value: await makeRecoveryCodes(tx, owner.person.id) })
  })

/** Ends one of one's sessions, or oneself's. Fault: `ResourceNotFound`. */
export const endOwnSession = (ctx: Ctx, owner: Owner, id: string): Promise<Result<true>> =>
  change(
    ctx,
    owner,
    'revokeSession',
    async (tx) =>
      (await endSession(tx, owner.person.id, id, ctx.now()))
        ? ok({ value: true as const, data: { session: id } })
        : refuse(fault('ResourceNotFound', { id })),
    { stale: true, recovering: id === owner.session.id },
  )

/** Ends all but this one. */
export const endOtherOwnSessions = (ctx: Ctx, owner: Owner): Promise<Result<number>> =>
  change(
    ctx,
    owner,
    'revokeOtherSessions',
    async (tx) => {
      const ended = await endOtherSessions(tx, owner.person.id, owner.session.id, ctx.now())
      return ok({ value: ended, data: { sessions: ended } })
    },
    { stale: true },
  )
