// What the operator of this machine does for the authority: sample passwords, ending sign-ins, new keys. Like `stint init` and
// `stint token`, it is for whoever holds the data folder, and needs no token.

import { rotateKey as nextKey } from './http/auth/key-ring.ts'
import { openLog } from './log.ts'
import { recordKeyRotation } from './operations/key-rotation.ts'
import { signOut as endSignIn, type PasswordInput, setPassword as writePassword } from './operations/user-password.ts'
import { AMBIENT, type Config, keyFileOf, opening, refused, StartProblem, within } from './server.ts'

const quiet = (config: Config) => openLog(config, AMBIENT.ticks)

/** Sets a person's password in a sample installation. */
export const setPassword = (config: Config, input: PasswordInput): Promise<{ readonly id: string }> =>
  within(config, quiet(config), async ({ ctx }) => {
    const set = await writePassword(ctx, input)
    if (!set.ok) throw refused(set.fault)
    return set.value
  })

/** Ends all that a person is signed in to. */
export const signOut = (config: Config, upn: string): Promise<{ readonly id: string }> =>
  within(config, quiet(config), async ({ ctx }) => {
    const ended = await endSignIn(ctx, upn)
    if (!ended.ok) throw refused(ended.fault)
    return ended.value
  })

/** Makes the next signing key; the server signs with it within a second, and the one before verifies until its tokens have ended. */
export const rotateKey = (config: Config): Promise<{ readonly kid: string }> =>
  within(config, quiet(config), async ({ ctx, refresh }) => {
    if (!(await refresh())) throw new StartProblem('there is no tenant yet: nothing was signed that a new key would be for')
    const kid = await opening(nextKey(keyFileOf(config), ctx.now()))
    await recordKeyRotation(ctx, kid)
    return { kid }
  })
