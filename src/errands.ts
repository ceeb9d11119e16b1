// What the operator of this machine does for the authority: links to enrol by, sample passwords, ending sign-ins, new keys. Like `stint init` and
// `stint token`, it is for whoever holds the data folder, and needs no token.

import { formatInstant, HOUR } from './domain/time.ts'
import { rotateKey as nextKey } from './http/auth/key-ring.ts'
import { openLog } from './log.ts'
import { enrolFirst, type First, makeEnrolmentHere } from './operations/enrolment.ts'
import { recordKeyRotation } from './operations/key-rotation.ts'
import { signOut as endSignIn, type PasswordInput, setPassword as writePassword } from './operations/user-password.ts'
import { whoRuns } from './running.ts'
import { AMBIENT, type Config, keyFileOf, opening, type RunningServer, refused, StartProblem, within } from './server.ts'

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

export interface EnrolmentLink {
  readonly upn: string
  readonly link: string
  /** ISO 8601. */
  readonly endsAt: string
}

/** The address that people know the server by: of the one that runs here, else as it is configured. */
const addressOf = async (config: Config): Promise<string> =>
  (await whoRuns(config.data))?.publicUrl ?? (config.publicUrl ?? `http://localhost:${config.port}`).replace(/\/$/, '')

const linkOf = (address: string, { upn, token, endsAt }: { upn: string; token: string; endsAt: number }): EnrolmentLink => ({
  upn,
  link: `${address}/enrol/${token}`,
  endsAt: formatInstant(endsAt),
})

/** Makes a one-time link by which somebody enrols; the one before it is worth nothing. */
export async function enrol(config: Config, upn: string, hours: number): Promise<EnrolmentLink> {
  const address = await addressOf(config)
  return within(config, quiet(config), async ({ ctx }) => {
    const made = await makeEnrolmentHere(ctx, upn, hours * HOUR)
    if (!made.ok) throw refused(made.fault)
    return linkOf(address, made.value)
  })
}

const wordsOf = (first: First, address: string): string => {
  if (first.t === 'waiting')
    return `${first.upn} has not enrolled yet; the link that was made holds until ${formatInstant(first.endsAt)} (\`stint user enrol ${first.upn}\` makes another)`
  const { upn, link, endsAt } = linkOf(address, first.link)
  return `${upn} is the first administrator: enrol with this link, once, until ${endsAt}\n${link}`
}

/** What a server that starts has to say: a link for the first administrator, where none can sign in. Null: nothing. */
export async function firstLink({ ctx, publicUrl }: RunningServer): Promise<string | null> {
  const first = await enrolFirst(ctx)
  return first && wordsOf(first, publicUrl)
}
