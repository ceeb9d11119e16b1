// The line to the server. INVARIANT: every call ends within its deadline. A call cut short takes its connection with it, so the
// server rolls back whatever was not committed, and the caller hears "not known", never "no".

import { Pool, type PoolClient } from 'pg'
import type { Deps, Signal } from '../../domain/provisioning/connector.ts'
import { type PostgresConfig, readCertificate, readSecret } from './config.ts'

export interface Line {
  /** Lends a connection to one piece of work. */
  with<T>(s: Signal, work: (client: PoolClient) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Opens nothing yet: the first call does. */
export function line(config: PostgresConfig, deps: Deps): Line {
  let pool: Pool | null = null
  return {
    async with(s, work) {
      if (s.aborted) throw new CutShort('stopped before the call')
      pool ??= open(config, deps)
      const cut = cutter(s, config.callMs)
      try {
        const connecting = pool.connect()
        connecting.then((late) => cut.happened && late.release(true)).catch(() => {})
        const client = await Promise.race([connecting, cut.promise])
        return await lend(client, work, cut.promise)
      } finally {
        cut.clear()
      }
    },
    close: async () => pool?.end(),
  }
}

function open(config: PostgresConfig, deps: Deps): Pool {
  const { callMs } = config
  const ssl = config.tls === 'disable' ? false : config.caFile === undefined ? true : { ca: readCertificate(config.caFile) }
  const pool = new Pool({
    host: config.host,
    port: config.port,
    database: config.database,
    user: config.user,
    password: async () => readSecret(config.password, deps.env).reveal(),
    ssl,
    max: config.connections,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
    connectionTimeoutMillis: callMs,
    application_name: 'stint',
    // The server keeps deadlines too, since a frozen worker cannot. One that froze between two statements loses the fence row before
    // another that waits for it gives up.
    statement_timeout: callMs,
    lock_timeout: Math.ceil(callMs / 2),
    idle_in_transaction_session_timeout: Math.ceil(callMs / 4),
    // Nothing that somebody put into `public` may answer in place of the catalogue.
    options: '-c search_path=pg_catalog -c default_transaction_isolation=read\\ committed',
  })
  pool.on('error', () => {}) // an idle connection died: the pool drops it, the next call opens another
  return pool
}

async function lend<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>, cut: Promise<never>): Promise<T> {
  const ignore = () => {} // the running query rejects with the same error
  client.on('error', ignore)
  try {
    const running = work(client)
    running.catch(ignore) // when cut short, nobody waits for it any more
    const value = await Promise.race([running, cut])
    client.off('error', ignore)
    client.release()
    return value
  } catch (error) {
    client.release(true)
    throw error
  }
}

/** The call was ended by us; whether it took effect is not known. */
class CutShort extends Error {}

function cutter(s: Signal, ms: number) {
  const state = { happened: false, clear: () => {}, promise: undefined as unknown as Promise<never> }
  state.promise = new Promise<never>((_, reject) => {
    const end = (words: string) => {
      state.happened = true
      reject(new CutShort(`${words}: whether it took effect is not known`))
    }
    const timer = setTimeout(() => end(`no answer within ${ms} ms`), ms)
    const abort = () => end('stopped during the call')
    s.addEventListener('abort', abort, { once: true })
    state.clear = () => {
      clearTimeout(timer)
      s.removeEventListener('abort', abort)
    }
  })
  state.promise.catch(() => {})
  return state
}
