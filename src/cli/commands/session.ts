// `stint session`: what one is signed in to, and ending it; an administrator does so for others.

import { Command } from 'commander'
import type { Client } from '../../contract/client.ts'
import { talking } from '../client.ts'
import { EXIT, Stop } from '../exit.ts'
import { answer, table, when, withJson } from '../output.ts'

interface Options {
  readonly of?: string
  readonly json?: boolean
}

/** The id of a person by their name. */
async function personOf(client: Client, name: string): Promise<string> {
  const { items } = await client.principals({ query: { name, kind: 'user' } })
  const exact = items.filter((p) => [p.id, p.upn, p.displayName].some((one) => one?.toLowerCase() === name.toLowerCase()))
  const [person] = exact
  if (!person || exact.length > 1)
    throw new Stop(EXIT.refused, `\`${name}\` is nobody's name, or that of several: give the address or the id`)
  return person.id
}

const json = (options: Options) => (options.json ? { json: true } : {})

const list = () =>
  withJson(new Command('list'))
    .description('what you are signed in to')
    .option('--of <person>', 'of somebody else, for administrators')
    .exitOverride()
    .action(async (options: Options) => {
      const { of } = options
      const found = await talking(async (client) =>
        of === undefined ? client.mySessions() : client.sessionsOf({ params: { id: await personOf(client, of) } }),
      )
      answer(json(options), found, () =>
        table(
          ['ID', 'APPLICATION', 'SINCE', 'BY', 'FROM', ''],
          found.items.map((s) => [
            s.id,
            s.application?.name ?? 'account pages',
            when(s.beganAt),
            s.methods.join(','),
            s.address ?? '',
            s.current ? 'this one' : '',
          ]),
        ),
      )
    })

const revoke = () =>
  withJson(new Command('revoke'))
    .description('end one of them, at once')
    .argument('<id>')
    .option('--of <person>', 'of somebody else, for administrators')
    .exitOverride()
    .action(async (id: string, options: Options) => {
      const { of } = options
      const done = await talking(async (client) =>
        of === undefined
          ? client.revokeMySession({ params: { id } })
          : client.revokeSessionOf({ params: { id: await personOf(client, of), session: id } }),
      )
      answer(json(options), done, () => `session ${id} has ended`)
    })

export const sessionCommand = () =>
  [list(), revoke()].reduce((all, one) => all.addCommand(one), new Command('session').description('what one is signed in to'))
