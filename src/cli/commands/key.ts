// `stint key`: the keys that tokens are signed with, on the machine that holds them.

import { Command } from 'commander'
import { answer } from '../output.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

const rotate = () =>
  houseOptions(new Command('rotate'))
    .description('sign with a new key; the old one verifies until its tokens have ended')
    .option('--json', 'answer as JSON')
    .exitOverride()
    .action(async (flags: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { rotateKey } = await import('../../errands.ts')
      const made = await opened(() => rotateKey(config))
      answer({ json: config.json }, made, () => `tokens are signed by ${made.kid} from now on`)
    })

export const keyCommand = () => new Command('key').description('the keys that tokens are signed with').addCommand(rotate())
