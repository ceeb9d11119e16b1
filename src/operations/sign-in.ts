// People at the authority. Until their own sign-in exists, a password set by the operator of a sample installation is the only way in.
// Whoever is unknown is answered like whoever is wrong, after the same work; attempts are counted before they are judged.

import { hash, verify } from '@node-rs/argon2'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { MINUTE } from '../domain/time.ts'
import { countAttempt, forgetAttempts, type SignInRow, selectSample, selectSignIn, selectSignInNamed } from '../store/authority-people.ts'
import type { Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'
import { beginSession } from './sessions.ts'

export type Person = Omit<SignInRow, 'password'>

const WINDOW_MS = 15 * MINUTE
/** Failed attempts within the window. An address may stand for many people. */
const MOST = { account: 10, address: 60 } as const
export const MAX_PASSWORD = 256

// Each check takes some 20 MB and a thread: no more of them at once than leaves room for everybody else.
const AT_ONCE = 2
const WAITING = 32
let running = 0
const queue: (() => void)[] = []

async function withRoom<T>(work: () => Promise<T>): Promise<T | null> {
  if (running >= AT_ONCE) {
    if (queue.length >= WAITING) return null
    await new Promise<void>((go) => queue.push(go))
  } else running += 1
  try {
    return await work()
  } finally {
    const next = queue.shift()
    if (next) next()
    else running -= 1
  }
}

/** argon2id, by the library's own choice of kind and with the costs that are recommended for a server. */
export const hashPassword = (password: string): Promise<string> => hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

// What the password of nobody is compared with.
let nobody: Promise<string> | null = null

/** Does the password fit? Null: too many are being checked. */
async function fits(stored: string | null, password: string): Promise<boolean | null> {
  const known = password.length > 0 && password.length <= MAX_PASSWORD
  nobody ??= hashPassword('nobody')
  const against = stored ?? (await nobody)
  const same = await withRoom(() => verify(against, known ? password : 'x'))
  return same === null ? null : same && known && stored !== null
}

/** Sign-ins that one address may have begun within the window: each keeps a row until it ends. */
const MOST_BEGUN = 1_000

/** Counts a sign-in that begins. Whoever begins one has shown nothing yet. Fault: `TooManySignIns`. */
export async function beginSignIn(ctx: Ctx, address: string | null): Promise<Result<true>> {
  const now = ctx.now()
  const [counted] = await countAttempt(ctx.db, [hashOf(`begun\n${address ?? ''}`)], now, now + WINDOW_MS)
  return (counted?.failures ?? 0) > MOST_BEGUN ? refuse(fault('TooManySignIns')) : ok(true)
}

const personOf = ({ password: _, ...person }: SignInRow): Person => person

/** The person of an id, if they may sign in now; null if not. */
export async function signedInPerson(ctx: Ctx, id: string): Promise<Person | null> {
  const row = await selectSignIn(ctx.db, id)
  return row?.enabled ? personOf(row) : null
}

export interface Attempt {
  readonly name: string
  readonly password: string
  /** Where it comes from; null where nobody knows. */
  readonly address: string | null
  /** How: on our page, or sent by an application. */
  readonly by: 'page' | 'application'
  readonly appId: string
  /** What the browser or program calls itself. */
  readonly agent: string | null
  /** The one request that the proof is made for. */
  readonly bound: string | null
  readonly correlationId: string
}

export interface SignedIn {
  readonly person: Person
  /** The session that began. */
  readonly session: string
}

/** Signs a person in by password. Faults: `NotASample`, `SignInLocked`, `WrongPassword`, `AccountDisabled`, `PasswordGrantRefused`, `ServiceUnavailable`. */
export async function signInByPassword(ctx: Ctx, attempt: Attempt): Promise<Result<SignedIn>> {
  const { db } = ctx
  if (!(await selectSample(db))) return refuse(fault('NotASample'))
  const found = attempt.name.includes('\0') ? null : await selectSignInNamed(db, attempt.name.trim())
  // Counted by the person: each of their names would be good for as many guesses again.
  const account = hashOf(`account\n${found?.id ?? attempt.name.trim().toLowerCase()}`)
  const address = hashOf(`address\n${attempt.address ?? ''}`)
  const began = ctx.now()
  const counted = await countAttempt(db, [account, address], began, began + WINDOW_MS)
  const over = counted.some(({ key, failures }) => failures > (key === account ? MOST.account : MOST.address))
  if (over) return refuse(fault('SignInLocked'))
  const right = await fits(found?.password ?? null, attempt.password)
  if (right === null) return refuse(fault('ServiceUnavailable'))
  if (!right || !found) return refuse(fault('WrongPassword'))
  if (!found.enabled) return refuse(fault('AccountDisabled'))
  if (attempt.by === 'application' && !found.passwordGrant)
    return refuse(fault('PasswordGrantRefused', { detail: 'this account was not marked for it' }))
  const session = await db.transaction(async (tx) => {
    await forgetAttempts(tx, account, address)
    const evidence = {
      methods: found.methods,
      provenAt: ctx.now(),
      contexts: found.contexts,
      providerId: null,
      compliantDevice: false,
      bound: attempt.bound,
    }
    const { appId, agent, correlationId } = attempt
    return beginSession(ctx, tx, { personId: found.id, evidence, appId, address: attempt.address, agent, correlationId, by: 'password' })
  })
  return ok({ person: personOf(found), session })
}
