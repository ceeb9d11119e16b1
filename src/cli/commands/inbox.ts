// `stint inbox`: what I was told.

import { Command } from 'commander'
import { talking } from '../client.ts'
import { answer, table, when, withJson } from '../output.ts'

export const inboxCommand = () =>
  withJson(new Command('inbox'))
    .description('what I was told, newest first')
    .option('--limit <number>', 'at most so many', Number, 20)
    .action(async (options: { limit: number; json?: boolean }) => {
      const page = await talking((client) => client.myMessages({ query: { limit: options.limit } }))
      const rows = page.items.map((m) => [when(m.at), m.kind, m.words])
      answer(options, page, () => (rows.length === 0 ? 'no messages' : table(['AT', 'WHAT', 'MESSAGE'], rows)))
    })
