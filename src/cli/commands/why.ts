// `stint why`: everything that stands between me and a role: each finding, its rule, and what would satisfy it.

import { Command } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { isoDuration } from '../durations.ts'
import { EXIT } from '../exit.ts'
import { answer, named, table, when, withJson } from '../output.ts'
import { endWith } from '../wait.ts'
import { privilegeOptions } from './activate.ts'

interface Options {
  readonly scope?: string
  readonly plane?: 'directory' | 'resource' | 'group'
  readonly for: string
  readonly reason?: string
  readonly ticket?: string
  readonly json?: boolean
}

function words(p: Output<'preview'>): string {
  const asks = p.inputs.map((i) => [`  ${i.name}`, i.words])
  const needs = [
    ...(asks.length > 0 ? [`asked for:\n${asks.map(([name, text]) => `${name}: ${text}`).join('\n')}`] : []),
    ...(p.needsApproval ? ['somebody has to approve it'] : []),
  ]
  if (p.findings.length === 0) {
    const until = p.window ? ` until ${when(p.window.until)}` : ''
    return [`nothing stands in the way of ${named(p)}${until}`, ...needs].join('\n')
  }
  const rows = p.findings.map((f) => [f.rule, f.ruleId ?? '', f.words, f.mend ?? ''])
  return [`${named(p)} cannot be activated so:`, table(['RULE', 'SETTING', 'FINDING', 'WHAT WOULD SATISFY IT'], rows), ...needs].join('\n')
}

const MOST_LOST = 3

/** What the caller lost by the word of a source, latest first. */
function lost(done: Output<'doneBySources'>['items']): readonly string[] {
  const gone = done.filter((d) => d.reason !== null).slice(0, MOST_LOST)
  return gone.length === 0
    ? []
    : [
        'taken away where you are kept:',
        table(
          ['WHEN', 'SOURCE', 'WHY'],
          gone.map((d) => [when(d.at), d.source, d.reason ?? '']),
        ),
      ]
}

export const whyCommand = () =>
  withJson(privilegeOptions(new Command('why')))
    .description('what stands between me and a role, and what would satisfy it')
    .option('--for <duration>', 'how long, such as 30m or 2h', isoDuration, 'PT1H')
    .option('--reason <text>', 'the reason I would give')
    .option('--ticket <number>', 'the ticket I would name')
    .action(async (role: string, options: Options) => {
      const body = {
        action: 'selfActivate' as const,
        ...{ role, duration: options.for },
        ...(options.scope === undefined ? {} : { scope: options.scope }),
        ...(options.plane === undefined ? {} : { plane: options.plane }),
        ...(options.reason === undefined ? {} : { justification: options.reason }),
        ...(options.ticket === undefined ? {} : { ticketNumber: options.ticket }),
      }
      const preview = await talking((client) => client.preview({ body }))
      // A group that is gone is no finding of a rule: where people are kept somebody took it away, and said why.
      const done = preview.findings.length > 0 ? await talking((client) => client.doneBySources({ query: {} })) : { items: [] }
      answer(options, preview, () => [words(preview), ...lost(done.items)].join('\n'))
      endWith(preview.findings.length > 0 ? EXIT.refused : EXIT.ok)
    })
