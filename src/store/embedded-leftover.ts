// After our own death by force the server lives on. The next start finds it, by what it has open and not by its number alone,
// stops it, and waits until nothing of it touches the files.

import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, rmSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Account } from './embedded-account.ts'

const FAST_MS = 60_000
const FORCED_MS = 10_000
const LOOK_MS = 20

/** Stops whatever server still runs on the cluster; says so through `log`. */
export async function stopLeftover(cluster: string, account: Account | null, log: (line: string) => void): Promise<void> {
  const main = postmasterPid(cluster)
  const still = () => running(cluster, main, account)
  if (still().length > 0) {
    log('a database server of an earlier process still runs on the data folder; stopping it')
    // Its helpers end with it; without it (killed too) they notice within moments.
    signal(still().includes(main) ? [main] : [], 'SIGINT')
    if (!(await gone(still, FAST_MS))) {
      signal(still(), 'SIGQUIT')
      if (!(await gone(still, FORCED_MS)))
        throw new Error(`a database server (process ${still().join(', ')}) holds \`${cluster}\` and does not stop; stop it by hand`)
    }
  }
  // The number in its file may meanwhile be somebody else's, and the server would take that for a running one.
  // Safe only where we have seen that no server has the folder open.
  if (process.platform === 'linux' && main > 0) rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

/** The main process as the server noted it; 0 when there is no note. */
function postmasterPid(cluster: string): number {
  return Number(noted(cluster)[0] ?? 0) || 0
}

/** Has this very server process said that it takes connections? */
export const isReady = (cluster: string, pid: number): boolean => {
  const lines = noted(cluster)
  return Number(lines[0]) === pid && lines[7]?.startsWith('ready') === true
}

function noted(cluster: string): string[] {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')
  } catch {
    return []
  }
}

function running(cluster: string, main: number, account: Account | null): number[] {
  if (process.platform !== 'linux') return isPostgresByName(main) ? [main] : []
  const folder = statSync(cluster)
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isOurs(pid, folder, main, account))
}

function isOurs(pid: number, folder: { dev: number; ino: number }, main: number, account: Account | null): boolean {
  try {
    const { uid } = statSync(`/proc/${pid}`)
    if (uid !== (account?.uid ?? process.getuid?.())) return false
    if (!readFileSync(`/proc/${pid}/stat`, 'utf8').includes('(postgres)')) return false
    try {
      // A server's working folder is its data folder, whatever name it was reached by.
      const cwd = statSync(`/proc/${pid}/cwd`)
      return cwd.dev === folder.dev && cwd.ino === folder.ino && basename(readlinkSync(`/proc/${pid}/exe`)).startsWith('postgres')
    } catch (error) {
      // Some containers forbid even root to look there; then the noted number, the name and the account must do.
      return (error as NodeJS.ErrnoException).code === 'EACCES' && pid === main
    }
  } catch {
    return false
  }
}

function isPostgresByName(pid: number): boolean {
  if (pid <= 0) return false
  try {
    return execFileSync('ps', ['-o', 'comm=', '-p', String(pid)], { encoding: 'utf8' })
      .trim()
      .endsWith('postgres')
  } catch {
    return false
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name)
    } catch {
      // Already gone.
    }
  }
}

async function gone(still: () => number[], within: number): Promise<boolean> {
  for (let waited = 0; waited < within; waited += LOOK_MS) {
    if (still().length === 0) return true
    await sleep(LOOK_MS)
  }
  return still().length === 0
}
