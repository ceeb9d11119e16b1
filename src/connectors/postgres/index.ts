// PostgreSQL: an entitlement is a role that cannot log in, and holding it is being its member. Tried on 15 and 18.
// The whole promise is here: the fence lies in the effect's own transaction, and sessions can be ended.

import type { PoolClient } from 'pg'
import type { Answer, Capabilities, Connector, Health, Session, Signal } from '../../domain/provisioning/connector.ts'
import { apply, endUse } from './apply.ts'
import { check } from './check.ts'
import { type PostgresConfig, parsePostgresConfig, postgresSchema } from './config.ts'
import { line } from './line.ts'
import { observe } from './observe.ts'
import { trouble } from './outcome.ts'
import { resolve } from './roles.ts'

const CAPS: Capabilities = {
  observe: 'list',
  watch: false,
  fence: 'transactional',
  targetExpiry: null,
  endsUse: 'kill',
  residualMs: 0,
  visibleMs: { typical: 0, documentedMax: 0 },
  apply: 'sync',
  lock: 'row',
  restores: false,
}

/** How long sessions get to end before they are reported as left. */
const END_WAIT_MS = 2000

export const postgresConnector: Connector<PostgresConfig> = {
  kind: 'postgres',
  caps: CAPS,
  schema: postgresSchema,
  parseConfig: parsePostgresConfig,
  open(config, deps): Session {
    const server = line(config, deps)
    const ask = async <T>(s: Signal, work: (c: PoolClient) => Promise<T>) => {
      try {
        return await server.with(s, work)
      } catch (error) {
        return trouble(error)
      }
    }
    return {
      caps: CAPS,
      longestCallMs: config.callMs,
      resolve: (subject, s) => ask(s, (c) => resolve(c, subject)),
      observe: (entitlement, who, s) => ask(s, (c) => observe(c, entitlement, who)),
      apply: (intent, s) => ask(s, (c) => apply(c, intent)),
      endUse: (_, account, s) => ask(s, (c) => endUse(c, account, Math.min(END_WAIT_MS, config.callMs / 2))),
      check: async (entitlements, s) => health(await ask(s, async (c) => ok(await check(c, entitlements, deps.now)))),
      close: () => server.close(),
    }
  },
}

const ok = <T>(value: T) => ({ t: 'ok', value }) as const

function health(answer: Answer<Health>): Health {
  if (answer.t === 'ok') return answer.value
  const code = answer.t === 'blocked' ? answer.needs : 'unreachable'
  const findings = [{ level: 'error', code, words: answer.reason } as const]
  return { reachable: false, version: null, credentialEndsAt: null, clockSkewMs: null, findings }
}
