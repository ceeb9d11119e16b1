// Guesses are counted so that nobody can lock somebody else out: by where they come from, and for the account as a whole only those
// from browsers that never signed in to it. A browser that did holds a sealed cookie, and has a budget of its own.

import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { DAY, MINUTE } from '../domain/time.ts'
import { countAttempt, forgetAttempts } from '../store/authority-people.ts'
import type { Sql } from '../store/sql.ts'
import type { Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'

export const WINDOW_MS = 15 * MINUTE
/**
 * Failures within the window: of a known browser; of an account from one address; of an address, which may stand for many people; of an
 * account from wherever it is not known.
 */
const MOST = { browser: 10, place: 10, address: 60, account: 100 } as const

const ABOUT = 'known browsers'
const KNOWN_FOR = 180 * DAY
/** People that one browser is known for, the latest first. */
const MOST_KNOWN = 5

/** Who, how a browser is called for them, and since when. */
type Known = readonly [personId: string, browser: string, since: number]

function knownIn(ctx: Ctx, cookie: string | null): readonly Known[] {
  if (cookie === null) return []
  try {
    const list = JSON.parse(ctx.sealer.open(Buffer.from(cookie, 'base64url'), ABOUT)) as readonly Known[]
    return list.filter(([, , since]) => ctx.now() - since < KNOWN_FOR)
  } catch {
    return []
  }
}

/** The cookie of a browser after somebody has signed in with it. */
export function rememberBrowser(ctx: Ctx, cookie: string | null, personId: string): string {
  const known = knownIn(ctx, cookie)
  const [, id] = known.find(([who]) => who === personId) ?? []
  const mine: Known = [personId, id ?? ctx.ids(), ctx.now()]
  const list = [mine, ...known.filter(([who]) => who !== personId)].slice(0, MOST_KNOWN)
  return ctx.sealer.seal(JSON.stringify(list), ABOUT).toString('base64url')
}

/** What stands for where a sign-in begins: the browser, if anybody ever signed in with it, else the address. */
export const placeOf = (ctx: Ctx, { address, browser }: From): string => knownIn(ctx, browser)[0]?.[1] ?? address ?? ''

export interface From {
  readonly address: string | null
  /** The cookie of a browser that signed in before. */
  readonly browser: string | null
}

export interface Counted {
  /** Keys of failures that a success forgets, and of those it takes one back of. */
  readonly own: readonly string[]
  readonly shared: readonly string[]
  /** Failures in a row from where this one comes, this one counted in; and how many there may be. */
  readonly failures: number
  readonly most: number
}

/**
 * Counts a guess before it is judged, so that many at once get no more tries than one after the other. `account` is the person's id, or
 * the name that nobody has; `kind` keeps guesses of a password apart from those of a code. Fault: `SignInLocked`.
 */
export async function countGuess(ctx: Ctx, kind: 'password' | 'code', account: string, from: From): Promise<Result<Counted>> {
  const known = knownIn(ctx, from.browser).find(([who]) => who === account)
  const key = (...parts: readonly (string | null)[]) => hashOf([kind, ...parts].join('\n'))
  const limits: readonly (readonly [string, number])[] = known
    ? [[key('browser', account, known[1]), MOST.browser]]
    : [
        [key('place', account, from.address), MOST.place],
        [key('address', from.address), MOST.address],
        [key('account', account), MOST.account],
      ]
  const now = ctx.now()
  const keys = limits.map(([one]) => one)
  const counted = await countAttempt(ctx.db, keys, now, now + WINDOW_MS)
  const failuresOf = (one: string) => counted.find((c) => c.key === one)?.failures ?? 0
  if (limits.some(([one, most]) => failuresOf(one) > most)) return refuse(fault('SignInLocked'))
  const [[first = '', most = 0] = []] = limits
  return ok({ own: [first], shared: keys.slice(1), failures: failuresOf(first), most })
}

/** It was no failure. */
export const forgetGuess = (tx: Sql, { own, shared }: Pick<Counted, 'own' | 'shared'>): Promise<void> => forgetAttempts(tx, own, shared)
