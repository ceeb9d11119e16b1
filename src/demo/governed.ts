// The governed system of the demo and of the bench: a real PostgreSQL of its own, with logins by password over loopback, furnished
// as an operator would: the connector's documented set-up script, a role that cannot log in and owns what is worth guarding,
// accounts of people.

import { createServer } from 'node:net'
import { Client, DatabaseError, escapeIdentifier, escapeLiteral } from 'pg'
import { setupScript } from '../connectors/postgres/setup.ts'
import { type Embedded, startEmbedded } from '../store/embedded.ts'
import { type Db, openDb } from '../store/sql.ts'

export const ROLE = 'payments_operator'
const TABLE = 'payouts'
const DATABASE = 'payments'
const CONNECTOR = 'stint_connector'
const HOST = '127.0.0.1'

export interface Governed {
  readonly port: number
  readonly version: string
  /** The superuser's line, over the socket. */
  readonly db: Db
  /** What the server has to find in its environment: the names are those of examples/contoso.yaml. */
  readonly env: Readonly<Record<string, string>>
  /** Logs in as a person, by password. */
  login(account: string): Promise<Client>
  /** The address a person would log in with, their password in it. */
  urlOf(account: string): string
  stop(): Promise<void>
}

export interface GovernedOptions {
  readonly dataDir: string
  readonly accounts: readonly string[]
  /** A new password for each call. */
  readonly secret: () => string
}

/** Starts and furnishes it. */
export async function openGoverned(options: GovernedOptions): Promise<Governed> {
  const { accounts, secret } = options
  const embedded = await startAtFreePort(options)
  const db = openDb({ ...embedded.url(DATABASE), max: 2, applicationName: 'stint demo' })
  const passwords = new Map([CONNECTOR, ...accounts].map((name) => [name, secret()]))
  const passwordOf = (name: string) => passwords.get(name) ?? ''
  try {
    const version = await furnish(db, accounts, passwordOf)
    return {
      port: embedded.port,
      version,
      db,
      env: {
        STINT_PAYMENTS_HOST: HOST,
        STINT_PAYMENTS_PORT: String(embedded.port),
        STINT_PAYMENTS_DATABASE: DATABASE,
        STINT_PAYMENTS_USER: CONNECTOR,
        STINT_PAYMENTS_PASSWORD: passwordOf(CONNECTOR),
        // It listens on this machine only and has no certificate.
        STINT_PAYMENTS_TLS: 'disable',
      },
      async login(user) {
        const client = new Client({ host: HOST, port: embedded.port, database: DATABASE, user, password: passwordOf(user) })
        // A session that the server ends while nobody waits for an answer must not end us too.
        client.on('error', () => {})
        await client.connect()
        return client
      },
      urlOf: (account) => `postgres://${account}:${passwordOf(account)}@${HOST}:${embedded.port}/${DATABASE}`,
      async stop() {
        await db.close()
        await embedded.stop()
      },
    }
  } catch (error) {
    await db.close()
    await embedded.stop()
    throw error
  }
}

const ATTEMPTS = 5

/** Between finding a free port and taking it somebody else may have taken it. */
async function startAtFreePort({ dataDir, secret }: GovernedOptions): Promise<Embedded> {
  for (let attempt = 1; ; attempt++) {
    const tcp = { port: await freePort(), password: secret() }
    try {
      return await startEmbedded({ dataDir, database: DATABASE, tcp })
    } catch (error) {
      if (attempt === ATTEMPTS || !/TCP\/IP/.test(String(error))) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done, failed) => server.once('error', failed).listen(0, HOST, done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

async function furnish(db: Db, accounts: readonly string[], passwordOf: (name: string) => string): Promise<string> {
  const [server] = await db.query<{ version: string; major: number }>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major`,
  )
  const { version, major } = server ?? { version: '', major: 0 }
  await db.query(setupScript({ connectorRole: CONNECTOR, governedRoles: [ROLE], serverMajor: major, closeDatabases: [DATABASE] }))
  await db.query(`alter role ${CONNECTOR} password ${escapeLiteral(passwordOf(CONNECTOR))}`)
  await db.query('revoke connect on database postgres from public')
  await db.query(
    `create table public.${TABLE} (id int primary key, payee text not null, cents bigint not null);
     insert into public.${TABLE} values (1, 'Fabrikam', 1250000), (2, 'Northwind', 84900), (3, 'Adatum', 310);
     alter table public.${TABLE} owner to ${ROLE}`,
  )
  for (const account of accounts) {
    const name = escapeIdentifier(account)
    // People may enter the database: what is refused then is what is asked there, by the server's own judgement of the role.
    await db.query(
      `create role ${name} login password ${escapeLiteral(passwordOf(account))}; grant connect on database ${DATABASE} to ${name}`,
    )
  }
  return version
}

/** What the target answered: its own code and words, or rows. */
export interface Said {
  readonly code: string
  readonly words: string
  readonly rows: number
}

/** Asks for the guarded table in an open session. */
export async function look(client: Client): Promise<Said> {
  try {
    const { rowCount } = await client.query(`select payee, cents from public.${TABLE}`)
    return { code: 'ok', words: `${rowCount} rows`, rows: rowCount ?? 0 }
  } catch (error) {
    return saidOf(error)
  }
}

/** Logs in, asks once, logs out. */
export async function visit(governed: Pick<Governed, 'login'>, account: string): Promise<Said> {
  try {
    const client = await governed.login(account)
    const said = await look(client)
    await client.end().catch(() => {})
    return said
  } catch (error) {
    return saidOf(error)
  }
}

/** The server's own code; a connection that went away without a word has none. */
const saidOf = (error: unknown): Said => ({
  code: error instanceof DatabaseError ? (error.code ?? '') : 'no answer',
  words: error instanceof Error ? error.message : String(error),
  rows: 0,
})
