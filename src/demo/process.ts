// The server of the demo: the same command that an operator runs, as a process of its own.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export interface ServerProcess {
  readonly url: string
  readonly publicUrl: string
  readonly pid: number
  stop(): Promise<void>
}

export interface ProcessOptions {
  /** Program and arguments that make the `stint` command. */
  readonly command: readonly string[]
  readonly folder: string
  readonly data: string
  readonly env: Readonly<Record<string, string>>
}

/** The settings of whoever runs the demo are not the demo's: its server gets its own and nothing else of ours. */
function environment(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(STINT_|PG|DATABASE_URL$)/.test(name))
  return { ...Object.fromEntries(kept), ...more }
}

/** A server that hangs must not keep the demo for ever; its database is given time to close before that. */
const STOP_PATIENCE_MS = 45_000

/** Starts it on any free port with the sample tenant and waits until it is ready. */
export async function startProcess({ command, folder, data, env }: ProcessOptions): Promise<ServerProcess> {
  const [program = '', ...args] = command
  const file = join(folder, 'server.log')
  const log = openSync(file, 'a', 0o600)
  const child = spawn(program, [...args, 'serve', '--sample', '--json', '--port', '0', '--data', data], {
    stdio: ['ignore', 'pipe', log],
    env: environment(env),
    // A group of its own: Ctrl-C is ours to handle, in our order.
    detached: true,
  })
  closeSync(log)
  const gone = new Promise<void>((done) => child.once('error', () => done()).once('exit', () => done()))
  // Should this process end without having stopped it, it must not stay behind.
  const atExit = () => void child.kill('SIGTERM')
  process.once('exit', atExit)
  gone.then(() => process.off('exit', atExit))
  const stop = () => stopProcess(child, gone)
  const line = await Promise.race([
    new Promise<string>((done) => createInterface({ input: child.stdout as Readable }).once('line', done)),
    gone.then(() => null),
  ])
  if (line === null) throw new Error(`the server did not start:\n${readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n')}`)
  const { url, publicUrl, pid } = JSON.parse(line) as { url: string; publicUrl: string; pid: number }
  return { url, publicUrl, pid, stop }
}

async function stopProcess(child: ChildProcess, gone: Promise<void>): Promise<void> {
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS)
  await gone
  clearTimeout(force)
}

/** Runs one command of the CLI to its end. */
export function runCommand(
  command: readonly string[],
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const [program = '', ...first] = command
  const child = spawn(program, [...first, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env: environment(env) })
  let out = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  return new Promise((done, failed) => child.once('error', failed).once('close', (code) => done({ code, out })))
}
