// `stint token`: a bearer token, on the machine that holds the key (D33). What the person proved is stated, never assumed.

import { Command, InvalidArgumentError } from 'commander'
import { saveToken } from '../session.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

const AUDIENCES = ['own', 'graph', 'arm'] as const
type Audience = (typeof AUDIENCES)[number]

const words = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

function minutesOf(text: string): number {
  const minutes = Number(text)
  if (!Number.isInteger(minutes) || minutes < 1 || minutes > 15) throw new InvalidArgumentError('expected 1 to 15 minutes')
  return minutes
}

function audienceOf(text: string): Audience {
  const found = AUDIENCES.find((one) => one === text)
  if (!found) throw new InvalidArgumentError(`expected one of ${AUDIENCES.join(', ')}`)
  return found
}

export const tokenCommand = () =>
  houseOptions(new Command('token'))
    .description('sign a token for somebody, 15 minutes at most; only in a sample installation, where the key lies, with an event for each')
    .requiredOption('--as <who>', 'an address, a service principal, or an id')
    .option('--amr <methods>', 'authentication methods shown, such as `pwd,mfa`', words, [])
    .option('--acrs <contexts>', 'authentication contexts satisfied, such as `c1`', words, [])
    .option('--roles <permissions>', 'application permissions, for service principals', words, [])
    .option('--minutes <number>', 'how long it holds', minutesOf, 15)
    .option('--audience <own|graph|arm>', 'whom it is for', audienceOf, 'own')
    .option('--port <number>', "the server's port, when it does not run now (STINT_PORT)")
    .option('--public-url <url>', "the server's address, when it does not run now (STINT_PUBLIC_URL)")
    .option('--save', 'keep it for the commands of this account instead of printing it')
    .option('--json', 'answer as JSON')
    .action(async (options: Record<string, unknown>) => {
      const { as, amr, acrs, roles, minutes, audience, save, ...flags } = options
      const config = await configOf(flags)
      const { issueToken } = await import('../../server.ts')
      const grant = {
        as: String(as),
        amr: amr as string[],
        acrs: acrs as string[],
        roles: roles as string[],
        minutes: minutes as number,
        audience: audience as Audience,
      }
      const issued = await opened(() => issueToken(config, grant))
      if (save) await saveToken(process.env.STINT_URL ?? issued.publicUrl, issued.token, grant.as)
      if (config.json) process.stdout.write(`${JSON.stringify(issued)}\n`)
      else if (save) process.stderr.write(`signed in as ${grant.as} at ${issued.publicUrl} for ${minutes} minutes\n`)
      else process.stdout.write(`${issued.token}\n`)
    })
