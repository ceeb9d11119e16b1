// A certificate authority for one test run, a certificate of it for this machine, and self-signed ones. Nothing of them is kept.

// What the library of certificates asks for, before it is loaded.
import 'reflect-metadata'
import type { webcrypto } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'
import { BUILT_IN } from './proxy.ts'

export interface Certificates {
  /** Files: what a client must trust, and what the server shows, under its own name and those that clients have built in. */
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const DAY_MS = 86_400_000

const rsa = (bits: number) =>
  ({ name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: bits, publicExponent: new Uint8Array([1, 0, 1]) }) as const

/** An hour ago until two days from now. */
const span = () => ({ notBefore: new Date(Date.now() - 3_600_000), notAfter: new Date(Date.now() + 2 * DAY_MS) })

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64')
  return `-----BEGIN PRIVATE KEY-----\n${der.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}

/** Makes both in a folder that the caller removes. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const file = (name: string) => join(folder, name)
  const [authority, own] = await Promise.all([1, 2].map(() => crypto.subtle.generateKey(EC, true, ['sign', 'verify'])))
  if (!authority || !own) throw new Error('two keys were made')
  const ca = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=Stint test authority',
    keys: authority,
    signingAlgorithm: EC,
    ...span(),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const cert = await X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: own.publicKey,
    signingKey: authority.privateKey,
    signingAlgorithm: EC,
    ...span(),
    extensions: [
      new SubjectAlternativeNameExtension([
        ...['localhost', ...BUILT_IN].map((value) => ({ type: 'dns' as const, value })),
        { type: 'ip' as const, value: '127.0.0.1' },
      ]),
      new BasicConstraintsExtension(false, undefined, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    ],
  })
  writeFileSync(file('ca.pem'), `${ca.toString('pem')}\n`)
  writeFileSync(file('server.pem'), `${cert.toString('pem')}\n`)
  writeFileSync(file('server.key'), await pemOf(own.privateKey), { mode: 0o600 })
  return { ca: file('ca.pem'), cert: file('server.pem'), key: file('server.key') }
}

/** A certificate that vouches for itself, and its key, as PEM: an RSA key of so many bits, or one on P-256. */
export async function selfSigned(name: string, key: number | 'ec' = 2048): Promise<{ readonly pem: string; readonly key: string }> {
  const algorithm = key === 'ec' ? EC : rsa(key)
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const made = await X509CertificateGenerator.createSelfSigned({ name: `CN=${name}`, keys, signingAlgorithm: algorithm, ...span() })
  return { pem: `${made.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
}
