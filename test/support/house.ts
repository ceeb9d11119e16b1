// Starts `house-child.ts`: a process to stop, to kill, or to race another with.

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Ask } from '../../src/domain/request/request.ts'
import type { DecideInput } from '../../src/operations/decide-approval.ts'
import type { DbOptions } from '../../src/store/sql.ts'
import { ENV } from './ledger.ts'

const CHILD = fileURLToPath(new URL('house-child.ts', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

export interface Answer {
  readonly ok: boolean
  readonly code?: string
  readonly words?: string
  readonly request?: { readonly id: string; readonly status: string; readonly endsAt: number | null }
}

export interface HouseProcess {
  readonly pid: number
  readonly told: string[]
  /** Rejects when the process ends before it answers: then nothing was acknowledged. */
  submit(as: string, ask: Ask, at?: number): Promise<Answer>
  decide(as: string, input: DecideInput, at?: number): Promise<Answer>
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** Starts one and waits until it is ready. Its process ends with ours. */
export async function startHouse(options: DbOptions, more: { worker?: boolean; now?: number } = {}): Promise<HouseProcess> {
  const start = JSON.stringify({ options, worker: more.worker ?? false, now: more.now ?? null })
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, start], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...ENV },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const waiting = new Map<number, { resolve: (answer: Answer) => void; reject: (error: Error) => void }>()
  const told: string[] = []
  let orders = 0
  let over = false
  let ready = () => {}
  const isReady = new Promise<void>((done) => {
    ready = done
  })
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = JSON.parse(text)
    if (line.ready) ready()
    else if (line.told) told.push(`${line.told}: ${line.words} ${line.data}`)
    else {
      waiting.get(line.id)?.resolve(line.answer)
      waiting.delete(line.id)
    }
  })
  child.stdin.on('error', () => {})
  const ended = new Promise<void>((done) =>
    child.once('close', () => {
      over = true
      for (const w of waiting.values()) w.reject(new Error('the process ended'))
      waiting.clear()
      done()
    }),
  )
  const order = (body: object) =>
    new Promise<Answer>((resolve, reject) => {
      if (over) return reject(new Error('the process has ended'))
      const id = ++orders
      waiting.set(id, { resolve, reject })
      child.stdin.write(`${JSON.stringify({ id, ...body })}\n`)
    })
  await Promise.race([isReady, ended.then(() => Promise.reject(new Error('the process ended before it was ready')))])
  return {
    pid: child.pid as number,
    told,
    submit: (as, ask, at) => order({ op: 'submit', as, ask, ...(at === undefined ? {} : { at }) }),
    decide: (as, input, at) => order({ op: 'decide', as, input, ...(at === undefined ? {} : { at }) }),
    signal: (signal) => void child.kill(signal),
    ended,
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
