// `stint requests`, and deciding on them: approve, deny, cancel.

import { Command, Option } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { isoDuration } from '../durations.ts'
import { answer, named, table, when, withJson } from '../output.ts'
import { oneLine } from '../printable.ts'

type Request = Output<'request'>

interface ListOptions {
  readonly mine: 'principal' | 'createdBy' | 'approver'
  readonly all?: boolean
  readonly status?: Request['status']
  readonly limit: number
  readonly json?: boolean
}

const row = (r: Request) => [
  r.id,
  r.principal.upn ?? r.principal.displayName,
  r.action,
  named(r),
  r.status,
  when(r.createdAt),
  when(r.until, ''),
]

export const requestsCommand = () =>
  withJson(new Command('requests'))
    .description('requests: my own, or those that wait for me')
    .addOption(
      new Option('--mine <how>', 'as principal, as maker, or as approver')
        .choices(['principal', 'createdBy', 'approver'])
        .default('principal'),
    )
    .option('--to-approve', 'those that wait for my decision (same as --mine approver)')
    .option('--all', 'everybody’s, for those who may see them')
    .option('--status <status>', 'only in this state, such as PendingApproval')
    .option('--limit <number>', 'at most so many', Number, 50)
    .action(async (options: ListOptions & { toApprove?: boolean }) => {
      const mine = options.toApprove ? 'approver' : options.mine
      const query = {
        limit: options.limit,
        ...(options.all ? {} : { mine }),
        ...(options.status ? { status: options.status } : {}),
      }
      const page = await talking((client) => client.requests({ query }))
      answer(options, page, () =>
        page.items.length === 0 ? 'no requests' : table(['ID', 'FOR', 'ACTION', 'ROLE', 'STATUS', 'ASKED', 'UNTIL'], page.items.map(row)),
      )
    })

interface Deciding {
  readonly reason?: string
  readonly for?: string
  readonly until?: string
  readonly json?: boolean
}

const deciding = (name: 'approve' | 'deny', result: 'Approve' | 'Deny', past: string) =>
  withJson(new Command(name))
    .description(`${name} a request that waits for me`)
    .argument('<request>', "the request's id")
    .option('--reason <text>', 'why')
    .action(async (id: string, options: Deciding) => {
      const period = { ...(options.for ? { duration: options.for } : {}), ...(options.until ? { end: options.until } : {}) }
      const body = { result, justification: options.reason ?? null, ...period }
      const request = await talking((client) => client.decide({ params: { id }, body }))
      answer(options, request, () => `${past}: ${named(request)} for ${oneLine(request.principal.displayName)} is ${request.status}`)
    })

export const approveCommand = () =>
  deciding('approve', 'Approve', 'approved')
    .addOption(new Option('--for <duration>', 'of an extension or renewal: how long, if not as asked').argParser(isoDuration))
    .option('--until <time>', 'of an extension or renewal: until when, if not as asked')
export const denyCommand = () => deciding('deny', 'Deny', 'denied')

export const cancelCommand = () =>
  withJson(new Command('cancel'))
    .description('withdraw a request before it takes effect')
    .argument('<request>', "the request's id")
    .action(async (id: string, options: { json?: boolean }) => {
      const request = await talking((client) => client.cancel({ params: { id } }))
      answer(options, request, () => `withdrawn: ${named(request)} for ${oneLine(request.principal.displayName)}`)
    })
