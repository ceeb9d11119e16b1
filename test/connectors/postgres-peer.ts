// A real PostgreSQL with a vault that only holders of one role can open, and people who log in with their own passwords.

import { Client, type ClientConfig, escapeIdentifier as q } from 'pg'
import { postgresConnector } from '../../src/connectors/postgres/index.ts'
import { setupScript } from '../../src/connectors/postgres/setup.ts'
import type { AccountRef, EntitlementRef, Session } from '../../src/domain/provisioning/connector.ts'
import { openGate, type TcpGate } from './gate.ts'
import type { Peer } from './suite.ts'

export interface PrivateServer {
  readonly port: number
  readonly superuser: string
  readonly password: string
  stop(): Promise<void>
}

export interface PostgresPeer extends Peer {
  readonly major: number
  /** Says something to the target as its superuser. */
  admin(sql: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  worker(settings?: Record<string, unknown>): Promise<{ session: Session; gate: TcpGate }>
  /** Logs in as a person. */
  login(account: { name: string }): Promise<Client>
  /** Runs the set-up script for these roles, in the database of the fence. */
  setup(governedRoles: readonly string[], closeDatabases?: readonly string[]): Promise<void>
  ref(role: string): Promise<EntitlementRef & AccountRef>
}

export const CONNECTOR = 'stint_connector'
/** Names that would break a statement put together by hand. */
const GOVERNED = 'Vault "keepers"; --'
const DATABASE = 'vault'
const PASSWORD = 'only for this test'

/** Furnishes a fresh server: the set-up script is the one that operators run. */
export async function postgresPeer(server: PrivateServer): Promise<PostgresPeer> {
  const connect = async (config: ClientConfig) => {
    const client = new Client({ host: '127.0.0.1', port: server.port, database: DATABASE, password: PASSWORD, ...config })
    client.on('error', () => {})
    await client.connect()
    return client
  }
  const superuser = { user: server.superuser, password: server.password }
  const first = await connect({ ...superuser, database: 'postgres' })
  await first.query(`create database ${DATABASE}`)
  await first.end()
  const root = await connect(superuser)
  const admin = async (sql: string, values: unknown[] = []) => (await root.query(sql, values)).rows
  const version = await admin(`select current_setting('server_version_num')::int / 10000 as major`)
  const major = Number(version[0]?.major)
  const setup = async (governedRoles: readonly string[], closeDatabases: readonly string[] = []) => {
    await root.query(setupScript({ connectorRole: CONNECTOR, governedRoles, serverMajor: major, closeDatabases }))
  }
  await setup([GOVERNED])
  await admin(`alter role ${CONNECTOR} password '${PASSWORD}'`)
  await admin(`create table public.gold (bars int); grant select on public.gold to ${q(GOVERNED)}; create role forbidden nologin`)

  const ref = async (role: string) => {
    const [row] = await admin('select oid::text as id from pg_roles where rolname::text = $1', [role])
    return { id: String(row?.id), name: role }
  }
  const login = (account: { name: string }) => connect({ user: account.name })
  const look = (client: Client) => client.query('select count(*) from public.gold')
  const gates: TcpGate[] = []
  let people = 0

  return {
    major,
    admin,
    login,
    setup,
    ref,
    entitlement: await ref(GOVERNED),
    forbidden: await ref('forbidden'),
    ghost: { id: '4000000000', name: 'ghost' },
    async worker(settings = {}) {
      const gate = await openGate(server.port, { begins: 'begin', effect: 'commit' })
      gates.push(gate)
      const raw = {
        host: '127.0.0.1',
        port: gate.port,
        database: DATABASE,
        user: CONNECTOR,
        password: { env: 'PW' },
        tls: 'disable',
        ...settings,
      }
      const config = postgresConnector.parseConfig(raw)
      if (!config.ok) throw new Error(config.fault.words)
      return {
        session: postgresConnector.open(config.value, { now: () => Date.now(), env: { PW: PASSWORD, OLD_PW: 'the one before' } }),
        gate,
      }
    },
    async newAccount() {
      const name = `Person ${++people} "the ${major}th"`
      await admin(`create role ${q(name)} login password '${PASSWORD}'`)
      return name
    },
    async can(account) {
      const [now] = await admin('select rolname::text as name from pg_roles where oid = $1::oid', [account.id])
      const client = await login({ name: String(now?.name) })
      try {
        return (await look(client).then(() => 'yes', code)) === 'yes'
      } finally {
        await client.end()
      }
    },
    async use(account) {
      const client = await login(account)
      await client.query(`set role ${q(GOVERNED)}`)
      return {
        alive: async () => (await look(client).then(() => 'yes', code)) === 'yes',
        close: () => client.end().catch(() => {}),
      }
    },
    grantByHand: async (account) => void (await admin(`grant ${q(GOVERNED)} to ${q(account.name)}`)),
    removeByHand: async (account) =>
      void (await admin(`revoke ${q(GOVERNED)} from ${q(account.name)} ${major >= 16 ? `granted by ${CONNECTOR}` : ''}`)),
    async crowd(n) {
      await setup(['crowd'])
      await admin(
        `do $$ begin for i in 1..${n} loop execute format('create role %I', 'crowd ' || i); execute format('grant crowd to %I', 'crowd ' || i); end loop; end $$`,
      )
      return ref('crowd')
    },
    async close() {
      await root.end()
      await Promise.all(gates.map((g) => g.close()))
      await server.stop()
    },
  }
}

// The target's own words: no right, or the session was ended. Anything else is a broken test.
function code(error: { code?: string; message: string }): string {
  if (error.code === '42501' || error.code === '57P01') return error.code
  if (/not queryable|Connection terminated|was closed/.test(error.message)) return '57P01'
  throw error
}
