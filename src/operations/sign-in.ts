// People at the authority: a password, a code after it, or what a sample's operator stated. Whoever is unknown is answered like whoever
// is wrong, after the same work; what else an account has is told only to whoever knew its password.

import { setTimeout as sleep } from 'node:timers/promises'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { countAttempt, isStated, type SignInRow, selectSample, selectSignIn, selectSignInNamed } from '../store/authority-people.ts'
import { touchSealedSecret } from '../store/emergency.ts'
import { lockPrincipal } from '../store/enabled.ts'
import type { Sql } from '../store/sql.ts'
import { reachesPrivilege } from '../store/ways-in.ts'
import { carrying, Refusal } from './carried-refusal.ts'
import { beginCeremony, endCeremony, lookAtCeremony } from './ceremonies.ts'
import { takeCode } from './code-generators.ts'
import type { Ctx } from './context.ts'
import { fitsAtDirectory } from './directory-sign-in.ts'
import { checkSealed } from './emergency-access.ts'
import { alarmGuess, SEALED_METHODS } from './emergency-sign-in.ts'
import { fits } from './password.ts'
import { isTakenAsStated } from './password-alone.ts'
import { hashOf } from './secret-hash.ts'
import { beginSession, type Evidence, lackOf, type Wish } from './sessions.ts'
import { type Counted, countGuess, type From, forgetGuess, placeOf, WINDOW_MS } from './throttle.ts'

export type Person = Omit<SignInRow, 'password'>

/** Sign-ins that one address, or one known browser, may have begun within the window: each keeps a row until it ends. */
const MOST_BEGUN = 1_000

/** Counts a sign-in that begins. Whoever begins one has shown nothing yet. Fault: `TooManySignIns`. */
export async function beginSignIn(ctx: Ctx, address: string | null, browser: string | null = null): Promise<Result<true>> {
  const now = ctx.now()
  const [counted] = await countAttempt(ctx.db, [hashOf(`begun\n${placeOf(ctx, { address, browser })}`)], now, now + WINDOW_MS)
  return (counted?.failures ?? 0) > MOST_BEGUN ? refuse(fault('TooManySignIns')) : ok(true)
}

const personOf = ({ password: _, ...person }: SignInRow): Person => person

/** The person of an id, if they may sign in now; null if not. */
export async function signedInPerson(ctx: Ctx, id: string): Promise<Person | null> {
  const row = await selectSignIn(ctx.db, id)
  return row?.enabled ? personOf(row) : null
}

/** What a sign-in is for, and where it comes from. */
export interface Around extends From {
  /** Null for our own pages. */
  readonly appId: string | null
  /** What the browser or program calls itself. */
  readonly agent: string | null
  /** The one request that the proof is made for. */
  readonly bound: string | null
  readonly correlationId: string
  /** What an application's challenge wants of the proof. */
  readonly wish: Wish
  /** The new session's cookie, for our own pages. */
  readonly cookie?: string
}

export interface SignedIn {
  readonly person: Person
  /** The session that began. */
  readonly session: string
}

export interface Proven {
  readonly methods: readonly string[]
  readonly contexts?: readonly string[]
  /** How, for the event. */
  readonly by: string
}

/**
 * Ends a sign-in: the session of a person who has proved who they are, with its event. `spend` uses up what was shown, in the same
 * transaction. Faults: `AccountDisabled`, `ProofTooWeak`, and those of `spend`.
 */
