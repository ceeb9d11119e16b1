// Passwords: argon2id, a bounded number of checks at once, and what may not be one.

import { hash, verify } from '@node-rs/argon2'
import { SHORTEST_PASSWORD, weaknessOf } from '../domain/access/passwords.ts'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'

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

// Written in one way, however a keyboard composes its letters.
const plain = (password: string): string => password.normalize('NFKC')

/** argon2id, by the library's own choice of kind and with the costs that are recommended for a server. */
export const hashPassword = (password: string): Promise<string> =>
  hash(plain(password), { memoryCost: 19_456, timeCost: 2, parallelism: 1 })

// What the password of nobody is compared with.
let nobody: Promise<string> | null = null

/** Does the password fit what is stored? The work is the same where nothing is. Null: too many are being checked. */
export async function fits(stored: string | null, password: string): Promise<boolean | null> {
  const known = password.length > 0 && password.length <= MAX_PASSWORD
  nobody ??= hashPassword('nobody')
  const against = stored ?? (await nobody)
  const same = await withRoom(() => verify(against, known ? plain(password) : 'x'))
  return same === null ? null : same && known && stored !== null
}

interface Owner {
  readonly upn: string
  readonly displayName: string
  readonly emergency: boolean
}

const NO_PASSWORD = 'an account for emergencies signs in with a passkey or its sealed secret, and has no password'

/** May it be somebody's password from now on? Faults: `WeakPassword`, `PrincipalNotAllowed`. */
export function acceptable(password: string, { upn, displayName, emergency }: Owner): Result<true> {
  if (emergency) return refuse(fault('PrincipalNotAllowed', { detail: NO_PASSWORD }))
  if (password.length < SHORTEST_PASSWORD || password.length > MAX_PASSWORD)
    return refuse(fault('WeakPassword', { detail: `it has ${SHORTEST_PASSWORD} to ${MAX_PASSWORD} characters` }))
  const weakness = weaknessOf(plain(password), [upn, displayName])
  return weakness === null ? ok(true) : refuse(fault('WeakPassword', { detail: weakness }))
}
