// Several signing keys at once: the newest signs, and each older one verifies until the last token it can have signed has ended. They
// lie side by side, `signing.pem` first, then `signing-2.pem` and so on; every process looks at the folder again and again.

import { link, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { HOUR, type Instant, MINUTE } from '../../domain/time.ts'
import { readSigningKey } from './key-file.ts'
import { exportSigningKey, generateSigningKey, type SigningKey } from './keys.ts'

/** The longest that a token of ours lives, and what clocks may differ. */
const TOKEN_LIFE_MS = HOUR + 5 * MINUTE
/** How long a file stays after its key verifies nothing more. */
const KEPT_MS = 24 * HOUR
/** A token of an unknown key makes us look, but no more often than this. */
const REST_MS = 200

interface Held {
  readonly number: number
  readonly file: string
  readonly key: SigningKey
  readonly madeAt: number
}

export interface KeyRing {
  signing(): SigningKey
  /** All that verify now, the newest first. */
  verifying(): readonly SigningKey[]
  /** Looks at the folder again. */
  look(): Promise<void>
  /** The same for a token whose key is not known: perhaps another process has made one. */
  glance(): Promise<void>
}

const numberOf = (file: string, name: string): number | null => {
  const stem = basename(file, '.pem')
  if (name === basename(file)) return 1
  const m = name.startsWith(`${stem}-`) ? /^-(\d{1,6})\.pem$/.exec(name.slice(stem.length)) : null
  return m ? Number(m[1]) : null
}

const fileOf = (file: string, number: number): string => (number === 1 ? file : file.replace(/(?:\.pem)?$/, `-${number}.pem`))

async function numbersIn(file: string): Promise<readonly number[]> {
  const names = await readdir(dirname(file))
  const found = names.map((name) => numberOf(file, name)).filter((n) => n !== null)
  return (found.length > 0 ? found : [1]).sort((a, b) => b - a)
}

/** Opens the ring that begins with this file, which must be there. Throws where a key is open to others or cannot be read. */
export async function openKeyRing(file: string, now: () => Instant): Promise<KeyRing> {
  let held: readonly Held[] = []
  let lookedAt = Number.NEGATIVE_INFINITY
  let looking: Promise<void> | null = null
  const hold = async (number: number): Promise<Held> => {
    const path = fileOf(file, number)
    const known = held.find((one) => one.number === number)
    const [key, { mtimeMs }] = await Promise.all([known?.key ?? readSigningKey(path), stat(path)])
    return { number, file: path, key, madeAt: mtimeMs }
  }
  const read = async () => {
    held = await Promise.all((await numbersIn(file)).map(hold))
  }
  const look = (): Promise<void> => {
    lookedAt = now()
    looking ??= read().finally(() => {
      looking = null
    })
    return looking
  }
  await look()
  return {
    signing: () => held[0]!.key,
    verifying: () => held.filter((_, i) => i === 0 || held[i - 1]!.madeAt + TOKEN_LIFE_MS > now()).map(({ key }) => key),
    look,
    glance: async () => (now() - lookedAt >= REST_MS ? look() : undefined),
  }
}

/** Makes the next key of a ring, which signs from now on. Answers its name. Throws where another process made one at the same time. */
export async function rotateKey(file: string, now: Instant): Promise<string> {
  const numbers = await numbersIn(file)
  const next = fileOf(file, (numbers[0] ?? 1) + 1)
  const key = await generateSigningKey()
  // Written aside and linked into place: nobody reads half a key, and of two who rotate at once one is told.
  const aside = join(dirname(file), `.${key.kid}.new`)
  await writeFile(aside, await exportSigningKey(key), { mode: 0o600, flag: 'wx' })
  try {
    await link(aside, next)
  } finally {
    await rm(aside, { force: true })
  }
  await tidy(file, numbers, now)
  return key.kid
}

/** Removes files whose keys have verified nothing for a day; never the first, which may be somebody else's to look after. */
async function tidy(file: string, numbers: readonly number[], now: Instant): Promise<void> {
  for (const [i, number] of numbers.entries()) {
    const newer = i === 0 || number === 1 ? null : await stat(fileOf(file, numbers[i - 1]!))
    if (newer && newer.mtimeMs + TOKEN_LIFE_MS + KEPT_MS < now) await rm(fileOf(file, number), { force: true })
  }
}
