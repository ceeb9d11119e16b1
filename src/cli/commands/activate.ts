// `stint activate` and `stint deactivate`: a role for a stint, and its early end.

import { Command } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { isoDuration, waitMs } from '../durations.ts'
import { EXIT } from '../exit.ts'
import { answer, named, when, withJson } from '../output.ts'
import { codeOf, endWith, inEffect, settled } from '../wait.ts'

interface Options {
  readonly scope?: string
  readonly plane?: 'directory' | 'resource' | 'group'
  readonly for: string
  readonly reason?: string
  readonly ticket?: string
  readonly ticketSystem?: string
  readonly wait?: boolean
  readonly timeout: number
  readonly json?: boolean
}

/** Drops what was not given: the contract has no place for `undefined` in JSON. */
const given = <T extends object>(o: T) => Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined))

const words = (r: Output<'request'>): string => {
  if (r.status === 'Provisioned') return `${named(r)} is yours until ${when(r.until)} (request ${r.id})`
  if (r.status === 'Revoked') return `${named(r)} has ended`
  return `${named(r)}: ${r.status} (request ${r.id})`
}

/** Role, scope and plane, as several commands take them. */
export const privilegeOptions = (command: Command): Command =>
  command
    .argument('<role>', 'a role by name or id; for a group, its name')
    .option('--scope <scope>', 'where: a path, an id or a name; may be left out where it is clear')
    .option('--plane <plane>', 'directory, resource or group; may be left out where it is clear')

export const activateCommand = () =>
  withJson(privilegeOptions(new Command('activate')))
    .description('activate a role that I am eligible for')
    .option('--for <duration>', 'how long, such as 30m or 2h', isoDuration, 'PT1H')
    .option('--reason <text>', 'why')
    .option('--ticket <number>', 'the ticket it is for')
    .option('--ticket-system <name>', 'where that ticket is')
    .option('--wait', 'wait until it is decided and in effect')
    .option('--timeout <duration>', 'how long to wait', waitMs, 600_000)
    .action(async (role: string, options: Options) => {
      const [request, effective] = await talking(async (client) => {
        const { scope, plane, reason: justification, ticket: ticketNumber, ticketSystem } = options
        const ask = given({ scope, plane, justification, ticketNumber, ticketSystem })
        const asked = await client.submit({ body: { action: 'selfActivate', role, duration: options.for, ...ask } })
        if (!options.wait) return [asked, true] as const
        const decided = await settled(client, asked, options.timeout)
        const done = decided.status !== 'Provisioned' || (await inEffect(client, decided, options.timeout))
        return [decided, done] as const
      })
      answer(options, request, () => words(request))
      endWith(effective ? codeOf(request, options.wait ?? false) : EXIT.pending)
    })

export const deactivateCommand = () =>
  withJson(privilegeOptions(new Command('deactivate')))
    .description('end an activation of mine early')
    .option('--reason <text>', 'why')
    .action(async (role: string, options: Options) => {
      const { scope, plane, reason: justification } = options
      const body = { action: 'selfDeactivate' as const, role, ...given({ scope, plane, justification }) }
      const request = await talking((client) => client.submit({ body }))
      answer(options, request, () => words(request))
    })
