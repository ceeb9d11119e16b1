// Reads the directories that people come from, when they are due. One that fails holds up nobody, and takes nobody away.

import type { ReadSource } from '../domain/identity/reading.ts'
import type { Ctx } from '../operations/context.ts'
import { syncDue } from '../operations/identity-import.ts'
import type { Env } from '../sources/ldap/config.ts'
import { ldapReader } from '../sources/ldap/read.ts'
import type { Job } from './loop.ts'
import type { Log } from './provision.ts'

/** What a server's loop runs for its directories. */
export function identityJobs(ctx: Ctx, env: Env, log: Log, read: ReadSource = ldapReader(env)): readonly Job[] {
  return [
    {
      name: 'identities',
      restMs: 500,
      async run() {
        const synced = await syncDue(ctx, read)
        if (!synced) return 0
        const { source, result } = synced
        if (!result.ok) log.error({ source, code: result.fault.code, reason: result.fault.words }, 'a directory was not taken over')
        else if (result.value.findings.length > 0)
          log.warn(
            { source, findings: result.value.findings.length, ...result.value.counts },
            'a directory was read; some could not be taken over',
          )
        else log.info({ source, ...result.value.counts }, 'a directory was read')
        return 1
      },
    },
  ]
}
