// `stint break-glass`: accounts for emergencies, on the machine that holds the data. It works while identity providers, mail and targets
// are down. Secrets are read from standard input and shown once, never given as arguments.

import { Command } from 'commander'
import { answer, progress, table, when } from '../output.ts'
import { readSecretOnce } from '../secret-input.ts'
import { saveToken } from '../session.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

type Flags = Record<string, unknown>

/** `name` with the arguments it takes. */
function house(name: string, words: string) {
  const [word = '', ...taken] = name.split(' ')
  const command = houseOptions(new Command(word)).description(words).option('--json', 'answer as JSON').exitOverride()
  return taken.length > 0 ? command.arguments(taken.join(' ')) : command
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

const warned = (warnings: readonly string[]): void => {
  for (const warning of warnings) progress(`warning: ${warning}`)
}

const shown = ({ upn, secret }: { readonly upn: string; readonly secret: string }): string =>
  [
    `account  ${upn}`,
    `secret   ${secret}`,
    'Write it down and seal it: it is not shown again, and kept nowhere. The last group only tells slips of the pen.',
    'Then rehearse: stint drill',
  ].join('\n')

const add = () =>
  house('add <account>', 'make an account one for emergencies, and print its sealed secret once')
    .option('--assign', 'make it a permanent active Global Administrator, if it is none')
    .action(async (upn: string, { assign, ...flags }: Flags) => {
      const config = await configOf(flags)
      const { addEmergency } = await import('../../emergency.ts')
      const { warnings, ...made } = await opened(() => addEmergency(config, { upn, assign: assign === true }))
      answer({ json: config.json }, made, () => shown(made))
      warned(warnings)
    })

const rotate = () =>
  house('rotate <account>', 'make a new sealed secret; the old one and what was signed in with it end').action(
    async (upn: string, flags: Flags) => {
      const config = await configOf(flags)
      const { rotateEmergency } = await import('../../emergency.ts')
      const { warnings, ...made } = await opened(() => rotateEmergency(config, upn))
      answer({ json: config.json }, made, () => shown(made))
      warned(warnings)
    },
  )

const remove = () =>
  house('remove <account>', 'make it an ordinary account again; its roles stay').action(async (upn: string, flags: Flags) => {
    const config = await configOf(flags)
    const { removeEmergency } = await import('../../emergency.ts')
    const { warnings, ...gone } = await opened(() => removeEmergency(config, upn))
    answer({ json: config.json }, gone, () => `${gone.upn} is no account for emergencies any more; its secret has ended`)
    warned(warnings)
  })

const list = () =>
  house('list', 'accounts for emergencies, what is wrong with them, and the last drill').action(async (flags: Flags) => {
    const config = await configOf(flags)
    const { listEmergency } = await import('../../emergency.ts')
    const { accounts, warnings, lastDrill } = await opened(() => listEmergency(config))
    const value = {
      accounts: accounts.map((a) => ({ ...a, sealedAt: iso(a.sealedAt), sealedUsedAt: iso(a.sealedUsedAt) })),
      warnings,
      lastDrill: lastDrill && { at: iso(lastDrill.at), ...lastDrill.data },
    }
    answer({ json: config.json }, value, () => {
      const rows = accounts.map((a) => [
        a.upn,
        a.sealedAt === null ? 'none' : `of ${when(iso(a.sealedAt))}`,
        when(iso(a.sealedUsedAt), 'never'),
        String(a.passkeys),
        a.problems.join('; ') || 'none',
      ])
      const drill = lastDrill ? `last drill ${when(iso(lastDrill.at))}: ${String(lastDrill.data.outcome)}` : 'no drill yet: stint drill'
      const all = rows.length === 0 ? 'no accounts for emergencies' : table(['ACCOUNT', 'SECRET', 'USED', 'PASSKEYS', 'PROBLEMS'], rows)
      return `${all}\n\n${drill}`
    })
    warned(warnings)
  })

const signIn = () =>
  house('sign-in <account>', 'sign in with the sealed secret, read from standard input, and keep the token for the commands').action(
    async (upn: string, flags: Flags) => {
      const config = await configOf(flags)
      const secret = await readSecretOnce(`sealed secret of ${upn}`)
      const { enter } = await import('../../emergency.ts')
      const entered = await opened(() => enter(config, upn, secret))
      await saveToken(entered.url, entered.token, entered.upn)
      const { token: _, ...about } = entered
      answer({ json: config.json }, about, () => `signed in as ${entered.upn} at ${entered.url} for ${entered.minutes} minutes`)
      progress('every administrator is told of this, and of each thing you do')
    },
  )

export const breakGlassCommand = () =>
  [add(), list(), rotate(), remove(), signIn()].reduce(
    (all, one) => all.addCommand(one),
    new Command('break-glass').description('accounts for emergencies: the way in when everything else is down'),
  )
