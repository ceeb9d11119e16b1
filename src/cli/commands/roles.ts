// `stint roles`: what I can have, have and had, over all planes.

import { Command } from 'commander'
import type { Output } from '../../contract/routes.ts'
import { talking } from '../client.ts'
import { answer, named, table, when, withJson } from '../output.ts'

type Holding = Output<'myRoles'>['can'][number]

const section = (title: string, holdings: readonly Holding[], last: string): string => {
  if (holdings.length === 0) return `${title}: nothing`
  const rows = holdings.map((h) => [
    named(h),
    h.plane,
    h.memberType === 'Group' ? `through ${h.principal.displayName}` : h.source === 'Activated' ? 'activated' : 'assigned',
    when(h.until),
  ])
  return `${title}\n${table(['ROLE', 'PLANE', 'HOW', last], rows).replace(/^/gm, '  ')}`
}

export const rolesCommand = () =>
  withJson(new Command('roles'))
    .description('what I can have, have, and had')
    .action(async (options: { json?: boolean }) => {
      const roles = await talking((client) => client.myRoles())
      answer(options, roles, () =>
        [section('Can have', roles.can, 'UNTIL'), section('Have', roles.have, 'UNTIL'), section('Had', roles.had, 'ENDED')].join('\n\n'),
      )
    })
