// Under which account the private server runs. PostgreSQL refuses to run as root, so root hands it to an unprivileged account.

import { execFileSync } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'

export interface Account {
  readonly name: string
  readonly uid: number
  readonly gid: number
}

/** The account to switch to, or null when the server runs as ourselves. */
export function accountFor(runAs: string | undefined): Account | null {
  if (process.getuid?.() !== 0) {
    if (runAs === undefined || runAs === ourName()) return null
    throw new Error(`only root can run the database as \`${runAs}\`; leave the account out, or start as root`)
  }
  if (runAs !== undefined) {
    const account = lookUp(runAs)
    if (account === null) throw new Error(`there is no account \`${runAs}\` on this machine; create it or name another`)
    if (account.uid === 0) throw new Error(`the database refuses to run as \`${runAs}\`, which is root; name an ordinary account`)
    return account
  }
  const found = lookUp('postgres') ?? lookUp('nobody')
  if (found === null) throw new Error('root cannot run the database, and there is no account `postgres` or `nobody`; set DATABASE_URL')
  return found
}

/** The name the server's operating system knows us by: who connects over the socket is checked against it. */
export function ourName(): string {
  try {
    return userInfo().username
  } catch {
    throw new Error(`the account with uid ${process.getuid?.()} has no name on this machine; give it one, or set DATABASE_URL`)
  }
}

function lookUp(name: string): Account | null {
  // `id` asks whatever directory the machine uses; a name that looks like an option is no account.
  if (!/^[a-z_][a-z0-9_.-]*$/i.test(name)) return null
  const id = (option: string) => Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { name, uid: id('-u'), gid: id('-g') }
  } catch {
    return null
  }
}

/** May the account reach this folder, judged by the mode bits of every folder on the way? Unsure counts as no. */
export function canEnter(folder: string, account: Account | null): boolean {
  if (account === null) return true
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const { uid, gid, mode } = statSync(at)
    const search = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001
    if ((mode & search) === 0) return false
    if (at === dirname(at)) return true
  }
}
