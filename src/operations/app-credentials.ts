// What an application shows to prove who it is: a secret, a certificate, or the assertion of somebody it trusts. A secret is made
// here, shown once and kept as its SHA-256: it has 256 random bits, so a slow hash would add nothing but work.

import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { fault } from '../domain/faults.ts'
import { ok, type Result, refuse } from '../domain/result.ts'
import { DAY, type Instant } from '../domain/time.ts'
import { addCredential, deleteCredential, lockApp, type NewCredential, selectCredentials } from '../store/authority-apps.ts'
import type { Sql } from '../store/sql.ts'
import { administer, type Edit } from './administer.ts'
import { invalidApp, MOST } from './app-rules.ts'
import { appNamed, toldOfApp } from './apps.ts'
import type { Call, Ctx } from './context.ts'
import { hashOf } from './secret-hash.ts'

/** A secret holds two years at most, in days. */
const MOST_DAYS = 730

export interface MadeCredential {
  readonly appId: string
  readonly id: string
  readonly endsAt: Instant | null
}

/** Adds a credential under the application's lock, so that the limit holds against several at once. */
function add(ctx: Ctx, call: Call, word: string, action: string, make: (now: Instant) => Result<NewCredential>) {
  const edit = async (tx: Sql, now: Instant): Promise<Result<Edit<MadeCredential>>> => {
    const app = await appNamed(tx, word)
    if (!app.ok) return app
    const { appId, principalId } = app.value
    if (!(await lockApp(tx, appId))) return refuse(fault('ApplicationNotFound', { id: word }))
    if ((await selectCredentials(tx, appId)).length >= MOST.credentials)
      return invalidApp(`at most ${MOST.credentials} credentials: remove one first`)
    const made = make(now)
    if (!made.ok) return made
    const c = made.value
    await addCredential(tx, appId, c, now)
    const data = { credential: c.id, kind: c.kind, name: c.name, ...(c.thumbprint ? { thumbprint: c.thumbprint } : {}) }
    return ok({ value: { appId, id: c.id, endsAt: c.endsAt }, told: toldOfApp(appId, action, { principalId, data }) })
  }
  const exists = fault('ApplicationExists', { name: 'this credential' })
  return administer(ctx, call, toldOfApp(word, action), edit, {
    app_credentials_certificate_once: exists,
    app_credentials_federated_once: exists,
  })
}

/** Makes a secret; the answer is the only time it is shown. Faults: `Forbidden`, `ApplicationNotFound`, `InvalidApplication`. */
export async function addSecret(
  ctx: Ctx,
  call: Call,
  word: string,
  input: { readonly name: string; readonly days: number },
): Promise<Result<MadeCredential & { readonly secret: string }>> {
  const secret = randomBytes(32).toString('base64url')
  const made = await add(ctx, call, word, 'addSecret', (now) => {
    if (!Number.isInteger(input.days) || input.days < 1 || input.days > MOST_DAYS)
      return invalidApp(`a secret holds 1 to ${MOST_DAYS} days`)
    const endsAt = now + input.days * DAY
    return ok({ id: ctx.ids(), kind: 'secret', name: input.name, digest: hashOf(secret), hint: secret.slice(0, 3), endsAt })
  })
  return made.ok ? ok({ ...made.value, secret }) : made
}

function certificateOf(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

const STRONG_RSA = 2_048

/** Registers a certificate; it ends when it says so. Faults: `Forbidden`, `ApplicationNotFound`, `InvalidApplication`, `ApplicationExists`. */
export const addCertificate = (ctx: Ctx, call: Call, word: string, input: { readonly name: string; readonly pem: string }) =>
  add(ctx, call, word, 'addCertificate', (now): Result<NewCredential> => {
    // A file with the private half would show that the private half has left its place.
    if (/PRIVATE KEY/.test(input.pem)) return invalidApp('give the certificate alone, without the private key')
    const certificate = certificateOf(input.pem)
    if (!certificate) return invalidApp('expected one certificate in PEM')
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey
    const strong = type === 'rsa' ? (details?.modulusLength ?? 0) >= STRONG_RSA : type === 'ec' && details?.namedCurve === 'prime256v1'
    if (!strong) return invalidApp(`expected an RSA key of ${STRONG_RSA} bits or more, or one on P-256`)
    const endsAt = Date.parse(certificate.validTo)
    if (!(endsAt > now)) return invalidApp('the certificate has ended')
    const print = (algorithm: string) => createHash(algorithm).update(certificate.raw).digest('base64url')
    return ok({
      id: ctx.ids(),
      kind: 'certificate',
      name: input.name,
      publicKey: certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      thumbprint: print('sha256'),
      thumbprintSha1: print('sha1'),
      endsAt,
    })
  })

export interface FederatedInput {
  readonly name: string
  readonly issuer: string
  readonly subject: string
  readonly audience: string
  /** A key set given with the registration; null: it is fetched from the issuer. */
  readonly keys: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | null
}

const PRIVATE_PARTS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']

/** Trusts an issuer's assertions about one subject. Faults: `Forbidden`, `ApplicationNotFound`, `InvalidApplication`, `ApplicationExists`. */
export const addFederated = (ctx: Ctx, call: Call, word: string, input: FederatedInput) =>
  add(ctx, call, word, 'addFederated', (): Result<NewCredential> => {
    const { name, issuer, subject, audience, keys } = input
    const url = URL.canParse(issuer) ? new URL(issuer) : null
    if (url?.protocol !== 'https:' || url.search !== '' || url.hash !== '' || url.username !== '')
      return invalidApp('the issuer is an address that begins with `https://`')
    if (keys?.keys.some((key) => PRIVATE_PARTS.some((part) => part in key))) return invalidApp('the key set holds a private or shared key')
    return ok({ id: ctx.ids(), kind: 'federated', name, issuer, subject, audience, ...(keys ? { keys } : {}), endsAt: null })
  })

/** Takes a credential away. Faults: `Forbidden`, `ApplicationNotFound`, `ResourceNotFound`. */
export function removeCredential(ctx: Ctx, call: Call, word: string, id: string): Promise<Result<{ id: string }>> {
  const edit = async (tx: Sql): Promise<Result<Edit<{ id: string }>>> => {
    const app = await appNamed(tx, word)
    if (!app.ok) return app
    const { appId, principalId } = app.value
    const kind = await deleteCredential(tx, appId, id)
    if (kind === null) return refuse(fault('ResourceNotFound', { id }))
    return ok({ value: { id }, told: toldOfApp(appId, 'removeCredential', { principalId, data: { credential: id, kind } }) })
  }
  return administer(ctx, call, toldOfApp(word, 'removeCredential'), edit)
}
