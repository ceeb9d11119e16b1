// One Stint per data folder. Owners are numbered files; the highest number owns while its process lives.
// INVARIANT: a number is taken at most once, by an exclusive link, and a dead owner never comes alive again, so two
// processes that find the same dead owner cannot both follow it. The highest file is never removed, only marked released.

import { execFileSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

interface Owner {
  readonly pid: number
  /** When the process began, in the system's own words: a reused pid has another. */
  readonly started: string | null
  /** This boot, and this view of process ids: two containers both have a process 7. */
  readonly boot: string
  readonly view: string
  readonly released?: true
}

const BEAT_MS = 1_000
// Longer than any pause of ours; only waited when the owner's process cannot be looked up.
const WATCH_MS = 6_000

/** Takes the folder or says who has it. The answer gives it back. */
export async function own(dataDir: string, watchMs: number = WATCH_MS): Promise<() => void> {
  const me: Owner = { pid: process.pid, started: startOf(process.pid), ...here() }
  for (;;) {
    const top = highest(dataDir)
    if (top > 0) await refuseWhileAlive(dataDir, top, me, watchMs)
    const mine = top + 1
    if (!place(dataDir, mine, me)) continue
    if (highest(dataDir) !== mine) {
      // We slept through a whole succession: our number is below that of the present owner.
      rmSync(file(dataDir, mine), { force: true })
      continue
    }
    for (const n of numbers(dataDir)) if (n < mine) rmSync(file(dataDir, n), { force: true })
    const quiet = beat(dataDir, mine, me)
    let released = false
    return () => {
      if (released) return
      released = true
      quiet()
      replace(dataDir, mine, { ...me, released: true })
    }
  }
}

const file = (dataDir: string, n: number) => join(dataDir, `owner-${n}`)
const numbers = (dataDir: string) =>
  readdirSync(dataDir)
    .flatMap((name) => /^owner-(\d+)$/.exec(name)?.[1] ?? [])
    .map(Number)
const highest = (dataDir: string) => Math.max(0, ...numbers(dataDir))
const text = (owner: Owner) => `${JSON.stringify(owner)}\n0`

async function refuseWhileAlive(dataDir: string, n: number, me: Owner, watchMs: number): Promise<void> {
  const before = read(dataDir, n)
  if (before === null) return
  const owner = JSON.parse(before.split('\n', 1)[0] ?? '') as Owner
  if (owner.released) return
  const sameView = owner.boot === me.boot && owner.view === me.view
  const alive = sameView ? startOf(owner.pid) === owner.started && owner.started !== null : await beats(dataDir, n, before, watchMs)
  if (!alive) return
  const who = sameView ? `process ${owner.pid}` : 'a process in another container or on another machine'
  throw new Error(`the data folder \`${dataDir}\` is in use by ${who}; stop that one first, or name another data folder`)
}

async function beats(dataDir: string, n: number, before: string, watchMs: number): Promise<boolean> {
  await sleep(watchMs)
  return read(dataDir, n) !== before
}

function read(dataDir: string, n: number): string | null {
  try {
    return readFileSync(file(dataDir, n), 'utf8')
  } catch {
    return null
  }
}

/** Puts the whole record there at once, or not at all when the number is taken. */
function place(dataDir: string, n: number, owner: Owner): boolean {
  return withDraft(dataDir, owner, (draft) => {
    try {
      linkSync(draft, file(dataDir, n))
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    }
  })
}

const replace = (dataDir: string, n: number, owner: Owner) => withDraft(dataDir, owner, (draft) => renameSync(draft, file(dataDir, n)))

function withDraft<T>(dataDir: string, owner: Owner, use: (draft: string) => T): T {
  const folder = mkdtempSync(join(dataDir, 'taking-'))
  try {
    const draft = join(folder, 'owner')
    writeFileSync(draft, text(owner))
    return use(draft)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Shows life to those who cannot look up our process: the record's last character changes every second. */
function beat(dataDir: string, n: number, owner: Owner): () => void {
  const fd = openSync(file(dataDir, n), 'r+')
  const at = Buffer.byteLength(text(owner)) - 1
  let count = 0
  const timer = setInterval(() => writeSync(fd, String(++count % 10), at), BEAT_MS)
  timer.unref()
  return () => {
    clearInterval(timer)
    closeSync(fd)
  }
}

function here(): { boot: string; view: string } {
  if (process.platform !== 'linux') return { boot: '', view: '' }
  return { boot: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), view: readlinkSync('/proc/self/ns/pid') }
}

/** When a process began; null when there is none. */
function startOf(pid: number): string | null {
  try {
    if (process.platform !== 'linux') return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || null
    // The second field is the program's name in parentheses and may hold anything; the start is the 22nd.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
