// One-time links by which somebody gets their first way in, or a new one: made by an administrator or the machine's operator, bound to the
// browser that opens one first, used up by what is enrolled.

import { randomBytes } from 'node:crypto'
import { WRITE_ADMINISTRATORS } from '../domain/access/directory-needs.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { HOUR, type Instant } from '../domain/time.ts'
import { record } from '../store/apply.ts'
import { selectSample, selectSignIn, selectSignInNamed, writePassword } from '../store/authority-people.ts'
import { writeGenerator } from '../store/code-generators.ts'
import { isPrivileged } from '../store/directory-writes.ts'
import { lockPrincipal } from '../store/enabled.ts'
import { addEnrolment, bindEnrolment, type Enrols, isBoundTo, liveEnrolment, selectEnrolment, useEnrolment } from '../store/enrolments.ts'
import type { Sql } from '../store/sql.ts'
import { selectFirstAdministrator } from '../store/ways-in.ts'
import { administer, type Edit, toldEvent } from './administer.ts'
import { carrying, Refusal } from './carried-refusal.ts'
import { beginCeremony, endCeremony, lookAtCeremony } from './ceremonies.ts'
import { describeGenerator, type NewGenerator, newGeneratorSecret, sealGenerator, stepOf } from './code-generators.ts'
import type { Call, Ctx } from './context.ts'
import { mayWrite, mayWriteUser } from './directory-common.ts'
import { recordOwn } from './own-notices.ts'
import { judgeRegistration, keepPasskey } from './passkeys.ts'
import { acceptable, hashPassword } from './password.ts'
import { makeRecoveryCodes } from './recovery-codes.ts'
import { endSignIns } from './revoke-sign-ins.ts'
import { hashOf } from './secret-hash.ts'
import { type Person, signedInPerson } from './sign-in.ts'

/** How long a link holds: by default, and at most. */
const ENROLMENT = { usual: 24 * HOUR, most: 72 * HOUR } as const
/** A link that was opened has this long for each step. */
const STEP = 15 * 60_000
const OPERATOR: Call['actor'] = { t: 'system', part: 'import' }

export interface Enrolment {
  readonly personId: string
  readonly upn: string
  /** Opens the link; told once. */
  readonly token: string
  readonly endsAt: Instant
}

/** Makes a link within a transaction; the one before it is worth nothing. Faults: `ResourceNotFound`, `AccountDisabled`. */
async function makeWithin(ctx: Ctx, tx: Sql, personId: string, by: Call | null, life: number): Promise<Result<Enrolment>> {
  await lockPrincipal(tx, personId)
  const person = await selectSignIn(tx, personId)
  if (!person) return refuse(fault('ResourceNotFound', { id: personId }))
  if (!person.enabled) return refuse(fault('AccountDisabled'))
  const token = randomBytes(32).toString('base64url')
  const now = ctx.now()
  const endsAt = now + Math.min(Math.max(life, HOUR), ENROLMENT.most)
  const madeBy = by?.actor.t === 'user' ? by.actor.id : null
  const forPrivileged = by === null || (await mayWrite(ctx, by, WRITE_ADMINISTRATORS)(tx)).ok
  await addEnrolment(tx, hashOf(token), { principalId: personId, madeBy, forPrivileged, endsAt }, now)
  return ok({ personId, upn: person.upn, token, endsAt })
}

const about = (personId: string, action: string, data: Readonly<Record<string, string>> = {}) => ({
  subject: 'person',
  subjectId: personId,
  action,
  principalId: personId,
  data,
})

/**
 * Makes a link for somebody: a person with the right to change them, on a sign-in by more than a password; never for oneself. `life` in
 * milliseconds. Faults: `Forbidden`, `PrincipalNotAllowed`, `MfaRequired`, `ResourceNotFound`, `AccountDisabled`.
 */
