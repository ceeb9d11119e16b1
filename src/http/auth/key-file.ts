// The signing key at rest: PKCS#8 PEM in a file that only its owner can read, made at the first start.

import { mkdir, open, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ALGORITHMS, exportSigningKey, generateSigningKey, importSigningKey, type SigningKey } from './keys.ts'

/** Reads the key, of whichever algorithm it is. Throws when the file is missing, open to others, or holds no such key. */
export async function readSigningKey(file: string): Promise<SigningKey> {
  const { mode } = await stat(file)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0)
    throw new Error(`the signing key \`${file}\` can be read by others: make its mode 600`)
  const pem = await readFile(file, 'utf8')
  for (const algorithm of ALGORITHMS) {
    const key = await importSigningKey(pem, algorithm).catch(() => null)
    if (key) return key
  }
  throw new Error(`\`${file}\` holds no private key in PKCS#8 PEM of ${ALGORITHMS.join(' or ')}`)
}

/** Reads the key, or makes it when there is none yet. */
export async function ensureSigningKey(file: string): Promise<SigningKey> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const fresh = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null
    throw error
  })
  if (fresh === null) return readSigningKey(file)
  try {
    const key = await generateSigningKey()
    await fresh.writeFile(await exportSigningKey(key))
    await fresh.sync()
    return key
  } finally {
    await fresh.close()
  }
}
