// `stint init`: an empty installation with one Global Administrator (D32).

import { Command } from 'commander'
import { answer } from '../output.ts'
import { configOf, houseOptions, opened } from '../settings.ts'

/** How long the first administrator's link holds. */
const FIRST_HOURS = 24

export const initCommand = () =>
  houseOptions(new Command('init'))
    .description('make a tenant with its first Global Administrator')
    .requiredOption('--tenant <domain>', "the tenant's domain, such as contoso.com")
    .requiredOption('--admin <address>', 'who is Global Administrator, such as admin@contoso.com')
    .option('--port <number>', 'the port it will serve on, for the link (STINT_PORT, default 7080)')
    .option('--public-url <url>', 'the address it will be known by, for the link (STINT_PUBLIC_URL, default http://localhost:PORT)')
    .option('--json', 'answer as JSON')
    .action(async ({ tenant, admin, ...flags }: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { initTenant } = await import('../../server.ts')
      const made = await opened(() => initTenant(config, { tenant: String(tenant), admin: String(admin) }))
      const { enrol } = await import('../../errands.ts')
      const { upn, link, endsAt } = await opened(() => enrol(config, String(admin), FIRST_HOURS))
      const value = { tenantId: made.tenantId, adminId: made.adminId, enrolment: { link, endsAt } }
      answer({ json: config.json }, value, () =>
        [
          `made tenant ${tenant} (${made.tenantId}); ${upn} is Global Administrator`,
          `next: stint serve, then enrol as ${upn} with this link, once, until ${endsAt}`,
          link,
        ].join('\n'),
      )
    })
