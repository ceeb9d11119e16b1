// `stint user`: links to enrol by, passwords of a sample installation, and ending what somebody is signed in to; on the machine that holds
// the data.

import { Command, InvalidArgumentError } from 'commander'
import { answer } from '../output.ts'
import { readSecret } from '../secret-input.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

const words = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')

/** `name` with the arguments it takes. */
function house(name: string) {
  const [word = '', ...taken] = name.split(' ')
  return houseOptions(new Command(word)).arguments(taken.join(' ')).option('--json', 'answer as JSON').exitOverride()
}

const hoursOf = (text: string): number => {
  const hours = Number(text)
  if (Number.isInteger(hours) && hours >= 1 && hours <= 72) return hours
  throw new InvalidArgumentError('expected hours from 1 to 72')
}

const enrol = () =>
  house('enrol <upn>')
    .description('make a one-time link by which somebody sets up how they sign in; the one before it ends')
    .option('--hours <number>', 'how long it holds, 72 at most', hoursOf, 24)
    .action(async (upn: string, { hours, ...flags }: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { enrol: make } = await import('../../errands.ts')
      const made = await opened(() => make(config, upn, hours as number))
      answer(
        { json: config.json },
        made,
        () => `${made.upn} enrols with this link, once, in one browser, until ${made.endsAt}\n${made.link}`,
      )
    })

const setPassword = () =>
  house('set-password <upn>')
    .description('set a password, read from standard input; only in a sample installation')
    .option('--allow-password-grant', 'applications may send it, instead of the person typing it on our page')
    .option('--amr <methods>', 'what signing in with it counts as, such as `pwd,mfa`', words, ['pwd'])
    .option('--acrs <contexts>', 'authentication contexts it satisfies, such as `c1`', words, [])
    .action(async (upn: string, { allowPasswordGrant, amr, acrs, ...flags }: Record<string, unknown>) => {
      const config = await configOf(flags)
      const password = await readSecret(`password for ${upn}`)
      const { setPassword: set } = await import('../../errands.ts')
      const input = { upn, password, passwordGrant: allowPasswordGrant === true, methods: amr as string[], contexts: acrs as string[] }
      const done = await opened(() => set(config, input))
      answer({ json: config.json }, done, () => `${upn} signs in with this password from now on; what was signed in before has ended`)
    })

const signOut = () =>
  house('sign-out <upn>')
    .description('end all that somebody is signed in to, at once')
    .action(async (upn: string, flags: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { signOut: end } = await import('../../errands.ts')
      const done = await opened(() => end(config, upn))
      answer({ json: config.json }, done, () => `whatever ${upn} was signed in to has ended`)
    })

export const userCommand = () =>
  [enrol(), setPassword(), signOut()].reduce((all, one) => all.addCommand(one), new Command('user').description('people’s sign-in'))
