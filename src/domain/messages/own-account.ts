// What a person is told of their own sign-in, so that they notice when it was somebody else: past all settings, written with the event.

import { formatInstant } from '../time.ts'
import { plain } from './words.ts'

export const OWN_ACCOUNT_KIND = 'OwnAccount'

const SAYS: Readonly<Record<string, string>> = {
  makeEnrolment: 'A link was made by which your sign-in can be set up anew',
  enrol: 'Your sign-in was set up by a link',
  recovery: 'A recovery code was used to open your account',
  addPasskey: 'A passkey was added to your account',
  removePasskey: 'A passkey was removed from your account',
  confirmCodeGenerator: 'An authenticator app was added to your account',
  removeCodeGenerator: 'The authenticator app was removed from your account',
  setPassword: 'Your password was set',
  renewRecoveryCodes: 'New recovery codes were made for your account',
}

/** The words for an action on somebody's account; null where it is nothing to tell. `address` is where it came from, if that is known. */
export function ownAccountWords(action: string, at: number, address: string | null): string | null {
  const said = Object.hasOwn(SAYS, action) ? SAYS[action] : undefined
  if (said === undefined) return null
  const from = address === null ? '' : ` from ${plain(address)}`
  return `${said}${from} at ${formatInstant(at).slice(0, 19)}Z. If this was not you, tell an administrator at once.`
}
