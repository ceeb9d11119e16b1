// `stint user`: passwords of a sample installation, and ending what somebody is signed in to; on the machine that holds the data.

import { Command } from 'commander'
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

const setPassword = () =>
  house('set-password')
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
  house('sign-out')
    .description('end all that somebody is signed in to, at once')
    .action(async (upn: string, flags: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { signOut: end } = await import('../../errands.ts')
      const done = await opened(() => end(config, upn))
      answer({ json: config.json }, done, () => `whatever ${upn} was signed in to has ended`)
    })

export const userCommand = () =>
  [setPassword(), signOut()].reduce((all, one) => all.addCommand(one), new Command('user').description('people’s sign-in'))
