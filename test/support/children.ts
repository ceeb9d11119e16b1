// Runs `embedded-child.ts` in a process of its own, as whom one likes.

import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { EmbeddedOptions } from '../../src/store/embedded.ts'

const CHILD = fileURLToPath(new URL('embedded-child.ts', import.meta.url))
const STORE = fileURLToPath(new URL('../../src/store', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Told {
  readonly socketDir: string
  readonly pid: number
  readonly uid: number
  readonly rows: number
  readonly ms: number
}

export interface Child {
  readonly process: ChildProcess
  /** What it said when its server ran; rejects with its complaint when it never did. */
  readonly told: Promise<Told>
  readonly ended: Promise<number | NodeJS.Signals | null>
}

export interface As {
  uid?: number
  /** Another copy of `src/store`. */
  store?: string
  env?: Record<string, string>
}

export function embeddedChild(options: EmbeddedOptions, then: 'stop' | 'hold' | 'exit', as: As = {}): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, as.store ?? STORE, JSON.stringify(options), then], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...as.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(as.uid === undefined ? {} : { uid: as.uid, gid: as.uid }),
  })
  let out = ''
  let complaint = ''
  const ended = new Promise<number | NodeJS.Signals | null>((done) => child.once('close', (code, signal) => done(signal ?? code)))
  const told = new Promise<Told>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      out += chunk
      if (then !== 'stop' && out.includes('\n')) resolve(JSON.parse(out.slice(0, out.indexOf('\n'))))
    })
    child.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    // One that is to stop has the folder until it has stopped.
    ended.then((how) =>
      how === 0 && out.includes('\n') ? resolve(JSON.parse(out)) : reject(new Error(`the child ended (${how}): ${complaint}`)),
    )
  })
  told.catch(() => {})
  return { process: child, told, ended }
}

/** Does a process of this number still run? One that has ended and waits to be collected does not. */
export function runs(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux' || statSync(`/proc/${pid}/exe`, { throwIfNoEntry: false }) !== undefined
  } catch {
    return false
  }
}
