// Signing keys: RS256 or ES256, named by their thumbprint, so that a token says which key to ask and two keys can be
// valid while one replaces the other.

import { type CryptoKey, calculateJwkThumbprint, exportJWK, exportPKCS8, generateKeyPair, importJWK, importPKCS8, type JWK } from 'jose'

export const ALGORITHMS = ['RS256', 'ES256'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** A key that can only check. */
export interface VerifyingKey {
  readonly kid: string
  readonly alg: Algorithm
  readonly publicKey: CryptoKey
  /** The public half, as published in the key set. */
  readonly jwk: JWK
}

export interface SigningKey extends VerifyingKey {
  readonly privateKey: CryptoKey
}

/**
 * Makes a new key. RS256 by default: tokens are checked far more often than they are signed, and an RSA signature is checked in a
 * quarter of the time. The chance is the key generator's own.
 */
export async function generateSigningKey(alg: Algorithm = 'RS256'): Promise<SigningKey> {
  const { privateKey } = await generateKeyPair(alg, { extractable: true, modulusLength: 2048 })
  return fromPrivate(privateKey, alg)
}

/** Reads a private key from PKCS#8 PEM; throws when it is none, for a broken key file is nothing a caller can mend. */
export async function importSigningKey(pem: string, alg: Algorithm = 'RS256'): Promise<SigningKey> {
  return fromPrivate(await importPKCS8(pem, alg, { extractable: true }), alg)
}

/** Writes the private half as PKCS#8 PEM, for a file of mode 600. */
export const exportSigningKey = (key: SigningKey): Promise<string> => exportPKCS8(key.privateKey)

/** The published key set: public halves only. */
export const keySet = (keys: readonly VerifyingKey[]): { readonly keys: readonly JWK[] } => ({ keys: keys.map(({ jwk }) => jwk) })

async function fromPrivate(privateKey: CryptoKey, alg: Algorithm): Promise<SigningKey> {
  const { kty, n, e, crv, x, y } = await exportJWK(privateKey)
  // INVARIANT: named members only, so that no private one can ever reach the key set.
  const half = kty === 'RSA' ? { kty, n: n!, e: e! } : { kty: kty!, crv: crv!, x: x!, y: y! }
  const kid = await calculateJwkThumbprint(half)
  const publicKey = (await importJWK(half, alg)) as CryptoKey
  return { kid, alg, privateKey, publicKey, jwk: { ...half, kid, alg, use: 'sig' } }
}
