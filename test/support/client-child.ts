// Runs a script with an unmodified client library in a process of its own, for trust in a certificate authority is read when Node
// starts. The script is given its task as JSON and prints one JSON line per verb.

import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Cell {
  readonly verb: string
  readonly ok: boolean
  /** What came back, in short, or what went wrong. */
  readonly detail: string
}

/** Every verb's outcome, in the order in which they were tried. */
export function clientChild(script: URL, task: object, ca: string): Promise<readonly Cell[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(script), JSON.stringify(task)], {
      cwd: ROOT,
      env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    let complaint = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
    })
    child.stderr.on('data', (chunk) => {
      complaint += chunk
    })
    child.once('close', (code) => {
      if (code !== 0) return reject(new Error(`the client ended with ${code}: ${complaint}${out}`))
      const cells = out.split('\n').filter((line) => line.startsWith('{'))
      resolve(cells.map((line) => JSON.parse(line) as Cell))
    })
  })
}

/** For the script's side: tries one verb and prints its cell. */
export async function cell(verb: string, work: () => Promise<string>): Promise<void> {
  const told = await work().then(
    (detail) => ({ verb, ok: true, detail }),
    (error: unknown) => ({ verb, ok: false, detail: error instanceof Error ? error.message : String(error) }),
  )
  console.log(JSON.stringify(told))
}
