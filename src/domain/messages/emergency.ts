// What is told of accounts for emergencies: to every administrator of roles, active and eligible, and to every such account. No setting
// governs it, so whoever uses one cannot turn it off.

import { ROLE_ADMINISTRATORS } from '../access/directory-roles.ts'
import { formatInstant, type Instant } from '../time.ts'
import type { Audience } from './audience.ts'
import { plain } from './words.ts'

export const EMERGENCY_KIND = 'EmergencyAccess'

/** Whoever could act on it: those who could first have to activate, too. */
export const EMERGENCY_AUDIENCE: Audience = {
  plane: 'directory',
  roles: ROLE_ADMINISTRATORS,
  holds: ['Eligibility', 'Assigned', 'Activated'],
  at: 'root',
}

/** As much of an event as its telling needs. */
export interface Loud {
  readonly at: Instant
  readonly kind: string
  readonly subject: string
  readonly subjectId: string
  readonly action: string | null
  readonly reason: string | null
  readonly data: Readonly<Record<string, string | number | boolean | null>>
  readonly actor: string | null
  readonly principal: string | null
  readonly role: string | null
  readonly scope: string | null
}

const text = (value: unknown): string => (typeof value === 'string' ? plain(value) : '')
const from = (address: unknown): string => (text(address) === '' ? '' : ` from ${text(address)}`)

const SIGNED_IN: Readonly<Record<string, string>> = {
  sealedSecret: ' with its sealed secret',
  drill: ' with its sealed secret, for a drill',
  passkey: ' with a passkey',
  password: ' with a password',
}

type Words = (e: Loud, whose: string) => string

// By action; whatever is not here is told as it is.
const KNOWN: Readonly<Record<string, Words>> = {
  signIn: (e, whose) => `${whose} signed in${SIGNED_IN[text(e.data.by)] ?? ''}${from(e.data.address)}.`,
  guessed: (e, whose) => `Somebody tried to sign in as ${whose}${from(e.data.address)} with a wrong secret.`,
  locked: (e, whose) => `Too many wrong secrets for ${whose}: the sign-in page refuses them for a while${from(e.data.address)}.`,
  addEmergencyAccess: (_, whose) => `${whose} was made an account for emergencies on the server's own machine.`,
  rotateSealedSecret: (_, whose) => `${whose} was given a new sealed secret on the server's own machine.`,
  removeEmergencyAccess: (_, whose) =>
    `${whose} is no account for emergencies any more: it was taken off the list on the server's own machine.`,
}

/** The sentence that everybody reads. Names stay on their line. */
export function emergencyWords(e: Loud): string {
  const account = plain(e.principal ?? e.actor ?? 'an account')
  const known = e.action !== null && Object.hasOwn(KNOWN, e.action) ? KNOWN[e.action] : undefined
  if (known) return `Emergency access: ${known(e, account)}`
  const doer = plain(e.actor ?? 'the operator of the machine')
  const what = plain(`${e.action ?? 'change'} (${e.subject})`)
  const where = e.role === null ? '' : ` of ${plain(e.role)}${e.scope === null || e.scope === '/' ? '' : ` at ${plain(e.scope)}`}`
  const whom = e.principal !== null && e.principal !== e.actor ? ` for ${plain(e.principal)}` : ''
  const how = e.kind === 'refusal' ? `tried ${what}${where}${whom}, and was refused` : `did ${what}${where}${whom}`
  const why = e.reason === null || e.reason === '' ? '' : ` Reason: ${plain(e.reason)}.`
  return `Emergency access: ${doer} ${how} at ${formatInstant(e.at).slice(0, 19)}Z.${why}`
}
