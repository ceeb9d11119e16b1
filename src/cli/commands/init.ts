// `stint init`: an empty installation with one Global Administrator (D32).

import { Command } from 'commander'
import { configOf, houseOptions, opened } from '../settings.ts'

export const initCommand = () =>
  houseOptions(new Command('init'))
    .description('make a tenant with its first Global Administrator')
    .requiredOption('--tenant <domain>', "the tenant's domain, such as contoso.com")
    .requiredOption('--admin <address>', 'who is Global Administrator, such as admin@contoso.com')
    .option('--json', 'answer as JSON')
    .action(async ({ tenant, admin, ...flags }: Record<string, unknown>) => {
      const config = await configOf(flags)
      const { initTenant } = await import('../../server.ts')
      const made = await opened(() => initTenant(config, { tenant: String(tenant), admin: String(admin) }))
      process.stdout.write(
        config.json
          ? `${JSON.stringify({ tenantId: made.tenantId, adminId: made.adminId })}\n`
          : `made tenant ${tenant} (${made.tenantId}); ${admin} is Global Administrator\nnext: stint serve, then stint token --as ${admin} --amr mfa --save\n`,
      )
    })
