// Debian's OpenLDAP, run privately over TLS: own folder, own loopback ports, an unprivileged account; gone when the test ends.

import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'ldapts'
import { freePort } from '../connectors/gate.ts'
import { makeCertificates } from '../support/tls.ts'

export interface PrivateDirectory {
  readonly url: string
  readonly plainUrl: string
  readonly caFile: string
  readonly base: string
  readonly bindDn: string
  readonly password: string
  /** Bound as whoever may do everything. */
  admin(): Promise<Client>
  /** Stands still, as a machine that hangs; and goes on. */
  pause(): void
  resume(): void
  stop(): Promise<void>
}

const SLAPD = '/usr/sbin/slapd'

function owned(folder: string): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  const account = { uid: id('-u'), gid: id('-g') }
  chownSync(folder, account.uid, account.gid)
  return account
}

/** Starts it. INVARIANT: without the package the test fails; it never skips. */
export async function startSlapd(): Promise<PrivateDirectory> {
  if (!existsSync(SLAPD)) throw new Error(`there is no ${SLAPD}: install the package slapd`)
  const folder = mkdtempSync(join(tmpdir(), 'stint-slapd-'))
  const base = 'dc=contoso,dc=com'
  const bindDn = `cn=admin,${base}`
  const password = 'the administrator of this directory'
  const [port, secure] = [await freePort(), await freePort()]
  const { ca: caFile, cert: certFile, key: keyFile } = await makeCertificates(folder)
  const data = join(folder, 'data')
  mkdirSync(data)
  const config = `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile ${folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCACertificateFile ${caFile}
TLSCertificateFile ${certFile}
TLSCertificateKeyFile ${keyFile}
sizelimit unlimited
database mdb
maxsize 268435456
suffix "${base}"
rootdn "${bindDn}"
rootpw ${JSON.stringify(password)}
directory ${data}
dbnosync
index objectClass,entryUUID eq
overlay ppolicy
`
  writeFileSync(join(folder, 'slapd.conf'), config, { mode: 0o600 })
  const account = owned(folder)
  if (account) for (const path of [data, join(folder, 'slapd.conf'), caFile, certFile, keyFile]) chownSync(path, account.uid, account.gid)
  const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${secure}/`
  const child = spawn(SLAPD, ['-f', join(folder, 'slapd.conf'), '-h', urls, '-d', '0'], { ...account, cwd: folder, stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = () => child.kill('SIGKILL')
  process.once('exit', end)
  const admin = async () => {
    const client = new Client({ url: `ldap://127.0.0.1:${port}`, timeout: 30_000, connectTimeout: 2_000 })
    await client.bind(bindDn, password)
    return client
  }
  const stop = async () => {
    child.kill('SIGCONT')
    child.kill('SIGTERM')
    await exited
    process.off('exit', end)
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = async (tries: number): Promise<void> => {
    try {
      await (await admin()).unbind()
    } catch (error) {
      if (tries === 0 || child.exitCode !== null) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
      return ready(tries - 1)
    }
  }
  try {
    await ready(200)
    const client = await admin()
    await client.add(base, { objectClass: ['dcObject', 'organization'], o: 'Contoso', dc: 'contoso' })
    for (const ou of ['people', 'groups', 'elsewhere']) await client.add(`ou=${ou},${base}`, { objectClass: 'organizationalUnit', ou })
    await client.unbind()
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `ldaps://localhost:${secure}`,
    plainUrl: `ldap://127.0.0.1:${port}`,
    caFile,
    base,
    bindDn,
    password,
    admin,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    stop,
  }
}