export function makeEnrolment(ctx: Ctx, call: Call, personId: string, life: number): Promise<Result<Enrolment>> {
  const { actor } = call
  const told = about(personId, 'makeEnrolment')
  const edit = async (tx: Sql): Promise<Result<Edit<Enrolment>>> => {
    const detail = actor.t !== 'user' ? 'only people make enrolment links' : 'add ways to sign in on your own account page'
    if (actor.t !== 'user' || actor.id === personId) return refuse(fault('PrincipalNotAllowed', { detail }))
    if (!actor.proof.amr.includes('mfa')) return refuse(fault('MfaRequired'))
    const made = await makeWithin(ctx, tx, personId, call, life)
    return made.ok ? ok({ value: made.value, told }) : made
  }
  return administer(ctx, call, told, edit, {}, null, mayWriteUser(ctx, call, personId))
}

/** The same by whoever holds the data folder. Faults: `SubjectNotFound`, `AccountDisabled`. */
export const makeEnrolmentHere = (ctx: Ctx, upn: string, life: number): Promise<Result<Enrolment>> =>
  carrying(() =>
    ctx.db.transaction(async (tx) => {
      const person = await selectSignInNamed(tx, upn)
      if (!person) throw new Refusal(fault('SubjectNotFound', { id: upn }))
      const made = await makeWithin(ctx, tx, person.id, null, life)
      if (!made.ok) throw new Refusal(made.fault)
      const now = ctx.now()
      const call = { actor: OPERATOR, correlationId: ctx.ids() }
      await recordOwn(ctx, tx, toldEvent(ctx, call, now, 'change', about(person.id, 'makeEnrolment')), null)
      return made.value
    }),
  )

export type First =
  | { readonly t: 'made'; readonly link: Enrolment }
  | { readonly t: 'waiting'; readonly upn: string; readonly endsAt: Instant }

/** A link for the first administrator, where none can sign in and this is no sample; null where nothing is to be done. */
export async function enrolFirst(ctx: Ctx): Promise<First | null> {
  if (await selectSample(ctx.db)) return null
  const first = await selectFirstAdministrator(ctx.db, ctx.now())
  if (!first || first.able) return null
  // One that was made already is left to whoever has it.
  const endsAt = await liveEnrolment(ctx.db, first.id, ctx.now())
  if (endsAt !== null) return { t: 'waiting', upn: first.upn, endsAt }
  const made = await makeEnrolmentHere(ctx, first.upn, ENROLMENT.usual)
  return made.ok ? { t: 'made', link: made.value } : null
}

/** Does the link reach so far still? Whoever has come to privilege since is enrolled by nobody who could not change them now. */
const stillReaches = async (ctx: Ctx, tx: Sql, { principalId, forPrivileged }: Enrols): Promise<boolean> =>
  forPrivileged || !(await isPrivileged(tx, principalId, ctx.now()))

/**
 * Opens a link in a browser, which is to keep the answer; from now on it opens nowhere else. `known` is what the browser keeps already:
 * who opens the link again there goes on. Fault: `EnrolmentOver`.
 */
export async function openEnrolment(ctx: Ctx, token: string, known: string | null): Promise<Result<string>> {
  if (known !== null && (await isBoundTo(ctx.db, hashOf(token), hashOf(known), ctx.now()))) return ok(known)
  const browser = randomBytes(32).toString('base64url')
  return carrying(() =>
    ctx.db.transaction(async (tx) => {
      const now = ctx.now()
      const bound = await bindEnrolment(tx, hashOf(token), hashOf(browser), now)
      if (!bound || !(await stillReaches(ctx, tx, bound))) throw new Refusal(fault('EnrolmentOver'))
      const call = { actor: OPERATOR, correlationId: ctx.ids() }
      await record(tx, [toldEvent(ctx, call, now, 'change', about(bound.principalId, 'openEnrolment'))], now)
      return browser
    }),
  )
}

/** Who enrols in this browser. Fault: `EnrolmentOver`. */
export async function enrolling(ctx: Ctx, browser: string): Promise<Result<Person>> {
  const found = await selectEnrolment(ctx.db, hashOf(browser), ctx.now())
  const person = found && (await stillReaches(ctx, ctx.db, found)) && (await signedInPerson(ctx, found.principalId))
  return person ? ok(person) : refuse(fault('EnrolmentOver'))
}

