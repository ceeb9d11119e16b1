// `stint settings`: what holds for the whole installation, and changing it.

import { Command, Option } from 'commander'
import { talking } from '../client.ts'
import { answer, progress, table, withJson } from '../output.ts'

interface Options {
  readonly sideDoors?: 'open' | 'closed'
  readonly elevatedAccess?: string
  readonly mfaMaximumAge?: string
  readonly json?: boolean
}

export const settingsCommand = () =>
  withJson(new Command('settings'))
    .description('settings of the installation; with an option, changes them')
    .addOption(
      new Option('--side-doors <state>', 'role assignments and memberships past the front door, where roles are managed here').choices([
        'open',
        'closed',
      ]),
    )
    .option('--elevated-access <duration>', 'how long elevated access lasts, such as PT8H')
    .option('--mfa-maximum-age <duration>', 'how old a second factor may be where a rule does not say, such as PT1H; `session`: any age')
    .action(async ({ json, ...changes }: Options) => {
      const asked = Object.keys(changes).length > 0
      const [settings, emergency] = await talking(async (client) => [
        await (asked ? client.updateSettings({ body: changes }) : client.settings()),
        await client.emergencyAccess(),
      ])
      answer({ ...(json ? { json } : {}) }, settings, () =>
        table(
          ['SETTING', 'VALUE'],
          [
            ['side doors', settings.sideDoors],
            ['elevated access', settings.elevatedAccess],
            ['second factor at most', settings.mfaMaximumAge],
          ],
        ),
      )
      for (const warning of emergency.warnings) progress(`warning: ${warning}`)
    })
