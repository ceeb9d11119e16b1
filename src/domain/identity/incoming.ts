// Somebody as a source describes them, whatever its kind; and the objections to that which need no look at the store.

import { type Fault, fault } from '../faults.ts'

export interface IncomingUser {
  /** How the source knows them. */
  readonly externalId: string
  /** Given where the source names them by our id, as SCIM does; else they are found by `externalId`. */
  readonly principalId?: string
  /** As the source spells it; becomes a name in one of the tenant's domains. */
  readonly userName: string
  readonly displayName: string
  readonly mail: string | null
  readonly active: boolean
  /** Further properties by their names here; null takes one away. */
  readonly attributes: Readonly<Record<string, string | readonly string[] | null>>
  /** Our id of their manager; undefined leaves it as it is. */
  readonly managerId?: string | null
  /** What the source may read back. */
  readonly doc: Readonly<Record<string, unknown>>
}

export interface IncomingGroup {
  readonly externalId: string
  readonly principalId?: string
  readonly displayName: string
  readonly description: string | null
  readonly doc: Readonly<Record<string, unknown>>
}

const ADDRESS = /^[\w.!#$%&'*+/=?^`{|}~-]{1,64}@([a-z\d.-]{1,190})$/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: what nobody can see in a name is refused
const UNPRINTABLE = /[\u0000-\u001f\u007f]|\p{Cs}/u
/** NUL and half a character: the database cannot keep the one, and keeps the other as something else. */
const UNKEEPABLE = /\0|\p{Cs}/u
export const isKeepable = (text: string): boolean => !UNKEEPABLE.test(text)
const LONGEST_ID = 512

/** The name in this tenant that a source's name stands for; null where it is of another domain. A bare name is of the first domain. */
export function addressOf(userName: string, domains: readonly string[]): string | null {
  const whole = (userName.includes('@') ? userName : `${userName}@${domains[0] ?? ''}`).toLowerCase()
  const domain = ADDRESS.exec(whole)?.[1]
  return domain !== undefined && domains.some((d) => d.toLowerCase() === domain) ? whole : null
}

const invalid = (detail: string): Fault => fault('InvalidObject', { detail })

const nameWrong = (what: string, name: string): Fault | null =>
  name.trim() === '' || name.length > 256 || UNPRINTABLE.test(name) ? invalid(`\`${what}\` must have 1 to 256 printable characters`) : null

const idWrong = (id: string): Fault | null =>
  id === '' || id.length > LONGEST_ID || UNPRINTABLE.test(id)
    ? invalid(`\`externalId\` must have 1 to ${LONGEST_ID} printable characters`)
    : null

function attributesWrong(attributes: IncomingUser['attributes']): Fault | null {
  const odd = Object.entries(attributes).find(([, v]) => [v].flat().some((one) => typeof one === 'string' && UNKEEPABLE.test(one)))
  return odd ? invalid(`\`${odd[0]}\` holds NUL or half a character`) : null
}

/** Why a person cannot come in like this, or null. Fault: `InvalidObject`. */
export function userObjection(u: IncomingUser, domains: readonly string[]): Fault | null {
  if (addressOf(u.userName, domains) === null)
    return invalid(`\`userName\` must be a name in one of the tenant's domains: ${domains.join(', ')}`)
  const mail = u.mail !== null && (u.mail.length > 320 || UNPRINTABLE.test(u.mail)) ? invalid('`mail` is no address') : null
  return idWrong(u.externalId) ?? nameWrong('displayName', u.displayName) ?? mail ?? attributesWrong(u.attributes)
}

/** Why a group cannot come in like this, or null. Fault: `InvalidObject`. */
export const groupObjection = (g: IncomingGroup): Fault | null =>
  idWrong(g.externalId) ?? nameWrong('displayName', g.displayName) ?? attributesWrong({ description: g.description })
