// `stint drill`: rehearses the way in for emergencies, on the machine that holds the data. The exit code is 1 where any step failed.

import { Command } from 'commander'
import { EXIT, Stop } from '../exit.ts'
import { answer } from '../output.ts'
import { oneLine } from '../printable.ts'
import { readSecretOnce } from '../secret-input.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

const ms = (n: number): string => `${Math.round(n)} ms`

export const drillCommand = () =>
  houseOptions(new Command('drill'))
    .description('rehearse the way in for emergencies: sign in with a sealed secret, read, sign out, see who is told; and record it')
    .argument('<account>', 'the account for emergencies; its sealed secret is read from standard input')
    .option('--json', 'answer as JSON')
    .action(async (account: string, flags: Record<string, unknown>) => {
      const config = await configOf(flags)
      const secret = await readSecretOnce(`sealed secret of ${account}`)
      const { holdDrill } = await import('../../drill.ts')
      const drill = await opened(() =>
        holdDrill(config, account, secret, (s) => {
          if (!config.json)
            process.stdout.write(`${s.ok ? 'ok  ' : 'FAIL'}  ${s.name.padEnd(12)}  ${ms(s.ms).padStart(8)}  ${oneLine(s.words)}\n`)
        }),
      )
      const failed = drill.steps.filter((s) => !s.ok).map((s) => s.name)
      if (config.json || drill.passed) answer({ json: config.json }, drill, () => `the drill passed in ${ms(drill.ms)}`)
      if (!drill.passed) throw new Stop(EXIT.refused, config.json ? '' : `the drill failed: ${failed.join(', ')}`)
    })
