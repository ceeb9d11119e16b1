// Samba as a real Active Directory domain controller, on loopback: provisioned once, gone when the test ends. It wants root and the
// ports of a domain controller.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'ldapts'

export interface DomainController {
  readonly url: string
  readonly caFile: string
  readonly serverName: string
  readonly base: string
  readonly bindDn: string
  readonly password: string
  readonly provisionMs: number
  admin(): Promise<Client>
  /** Runs `samba-tool` against it. */
  tool(...args: readonly string[]): string
  stop(): Promise<void>
}

const PASSWORD = 'Passw0rd of a test, and long'
const DOMAIN = 'contoso'

function configure(folder: string): void {
  const conf = join(folder, 'etc', 'smb.conf')
  const text = readFileSync(conf, 'utf8')
  const more = `
\tinterfaces = lo
\tbind interfaces only = yes
\tserver services = rpc, ldap, cldap, kdc
\tdcerpc endpoint servers = epmapper, samr, lsarpc, netlogon, drsuapi
\tlog level = 0
\tmax log size = 100
`
  writeFileSync(conf, text.replace(/^\[global\]$/m, `[global]${more}`).replace(/^\s*server services\s*=.*dns.*$/gim, ''))
}

/** Starts it. INVARIANT: without the package the test fails; it never skips. */
export async function startSamba(): Promise<DomainController> {
  if (!existsSync('/usr/sbin/samba'))
    throw new Error('there is no /usr/sbin/samba: install the packages samba-ad-dc and samba-ad-provision')
  if (process.getuid?.() !== 0) throw new Error('a domain controller wants root')
  const folder = mkdtempSync(join(tmpdir(), 'stint-samba-'))
  mkdirSync(join(folder, 'etc'), { recursive: true })
  const began = Date.now()
  const how = [
    'domain',
    'provision',
    `--realm=${DOMAIN.toUpperCase()}.COM`,
    `--domain=${DOMAIN.toUpperCase()}`,
    '--server-role=dc',
    '--dns-backend=NONE',
    '--use-rfc2307',
    `--adminpass=${PASSWORD}`,
    `--targetdir=${folder}`,
    '--host-name=dc1',
    '--host-ip=127.0.0.1',
    '--option=interfaces=lo',
    '--option=bind interfaces only=yes',
  ]
  execFileSync('/usr/bin/samba-tool', how, { stdio: 'pipe', env: { PATH: process.env.PATH, LC_ALL: 'C' } })
  configure(folder)
  const provisionMs = Date.now() - began
  const conf = join(folder, 'etc', 'smb.conf')
  const child = spawn('/usr/sbin/samba', ['-i', '-M', 'single', '-s', conf, '--debug-stdout'], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk) => {
      said = `${said}${chunk}`.slice(-4_000)
    })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal)
    } catch {
      // It ended by itself.
    }
  }
  const end = () => kill('SIGKILL')
  process.once('exit', end)
  const bindDn = `CN=Administrator,CN=Users,DC=${DOMAIN},DC=com`
  const caFile = join(folder, 'private', 'tls', 'ca.pem')
  const serverName = `dc1.${DOMAIN}.com`
  const url = 'ldaps://localhost:636'
  const admin = async () => {
    const tlsOptions = { ca: readFileSync(caFile), servername: serverName }
    const client = new Client({ url, tlsOptions, timeout: 30_000, connectTimeout: 2_000, strictDN: false })
    await client.bind(bindDn, PASSWORD)
    return client
  }
  const stop = async () => {
    kill('SIGTERM')
    const late = setTimeout(() => kill('SIGKILL'), 5_000)
    await exited
    clearTimeout(late)
    process.off('exit', end)
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = async (tries: number): Promise<void> => {
    try {
      await (await admin()).unbind()
    } catch (error) {
      if (tries === 0 || child.exitCode !== null) throw new Error(`samba did not start: ${error}\n${said}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
      return ready(tries - 1)
    }
  }
  try {
    await ready(400)
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    caFile,
    serverName,
    base: `DC=${DOMAIN},DC=com`,
    bindDn,
    password: PASSWORD,
    provisionMs,
    admin,
    tool: (...args) =>
      execFileSync('/usr/bin/samba-tool', [...args, '-s', conf], {
        encoding: 'utf8',
        stdio: 'pipe',
        env: { PATH: process.env.PATH, LC_ALL: 'C' },
      }),
    stop,
  }
}
