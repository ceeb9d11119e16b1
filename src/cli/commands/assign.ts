// `stint assign`: makes somebody eligible, or active for a time.

import { Command, Option } from 'commander'
import { talking } from '../client.ts'
import { isoDuration } from '../durations.ts'
import { EXIT, Stop } from '../exit.ts'
import { answer, named, when, withJson } from '../output.ts'
import { oneLine } from '../printable.ts'
import { codeOf, endWith } from '../wait.ts'

interface Options {
  readonly scope?: string
  readonly plane?: 'directory' | 'resource' | 'group'
  readonly eligible?: boolean
  readonly active?: boolean
  readonly for?: string
  readonly permanent?: boolean
  readonly reason?: string
  readonly json?: boolean
}

export const assignCommand = () =>
  withJson(new Command('assign'))
    .description('make somebody eligible for a role, or active in it')
    .argument('<principal>', 'a person, group or service principal: an address, a name or an id')
    .argument('<role>', 'a role by name or id; for a group, `member` or `owner`')
    .option('--scope <scope>', 'where: a path, an id or a name')
    .option('--plane <plane>', 'directory, resource or group')
    .addOption(new Option('--eligible', 'may activate it').conflicts('active'))
    .addOption(new Option('--active', 'has it without activating'))
    .addOption(new Option('--for <duration>', 'how long, such as 180d').argParser(isoDuration).conflicts('permanent'))
    .option('--permanent', 'without an end')
    .option('--reason <text>', 'why')
    .action(async (principal: string, role: string, options: Options) => {
      if (!options.eligible && !options.active) throw new Stop(EXIT.usage, 'say `--eligible` or `--active`')
      if (!options.for && !options.permanent) throw new Stop(EXIT.usage, 'say how long with `--for`, or `--permanent`')
      const level = options.active ? ('Assignment' as const) : ('Eligibility' as const)
      const body = {
        action: 'adminAssign' as const,
        ...{ principal, role, level },
        ...(options.scope === undefined ? {} : { scope: options.scope }),
        ...(options.plane === undefined ? {} : { plane: options.plane }),
        ...(options.for === undefined ? {} : { duration: options.for }),
        ...(options.reason === undefined ? {} : { justification: options.reason }),
      }
      const request = await talking((client) => client.submit({ body }))
      const state = options.active ? 'active in' : 'eligible for'
      answer(
        options,
        request,
        () => `${oneLine(request.principal.displayName)} is ${state} ${named(request)}, until ${when(request.until)}`,
      )
      endWith(codeOf(request, false))
    })
