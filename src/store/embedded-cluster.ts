// The cluster's files and the command that serves them: initialised once, moved into place only when complete, and started
// with every setting on the command line, so that nothing in the data folder decides who may connect.

import { type ChildProcess, spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Account, canEnter, ourName } from './embedded-account.ts'

const MAJOR = '18'

/** How the folders of attempts begin; one that was interrupted is of no use. */
export const UNFINISHED = 'unfinished-'

/** The database's own name for us, its owner. */
export const USER = 'stint'

export interface Cluster {
  readonly dataDir: string
  /** The server's data folder, `<dataDir>/postgres`. */
  readonly folder: string
  readonly native: string
  readonly account: Account | null
  readonly durable: boolean
}

export interface Serving {
  /** A folder of ours that the account can enter: the socket's folder `s`, and who may connect. */
  readonly runDir: string
  readonly port: number
  readonly tcp: boolean
}

/** Makes the cluster on first use; refuses one of another major version. */
export async function initialise(cluster: Cluster): Promise<void> {
  if (existsSync(cluster.folder)) {
    const found = readFileSync(join(cluster.folder, 'PG_VERSION'), 'utf8').trim()
    if (found === MAJOR) return
    throw new Error(
      `\`${cluster.folder}\` was made by PostgreSQL ${found} and this is ${MAJOR}; export with the old version and import here`,
    )
  }
  // Under a name of its own: an `initdb` that outlived its parent may still be writing to an earlier attempt.
  const fresh = mkdtempSync(join(cluster.dataDir, UNFINISHED))
  if (cluster.account) chownSync(fresh, cluster.account.uid, cluster.account.gid)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const sync = cluster.durable ? [] : ['--no-sync']
  const child = run(cluster, 'initdb', fresh, [`--username=${USER}`, '--auth=reject', ...locale, '--no-instructions', ...sync], 'pipe')
  const said: string[] = []
  child.stdout?.on('data', (chunk) => said.push(String(chunk)))
  child.stderr?.on('data', (chunk) => said.push(String(chunk)))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code !== 0) throw new Error(`could not initialise the database in \`${fresh}\`:\n${said.join('').trim()}`)
  renameSync(fresh, cluster.folder)
  // The server syncs what is inside its folder; that the folder is there at all is ours to make last.
  const parent = openSync(cluster.dataDir, 'r')
  fsyncSync(parent)
  closeSync(parent)
}

/** Starts the server; its words go to `<dataDir>/postgres.log`, a file, so that it never waits for us to read. */
export function serve(cluster: Cluster, serving: Serving): ChildProcess {
  const { runDir, port, tcp } = serving
  const settings: Record<string, string> = {
    listen_addresses: tcp ? '127.0.0.1' : '',
    port: String(port),
    unix_socket_directories: join(runDir, 's'),
    unix_socket_permissions: '0700',
    hba_file: join(runDir, 'hba.conf'),
    ident_file: join(runDir, 'ident.conf'),
    timezone: 'UTC',
    log_timezone: 'UTC',
    // A constraint that refuses a request is daily business; its row does not belong into a log.
    log_min_messages: 'log',
    log_min_error_statement: 'panic',
    log_checkpoints: 'off',
    jit: 'off',
    ...(cluster.durable ? {} : { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  }
  const log = openSync(join(cluster.dataDir, 'postgres.log'), 'a', 0o600)
  try {
    return run(
      cluster,
      'postgres',
      cluster.folder,
      Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      log,
    )
  } finally {
    closeSync(log)
  }
}

/**
 * Who may connect: over the socket, only the account this process runs under, as the owner, vouched for by the operating
 * system; over loopback, if at all, whoever has a password. The files are ours: the server's account cannot change them.
 */
export function writeAccess(runDir: string, account: Account | null, tcp: boolean): void {
  const lines = [`local all ${USER} peer map=owner`, ...(tcp ? ['host all all 127.0.0.1/32 scram-sha-256'] : [])]
  for (const [name, body] of Object.entries({ 'hba.conf': lines.join('\n'), 'ident.conf': `owner "${ourName()}" ${USER}` })) {
    writeFileSync(join(runDir, name), `${body}\n`)
    chmodSync(join(runDir, name), 0o644)
  }
  const socketDir = join(runDir, 's')
  mkdirSync(socketDir, { mode: 0o700 })
  if (account) chownSync(socketDir, account.uid, account.gid)
}

function run(cluster: Cluster, program: string, folder: string, args: readonly string[], output: 'pipe' | number): ChildProcess {
  const { account } = cluster
  // Where the account cannot walk to its own folder (root's home, say), we open it and hand the open folder over: the way
  // through /proc/self/fd leads straight to it, and once inside the server uses relative paths only.
  const handOver = !canEnter(folder, account)
  if (handOver && process.platform !== 'linux') {
    throw new Error(`\`${account?.name}\` cannot enter \`${folder}\`; move the data to a folder that it can enter`)
  }
  const open = handOver ? openSync(folder, 'r') : null
  try {
    return spawn(join(cluster.native, 'bin', program), ['-D', open === null ? folder : '/proc/self/fd/3', ...args], {
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
      stdio: open === null ? ['ignore', output, output] : ['ignore', output, output, open],
      // Nothing of our environment: it may hold secrets, and PG* variables would steer the server.
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      cwd: '/',
      // A session of its own: Ctrl-C in our terminal is ours to handle, not the server's.
      detached: true,
    })
  } finally {
    if (open !== null) closeSync(open)
  }
}
