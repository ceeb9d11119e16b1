// A secret that a person types or a program pipes in: never an argument, which every account of the machine could read.

import { createInterface } from 'node:readline'
import { EXIT, Stop } from './exit.ts'

const MAX = 4_096

async function piped(): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    size += part.length
    if (size > MAX) throw new Stop(EXIT.usage, 'what was piped in is too long for a password')
    parts.push(part)
  }
  return Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '')
}

function typed(question: string): Promise<string> {
  return new Promise((done) => {
    // The terminal echoes what is written to its output: so it is given none.
    const prompt = createInterface({ input: process.stdin, terminal: true })
    process.stderr.write(question)
    prompt.once('line', (line) => {
      process.stderr.write('\n')
      prompt.close()
      done(line)
    })
    prompt.once('close', () => done(''))
  })
}

/** The secret: asked for at a terminal, twice; read from what is piped in otherwise. */
export async function readSecret(what: string): Promise<string> {
  if (!process.stdin.isTTY) return piped()
  const first = await typed(`${what}: `)
  const again = await typed(`${what}, again: `)
  if (first !== again) throw new Stop(EXIT.usage, 'the two are not the same')
  return first
}

/** The same for a secret that is there already: asked for once. */
export const readSecretOnce = (what: string): Promise<string> => (process.stdin.isTTY ? typed(`${what}: `) : piped())