export async function admit(
  ctx: Ctx,
  personId: string,
  proven: Proven,
  around: Around,
  spend: (tx: Sql, now: SignInRow) => Promise<Result<unknown>>,
): Promise<Result<SignedIn>> {
  const { appId, agent, correlationId, address, cookie, bound, wish } = around
  const evidence: Evidence = {
    methods: proven.methods,
    provenAt: ctx.now(),
    contexts: proven.contexts ?? [],
    providerId: null,
    compliantDevice: false,
    bound,
  }
  return carrying(() =>
    ctx.db.transaction(async (tx) => {
      // Held still: whoever is disabled, or given another password, at this moment is so before or after, never in between.
      await lockPrincipal(tx, personId)
      const row = await selectSignIn(tx, personId)
      if (!row?.enabled) throw new Refusal(fault('AccountDisabled'))
      const spent = await spend(tx, row)
      if (!spent.ok) throw new Refusal(spent.fault)
      const lacks = lackOf(ctx, wish, { ...evidence, address })
      if (lacks !== null) throw new Refusal(fault('ProofTooWeak', { detail: lacks }))
      const more = { appId, address, agent, correlationId, by: proven.by, ...(cookie === undefined ? {} : { cookie }) }
      return { person: personOf(row), session: await beginSession(ctx, tx, { personId, evidence, ...more }) }
    }),
  )
}

interface Right {
  readonly row: SignInRow
  readonly counted: Counted
}

/** A wrong password is answered no sooner than this after it was judged. */
const WRONG_MS = 100

/** Is it the password of whoever has this name? Faults: `SignInLocked`, `ServiceUnavailable`, `WrongPassword`, `AccountDisabled`. */
async function judgePassword(ctx: Ctx, name: string, password: string, from: From): Promise<Result<Right>> {
  const found = name.includes('\0') ? null : await selectSignInNamed(ctx.db, name.trim())
  // Counted by the person: each of their names would be good for as many guesses again.
  const counted = await countGuess(ctx, 'password', found?.id ?? name.trim().toLowerCase(), from)
  if (!counted.ok) return counted
  // An account for emergencies has a sealed secret for a password, and no other; the work is the same.
  const here = found?.emergency ? await checkSealed(ctx, found.id, password) : await fits(found?.password ?? null, password)
  const there =
    here === false && (await fitsAtDirectory(ctx, found && !found.emergency && found.password === null ? found.id : null, password))
  const right = here === null ? null : here || there
  if (right === null) return refuse(fault('ServiceUnavailable'))
  if (!right || !found) {
    const { failures, most } = counted.value
    // The alarm is written while everybody waits, so that its work tells nobody which accounts have one.
    const alarm = found?.emergency ? alarmGuess(ctx, found.id, failures, most, from.address) : null
    await Promise.all([alarm, sleep(WRONG_MS)])
    return refuse(fault('WrongPassword'))
  }
  if (!found.enabled) return refuse(fault('AccountDisabled'))
  return ok({ row: found, counted: counted.value })
}

export interface Typed {
  readonly name: string
  readonly password: string
}

/**
 * Signs a person in by a password that an application sent: only in a sample installation. Faults: `NotASample`, `SignInLocked`,
 * `WrongPassword`, `AccountDisabled`, `PasswordGrantRefused`, `ServiceUnavailable`, `ProofTooWeak`.
 */
export async function signInByGrant(ctx: Ctx, { name, password }: Typed, around: Around): Promise<Result<SignedIn>> {
  if (!(await selectSample(ctx.db))) return refuse(fault('NotASample'))
  const right = await judgePassword(ctx, name, password, around)
  if (!right.ok) return right
  const { row, counted } = right.value
  if (!row.passwordGrant || !row.stated || row.emergency)
    return refuse(fault('PasswordGrantRefused', { detail: 'this account was not marked for it' }))
  if (row.generator) return refuse(fault('PasswordGrantRefused', { detail: 'this account has a second factor: sign in on the page' }))
  return byPassword(ctx, row, true, counted, around)
}

/** What a sample's operator stated counts as what they said; elsewhere, and of any other, a password is a password. */
const A_PASSWORD = { methods: ['pwd'], contexts: [] } as const

const byPassword = (ctx: Ctx, row: SignInRow, known: boolean, counted: Counted, around: Around): Promise<Result<SignedIn>> =>
  admit(
    ctx,
    row.id,
    { ...(known ? { methods: row.methods, contexts: row.contexts } : A_PASSWORD), by: 'password' },
    around,
    async (tx, { generation }) => {
      if (generation !== row.generation) return refuse(fault('WrongPassword'))
      await forgetGuess(tx, counted)
      return ok(true)
    },
  )

