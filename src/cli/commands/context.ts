// `stint context`: authentication contexts, which rules ask for by name.

import { Command, Option } from 'commander'
import { talking } from '../client.ts'
import { answer, table, withJson } from '../output.ts'

type Strength = 'mfa' | 'phishingResistant' | 'passkey'

interface Options {
  readonly name?: string
  readonly description?: string
  readonly strength?: Strength
  readonly maximumAge?: string
  readonly networks?: string
  readonly compliantDevice?: boolean
  readonly enabled?: boolean
  readonly json?: boolean
}

const HEADS = ['CONTEXT', 'NAME', 'STRENGTH', 'GREATEST AGE', 'NETWORKS', 'DEVICE', 'STATE']

interface Shown {
  readonly id: string
  readonly displayName: string
  readonly strength: string
  readonly maximumAge: string | null
  readonly networks: readonly string[]
  readonly compliantDevice: boolean
  readonly enabled: boolean
}

const rowOf = (c: Shown): string[] => [
  c.id,
  c.displayName,
  c.strength,
  c.maximumAge ?? 'session',
  c.networks.join(' ') || 'any',
  c.compliantDevice ? 'compliant' : 'any',
  c.enabled ? 'enabled' : 'disabled',
]

const jsonOf = (json: boolean | undefined) => (json ? { json } : {})

const list = () =>
  withJson(new Command('list'))
    .description('all contexts')
    .action(async ({ json }: Options) => {
      const { items } = await talking((client) => client.authenticationContexts())
      answer(jsonOf(json), items, () => table(HEADS, items.map(rowOf)))
    })

const words = (text: string): string[] => text.split(/[\s,]+/).filter((one) => one !== '' && one !== 'any')

const set = () =>
  withJson(new Command('set'))
    .description('define a context, or change it; what is left out stays')
    .argument('<id>', 'c1 to c99')
    .option('--name <text>', 'what people know it by')
    .option('--description <text>', 'what it is for')
    .addOption(new Option('--strength <strength>', 'the weakest proof that will do').choices(['mfa', 'phishingResistant', 'passkey']))
    .option('--maximum-age <duration>', 'how old the proof may be, such as PT15M; `session`: as long as its token lives')
    .option('--networks <cidrs>', 'networks it is offered from, such as 10.0.0.0/8,192.168.1.0/24; `any`: from anywhere')
    .option('--compliant-device', 'only on a device that the identity provider says complies')
    .option('--no-compliant-device', 'on any device')
    .option('--enabled', 'enable it')
    .option('--no-enabled', 'disable it: nobody satisfies it then')
    .action(async (id: string, { json, name, maximumAge, networks, ...rest }: Options) => {
      const body = {
        ...rest,
        ...(name === undefined ? {} : { displayName: name }),
        ...(maximumAge === undefined ? {} : { maximumAge: maximumAge === 'session' ? null : maximumAge }),
        ...(networks === undefined ? {} : { networks: words(networks) }),
      }
      const done = await talking((client) => client.setAuthenticationContext({ params: { id }, body }))
      answer(jsonOf(json), done, () => table(HEADS, [rowOf(done)]))
    })

export const contextCommand = () =>
  [list(), set()].reduce((all, one) => all.addCommand(one), new Command('context').description('authentication contexts'))
