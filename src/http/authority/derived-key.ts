// Keys for cookies and forms, derived from the signing keys: every process has them, and nothing more lies on a disk.

import { hkdfSync } from 'node:crypto'
import { exportJWK } from 'jose'
import type { SigningKey } from '../auth/keys.ts'

/** A key for one purpose. */
export async function derivedKey(key: SigningKey, purpose: string): Promise<string> {
  const { d = '' } = await exportJWK(key.privateKey)
  return Buffer.from(hkdfSync('sha256', d, '', purpose, 32)).toString('base64url')
}