export type Step = { readonly t: 'in'; readonly signed: SignedIn } | { readonly t: 'code' }

/**
 * A password on our page; `at` is what the browser is bound by. Who has a code generator is asked for a code next; who reaches for
 * privilege needs one. Faults: as of `signInByGrant`, and `SecondFactorRequired`.
 */
export async function signInByPassword(ctx: Ctx, at: string, { name, password }: Typed, around: Around): Promise<Result<Step>> {
  const right = await judgePassword(ctx, name, password, around)
  if (!right.ok) return right
  const { row, counted } = right.value
  if (row.emergency) {
    const signed = await admit(ctx, row.id, { methods: SEALED_METHODS, by: 'sealedSecret' }, around, async (tx, { generation }) => {
      // A new secret since, or an account for emergencies no longer.
      if (generation !== row.generation) return refuse(fault('WrongPassword'))
      await forgetGuess(tx, counted)
      await touchSealedSecret(tx, row.id, ctx.now())
      return ok(true)
    })
    return signed.ok ? ok({ t: 'in', signed: signed.value }) : signed
  }
  if (row.generator) {
    await forgetGuess(ctx.db, counted)
    await beginCeremony(ctx, 'second', at, { personId: row.id, generation: row.generation })
    return ok({ t: 'code' })
  }
  const known = await isTakenAsStated(ctx, row)
  if (!known && (await reachesPrivilege(ctx.db, row.id, ctx.now()))) return refuse(fault('SecondFactorRequired'))
  const signed = await byPassword(ctx, row, known, counted, around)
  return signed.ok ? ok({ t: 'in', signed: signed.value }) : signed
}

/** Is this browser asked for a code now? */
export const asksForCode = async (ctx: Ctx, at: string): Promise<boolean> => (await lookAtCeremony(ctx, 'second', at)) !== null

/** The code after the password. Faults: `CeremonyOver`, `SignInLocked`, `WrongCode`, `AccountDisabled`, `ProofTooWeak`. */
export async function signInByCode(ctx: Ctx, at: string, code: string, around: Around): Promise<Result<SignedIn>> {
  const begun = await lookAtCeremony(ctx, 'second', at)
  const personId = begun?.personId
  if (typeof personId !== 'string') return refuse(fault('CeremonyOver'))
  const counted = await countGuess(ctx, 'code', personId, around)
  if (!counted.ok) return counted
  return admit(ctx, personId, { methods: ['pwd', 'otp', 'mfa'], by: 'code' }, around, async (tx, { generation }) => {
    // Another password since, or an end to all sign-ins: the one that was right is worth nothing any more.
    if (generation !== begun?.generation) return refuse(fault('CeremonyOver'))
    const taken = await takeCode(ctx, tx, personId, code)
    if (!taken.ok) return taken
    if (!(await endCeremony(ctx, tx, 'second', at))) return refuse(fault('CeremonyOver'))
    await forgetGuess(tx, counted.value)
    return ok(true)
  })
}

export interface Offers {
  /** Why it would not do, in words; null where it would. */
  readonly passkey: string | null
  readonly password: string | null
}

/** What of the ways to sign in here can satisfy a wish now, from this address. */
export async function offersOf(ctx: Ctx, wish: Wish, address: string | null): Promise<Offers> {
  const of = (methods: readonly string[]) =>
    lackOf(ctx, wish, { methods, provenAt: ctx.now(), contexts: [], providerId: null, compliantDevice: false, bound: null, address })
  const password = of(['pwd', 'otp', 'mfa'])
  // What a sample's passwords count as is stated, one by one.
  const stated = password !== null && (await selectSample(ctx.db)) && (await isStated(ctx.db, wish.contexts, wish.methods))
  return { passkey: of(['fido', 'passkey', 'mfa']), password: stated ? null : password }
}

/** Forgets a password that was right: this browser begins again. */
export const startOver = (ctx: Ctx, at: string) => endCeremony(ctx, ctx.db, 'second', at)
