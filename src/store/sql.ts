// The thin layer over pg: queries, transactions, pipelined sessions, wake-ups. No builder, no mapper: SQL stands in plain sight.
// INVARIANT: a transaction is acknowledged only when the server answered COMMIT to our commit.

import pg from 'pg'
import { formatInstant, type Instant } from '../domain/time.ts'
import { listener } from './listen.ts'
import { parameters, TYPES } from './sql-types.ts'

export interface Sql {
  /** Rows of one statement. With a name it is prepared once per connection; a name belongs to one text for ever. */
  query<R extends object = Record<string, unknown>>(text: string, values?: readonly unknown[], name?: string): Promise<R[]>
}

export interface Session extends Sql {
  /**
   * As `Db.transaction`. `begin` shares a round trip with what `work` asks first, and `commit` with what it asks last without
   * awaiting it: two round trips in all for lock and facts, write and commit. A failed write then rejects the whole with its error.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
}

export interface Db extends Sql {
  /** For look-ups by key outside of transactions: connections with the lane's settings, a pool of their own so that they cannot starve it. */
  readonly lookups: Sql
  /** begin … commit; rolled back when `work` throws, or when any statement of it failed, also an unawaited one. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
  /** One dedicated connection, from a pool of its own so that readers cannot starve the write lane. After a fault take a new one. */
  session<T>(work: (client: Session) => Promise<T>): Promise<T>
  /** A hint only: reconnects by itself, and then calls once with an empty payload since something may have been missed. */
  listen(channel: string, on: (payload: string) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

export interface DbOptions {
  /** `postgres://…`; instead of host, port, user, password and database. */
  url?: string
  /** A host, or the folder of a socket. */
  host?: string
  port?: number
  user?: string
  password?: string
  database?: string
  /** Connections for queries and transactions; sessions have as many again and look-ups half of it, opened when used. */
  max?: number
  applicationName?: string
  /** Told of connections that broke while nobody was waiting on them. */
  onError?: (error: Error) => void
}

const connection = (o: DbOptions): pg.ClientConfig => ({
  ...(o.url === undefined ? {} : { connectionString: o.url }),
  ...(o.host === undefined ? {} : { host: o.host }),
  ...(o.port === undefined ? {} : { port: o.port }),
  ...(o.user === undefined ? {} : { user: o.user }),
  ...(o.password === undefined ? {} : { password: o.password }),
  ...(o.database === undefined ? {} : { database: o.database }),
  application_name: o.applicationName ?? 'stint',
  types: TYPES,
  keepAlive: true,
})

// The lane's statements look up a handful of rows by key, from lists whose length the planner cannot know: it would guess 100
// and read whole tables. Tried at 6,000 rows: 15 ms a request with the defaults, under 1 ms so.
const LANE_SETTINGS =
  '-c jit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off'

/** Opens pools on a database; nothing is connected before the first use. */
export function openDb(options: DbOptions): Db {
  const onError = options.onError ?? (() => {})
  const most = options.max ?? 10
  const open = (idle: number, settings: string, max = most) => {
    const pool = new pg.Pool({
      ...connection(options),
      options: settings,
      // Every connection is pipelined: statements sent without awaiting each other leave at once, and come back in order.
      pipeline: true,
      max,
      connectionTimeoutMillis: 15_000,
      idleTimeoutMillis: idle,
    })
    pool.on('error', onError)
    // A connection that breaks in use rejects its queries; without a listener it would also end the process.
    pool.on('connect', (client) => client.on('error', () => {}))
    return pool
  }
  const pool = open(60_000, '-c jit=off')
  // Sessions keep their connections: a new one would have to prepare its statements again.
  const sessions = open(0, LANE_SETTINGS)
  const lookups = open(0, LANE_SETTINGS, Math.ceil(most / 2))
  const ears = listener(() => new pg.Client(connection(options)), onError)

  return {
    lookups: { query: (text, values, name) => withClient(lookups, (client) => run(client, text, values, name)) },
    query: (text, values, name) => withClient(pool, (client) => run(client, text, values, name)),
    transaction: (work) => withClient(pool, (client) => inTransaction(client, work)),
    session: (work) =>
      withClient(sessions, (client) =>
        work({
          query: (text, values, name) => run(client, text, values, name),
          transaction: (inner) => inTransaction(client, inner),
        }),
      ),
    listen: ears.listen,
    close: async () => {
      await Promise.all([ears.close(), pool.end(), sessions.end(), lookups.end()])
    },
  }
}

async function run<R extends object>(client: pg.PoolClient, text: string, values: readonly unknown[] = [], name?: string): Promise<R[]> {
  const config = { text, values: parameters(values), ...(name === undefined ? {} : { name }) }
  try {
    const answer: pg.QueryResult | pg.QueryResult[] = await client.query(config)
    // Several statements in one text (a migration) answer with several results; the last one counts.
    const last = Array.isArray(answer) ? answer.at(-1) : answer
    return (last?.rows ?? []) as R[]
  } catch (error) {
    if (endsConnection(error)) BROKEN.add(client)
    throw error
  }
}

// Connections that are lost although they may not know it yet.
const BROKEN = new WeakSet<pg.PoolClient>()

// A server that ends a connection says so with severity FATAL; any other word of it leaves the connection usable.
const endsConnection = (error: unknown) => !(error instanceof pg.DatabaseError) || ['FATAL', 'PANIC'].includes(error.severity ?? '')

async function withClient<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    return await work(client)
  } finally {
    // A connection that still holds a transaction is not handed on either: it is closed, and the server rolls back.
    client.release(BROKEN.has(client) || client.getTransactionStatus() !== 'I')
  }
}

async function inTransaction<T>(client: pg.PoolClient, work: (tx: Sql) => Promise<T>): Promise<T> {
  let open = true
  let failure: unknown
  const tx: Sql = {
    query(text, values, name) {
      // A statement that arrives after the commit would run on its own, outside of any transaction.
      if (!open) return Promise.reject(new Error('this transaction has ended; send its statements before its work returns'))
      const answer = run(client, text, values, name)
      // Noted here for a statement that nobody awaits; whoever awaits it is told as well.
      answer.catch((error) => {
        failure ??= error
      })
      return answer as Promise<never>
    },
  }
  const begun = client.query('begin')
  // Awaited below; until then a failed begin must not count as an unhandled rejection.
  begun.catch(() => {})
  try {
    const value = await work(tx)
    open = false
    const [, { command }] = await Promise.all([begun, client.query('commit')])
    // The server answers a commit with ROLLBACK when an earlier statement failed, also one whose error was swallowed.
    if (command !== 'COMMIT') throw failure ?? new Error('a statement of this transaction failed, so nothing of it was written')
    return value
  } catch (error) {
    open = false
    if (endsConnection(error)) BROKEN.add(client)
    await client.query('rollback').catch(() => BROKEN.add(client))
    throw error
  }
}

/** An instant as a parameter of type timestamptz; null stays null. */
export function ts(at: Instant): string
export function ts(at: Instant | null): string | null
export function ts(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at)
}

/** What the database said no with: its sqlstate and the constraint that was kept; null for anything but an answer of the server. */
export function faultOf(error: unknown): { code: string; constraint: string | null } | null {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return null
  return { code: error.code, constraint: error.constraint ?? null }
}
