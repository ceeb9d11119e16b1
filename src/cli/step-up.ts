// A request that a sign-in would satisfy: signs in with what the refusal says, and sends it once more. Only where somebody is there to
// sign in; a script is told what to run.

import { ApiProblem, type Client } from '../contract/client.ts'
import { EXIT, Stop } from './exit.ts'
import { login } from './login.ts'
import { progress } from './output.ts'

/** What to hand on to the sign-in; null where a sign-in alone would not be enough, or nothing was said. */
function challengeOf(error: unknown): string | null {
  if (!(error instanceof ApiProblem)) return null
  const { findings } = error.problem
  const claims = findings.map((f) => f.claims)
  // What a sign-in would not mend is to be mended first: nobody signs in for nothing.
  if (findings.some((f) => f.claims === undefined || f.mend === null)) return null
  return claims[0] ?? null
}

/** `STINT_SIGN_IN` says how, or `never`; else a terminal means that somebody is there. */
function way(): 'browser' | 'device' | null {
  const said = process.env.STINT_SIGN_IN
  if (said === 'browser' || said === 'device') return said
  return said !== 'never' && process.stdin.isTTY && process.stderr.isTTY ? 'browser' : null
}

export interface Connected {
  readonly url: string
  /** Whose token the command began with; null where nobody says. */
  readonly as: string | null
  readonly client: Client
  /** A client with the token that is kept now. */
  readonly again: () => Promise<Client>
}

/** The client, whose requests are sent again after the sign-in that they were refused for. */
export function steppingUp({ url, as, client, again }: Connected): Client {
  const submit: Client['submit'] = async (input) => {
    try {
      return await client.submit(input)
    } catch (error) {
      const claims = challengeOf(error)
      if (claims === null) throw error
      const how = process.env.STINT_TOKEN ? null : way()
      if (how === null) {
        progress(`this needs a fresh sign-in: run \`stint login --claims '${claims}'\`, then the same command again`)
        throw error
      }
      progress('this needs a fresh sign-in')
      const signed = await login(url, { claims, device: how === 'device' })
      if (as !== null && signed.as !== as)
        throw new Stop(EXIT.unauthenticated, `signed in as ${signed.as}, and not as ${as}: nothing was asked for`)
      return (await again()).submit(input)
    }
  }
  return { ...client, submit }
}