/** Uses the link up with what it was for, and answers the new recovery codes. */
const complete = (ctx: Ctx, browser: string, how: string, work: (tx: Sql, personId: string) => Promise<Result<unknown>>) =>
  carrying(() =>
    ctx.db.transaction(async (tx) => {
      const now = ctx.now()
      // The person is held before the link, as where one is made: the other way round, the two would wait for each other.
      const id = (await selectEnrolment(tx, hashOf(browser), now))?.principalId
      const enabled = id !== undefined && (await lockPrincipal(tx, id))?.enabled
      const used = enabled ? await useEnrolment(tx, hashOf(browser), now) : null
      if (id === undefined || !used || !(await stillReaches(ctx, tx, used))) throw new Refusal(fault('EnrolmentOver'))
      const done = await work(tx, id)
      if (!done.ok) throw new Refusal(done.fault)
      const codes = await makeRecoveryCodes(tx, id)
      const proof = { amr: [], acrs: [], at: null }
      const actor = { t: 'user', id, proof, scopes: null, app: null, ip: null } as const
      await recordOwn(ctx, tx, toldEvent(ctx, { actor, correlationId: ctx.ids() }, now, 'change', about(id, 'enrol', { by: how })), null)
      return codes
    }),
  )

/** Enrols a passkey; answers the recovery codes. Faults: `EnrolmentOver`, `CeremonyOver`, `PasskeyRefused`. */
export async function enrolPasskey(ctx: Ctx, browser: string, publicUrl: string, name: string, answer: string) {
  const person = await enrolling(ctx, browser)
  if (!person.ok) return person
  const made = await judgeRegistration(ctx, browser, publicUrl, person.value.id, answer)
  if (!made.ok) return made
  return complete(ctx, browser, 'passkey', (tx, id) => keepPasskey(ctx, tx, id, name, made.value))
}

/** A password for the enrolment, kept until a first code confirms it. Faults: `EnrolmentOver`, `WeakPassword`, `PrincipalNotAllowed`. */
export async function enrolPassword(ctx: Ctx, browser: string, password: string): Promise<Result<NewGenerator>> {
  const person = await enrolling(ctx, browser)
  if (!person.ok) return person
  const { upn, id } = person.value
  const accepted = acceptable(password, person.value)
  if (!accepted.ok) return accepted
  const secret = newGeneratorSecret()
  const sealed = sealGenerator(ctx, id, secret).toString('base64url')
  await beginCeremony(ctx, 'new', browser, { password: await hashPassword(password), sealed }, STEP)
  return ok(describeGenerator(ctx, secret, upn))
}

/** What was begun by `enrolPassword`, to be shown again; null if nothing. */
export async function enrolledSoFar(ctx: Ctx, browser: string, person: Person): Promise<NewGenerator | null> {
  const begun = await lookAtCeremony(ctx, 'new', browser)
  return typeof begun?.sealed === 'string' ? describeGenerator(ctx, openSealed(ctx, person.id, begun.sealed), person.upn) : null
}

const openSealed = (ctx: Ctx, personId: string, sealed: string): string =>
  ctx.sealer.open(Buffer.from(sealed, 'base64url'), `code generator ${personId}`)

/** The first code: password and generator hold from now on. Faults: `EnrolmentOver`, `CeremonyOver`, `WrongCode`. */
export async function enrolCode(ctx: Ctx, browser: string, code: string): Promise<Result<readonly string[]>> {
  const person = await enrolling(ctx, browser)
  if (!person.ok) return person
  const begun = await lookAtCeremony(ctx, 'new', browser)
  if (typeof begun?.sealed !== 'string' || typeof begun.password !== 'string') return refuse(fault('CeremonyOver'))
  const { sealed, password } = begun as { sealed: string; password: string }
  const step = stepOf(ctx, openSealed(ctx, person.value.id, sealed), code)
  if (step === null) return refuse(fault('WrongCode'))
  return complete(ctx, browser, 'password and code', async (tx, id) => {
    if (!(await endCeremony(ctx, tx, 'new', browser))) return refuse(fault('CeremonyOver'))
    const now = ctx.now()
    await writePassword(tx, id, { password, passwordGrant: false, methods: ['pwd'], contexts: [], stated: false }, now)
    await writeGenerator(tx, id, Buffer.from(sealed, 'base64url'), step, now)
    await endSignIns(tx, id, now)
    return ok(true)
  })
}
