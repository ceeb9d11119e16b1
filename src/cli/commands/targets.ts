// `stint targets`: what stands at the governed systems, wanted and seen.

import { Command } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { answer, table, when, withJson } from '../output.ts'

type Grant = Output<'grants'>['items'][number]
type Target = Output<'targets'>['items'][number]

const row = (g: Grant) => [
  g.target,
  g.entitlement,
  g.principal.displayName,
  g.account ?? 'none bound',
  g.state,
  g.observed,
  when(g.until, ''),
  g.reason ?? '',
]

const HEADING = ['TARGET', 'ENTITLEMENT', 'WHO', 'ACCOUNT', 'STATE', 'SEEN', 'UNTIL', 'WHY NOT']

const health = (t: Target) => [
  t.name,
  t.kind,
  t.reachable === null ? 'not looked at yet' : t.reachable ? 'reachable' : 'not reachable',
  when(t.checkedAt, 'never'),
  String(t.findings),
  t.expiry ? `p50 ${t.expiry.p50} ms, max ${t.expiry.max} ms, late ${t.expiry.late} of ${t.expiry.count}` : '',
]

export const targetsCommand = () =>
  withJson(new Command('targets'))
    .description('what stands at the governed systems: my own grants, or with --all everything')
    .option('--all', "everybody's grants and the targets themselves, for those who may see them")
    .action(async (options: { all?: boolean; json?: boolean }) => {
      const { grants, targets } = await talking(async (client) => {
        const page = await client.grants({ query: options.all ? { limit: 1_000 } : { mine: 'principal' } })
        return { grants: page.items, targets: options.all ? (await client.targets()).items : [] }
      })
      answer(options, { grants, targets }, () => {
        const stands = grants.length === 0 ? 'no grants' : table(HEADING, grants.map(row))
        const about = targets.length === 0 ? [] : [table(['TARGET', 'KIND', 'STATE', 'LOOKED AT', 'FINDINGS', 'ENDS'], targets.map(health))]
        return [...about, stands].join('\n\n')
      })
    })
