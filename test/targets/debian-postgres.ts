// Debian's PostgreSQL, run privately: own folder, own loopback port, an unprivileged account; gone when the test ends.

import { execFileSync, spawn } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { freePort } from '../connectors/gate.ts'
import type { PrivateServer } from '../connectors/postgres-peer.ts'

/** Starts it. INVARIANT: without the package the test fails; it never skips. */
export async function startDebianPostgres(major: number): Promise<PrivateServer> {
  const bin = `/usr/lib/postgresql/${major}/bin`
  if (!existsSync(join(bin, 'postgres'))) throw new Error(`there is no ${bin}: install the package postgresql-${major}`)
  const password = 'the superuser of this test'
  const folder = mkdtempSync(join(tmpdir(), 'stint-debian-'))
  const account = process.getuid?.() === 0 ? unprivileged() : null
  const data = join(folder, 'data')
  writeFileSync(join(folder, 'password'), password)
  if (account) for (const path of [folder, join(folder, 'password')]) chownSync(path, account.uid, account.gid)
  const options = { ...account, cwd: folder, env: { LC_ALL: 'C', PATH: process.env.PATH ?? '' } }
  const how = ['-D', data, '-U', 'root', '-A', 'scram-sha-256', `--pwfile=${join(folder, 'password')}`, '-E', 'UTF8', '--no-sync']
  execFileSync(join(bin, 'initdb'), how, { ...options, stdio: 'pipe' })

  const port = await freePort()
  const settings = ['listen_addresses=127.0.0.1', `port=${port}`, `unix_socket_directories=${folder}`, 'fsync=off', 'shared_buffers=16MB']
  const child = spawn(join(bin, 'postgres'), ['-D', data, ...settings.flatMap((s) => ['-c', s])], { ...options, stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = () => child.kill('SIGQUIT')
  process.once('exit', end)
  const stop = async () => {
    child.kill('SIGINT')
    await exited
    process.off('exit', end)
    rmSync(folder, { recursive: true, force: true })
  }
  const ready = async (tries: number): Promise<void> => {
    const client = new Client({ host: '127.0.0.1', port, user: 'root', password, database: 'postgres' })
    try {
      await client.connect()
      await client.end()
    } catch (error) {
      if (tries === 0 || child.exitCode !== null) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
      return ready(tries - 1)
    }
  }
  try {
    await ready(200)
  } catch (error) {
    await stop()
    throw error
  }
  return { port, superuser: 'root', password, stop }
}

function unprivileged(): { uid: number; gid: number } {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
