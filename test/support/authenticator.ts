// An authenticator in a few lines (WebAuthn, ES256, attestation `none`), for tests of what no real one would send.

import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { Page } from './browser.ts'

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()
const b64 = (data: Buffer | string): string => Buffer.from(data).toString('base64url')
const hex = (text: string): Buffer => Buffer.from(text, 'hex')

const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04
const KEY_FOLLOWS = 0x40

export interface Lies {
  readonly origin?: string
  readonly rpId?: string
  readonly verified?: boolean
  readonly counter?: number
  readonly challenge?: string
  readonly type?: string
  readonly userHandle?: string
  readonly key?: KeyObject
}

export interface Authenticator {
  readonly id: string
  /** Answers a registration; lies where told to. */
  register(options: Options, origin: string, lies?: Lies): string
  /** Answers a sign-in; its counter grows by one, unless told otherwise. */
  assert(options: Options, origin: string, lies?: Lies): string
}

interface Options {
  readonly challenge: string
  readonly rpId?: string
  readonly rp?: { readonly id?: string }
  readonly user?: { readonly id: string }
}

/** What a page wants of the browser's passkeys. */
export const optionsOf = (page: Page): Options =>
  JSON.parse(
    (/data-passkey="([^"]*)"/.exec(page.text)?.[1] ?? 'null').replaceAll('&quot;', '"').replaceAll('&amp;', '&').replaceAll('&#39;', "'"),
  )

export function authenticator(): Authenticator {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = publicKey.export({ format: 'jwk' })
  const credential = randomBytes(32)
  let counter = 0
  let handle = ''
  const cose = Buffer.concat([
    hex('a5010203262001215820'),
    Buffer.from(jwk.x ?? '', 'base64url'),
    hex('225820'),
    Buffer.from(jwk.y ?? '', 'base64url'),
  ])
  const dataOf = (rpId: string, lies: Lies, more: number) => {
    const flags = USER_PRESENT | ((lies.verified ?? true) ? USER_VERIFIED : 0) | more
    const count = Buffer.alloc(4)
    count.writeUInt32BE(lies.counter ?? counter)
    return Buffer.concat([sha256(lies.rpId ?? rpId), Buffer.from([flags]), count])
  }
  const clientData = (type: string, options: Options, origin: string, lies: Lies) =>
    Buffer.from(JSON.stringify({ type: lies.type ?? type, challenge: lies.challenge ?? options.challenge, origin: lies.origin ?? origin }))
  const answer = (response: object) =>
    JSON.stringify({ id: b64(credential), rawId: b64(credential), type: 'public-key', clientExtensionResults: {}, response })
  return {
    id: b64(credential),
    register(options, origin, lies = {}) {
      handle = options.user?.id ?? ''
      const length = Buffer.alloc(2)
      length.writeUInt16BE(credential.length)
      const data = Buffer.concat([dataOf(options.rp?.id ?? '', lies, KEY_FOLLOWS), Buffer.alloc(16), length, credential, cose])
      const head = hex('a363666d74646e6f6e656761747453746d74a068617574684461746158')
      const attestationObject = Buffer.concat([head, Buffer.from([data.length]), data])
      return answer({
        clientDataJSON: b64(clientData('webauthn.create', options, origin, lies)),
        attestationObject: b64(attestationObject),
        transports: ['usb'],
      })
    },
    assert(options, origin, lies = {}) {
      counter += 1
      const data = dataOf(options.rpId ?? '', lies, 0)
      const client = clientData('webauthn.get', options, origin, lies)
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), lies.key ?? privateKey)
      return answer({
        clientDataJSON: b64(client),
        authenticatorData: b64(data),
        signature: b64(signature),
        userHandle: lies.userHandle ?? handle,
      })
    },
  }
}
