// A process of its own on a test's database: ctx, and with `worker` the loop that drives targets, told what to do by lines of JSON.
// For tests that stop it, kill it, or have two of it do something in the same moment.

import { randomUUID } from 'node:crypto'
import { createInterface } from 'node:readline'
import { postgresConnector } from '../../src/connectors/postgres/index.ts'
import type { Actor } from '../../src/domain/access/actor.ts'
import { anyConnector } from '../../src/domain/provisioning/connector.ts'
import type { Ask } from '../../src/domain/request/request.ts'
import { DAY } from '../../src/domain/time.ts'
import type { Ctx } from '../../src/operations/context.ts'
import { type DecideInput, decideApproval } from '../../src/operations/decide-approval.ts'
import { nextDueAt, settleDue, settleGround } from '../../src/operations/settle-due.ts'
import { submitRequest } from '../../src/operations/submit-request.ts'
import { databaseClock } from '../../src/store/clock.ts'
import { openLane } from '../../src/store/lane.ts'
import { type DbOptions, openDb } from '../../src/store/sql.ts'
import { targetJobs } from '../../src/worker/jobs.ts'
import { type Loop, startLoop } from '../../src/worker/loop.ts'
import { type Log, openProvisioner } from '../../src/worker/provision.ts'
import { SEALER } from './sealer.ts'

interface Start {
  readonly options: DbOptions
  readonly worker: boolean
  /** A clock that stands still; else the database's. */
  readonly now: number | null
}

type Order =
  | { readonly id: number; readonly op: 'submit'; readonly as: string; readonly ask: Ask; readonly at?: number }
  | { readonly id: number; readonly op: 'decide'; readonly as: string; readonly input: DecideInput; readonly at?: number }

const start = JSON.parse(process.argv[2] ?? '{}') as Start
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
const log: Log = {
  info: () => {},
  warn: (data, words) => say({ told: 'warn', words, data: String(JSON.stringify(data)) }),
  error: (data, words) => say({ told: 'error', words, data: String(JSON.stringify(data)) }),
}

const db = openDb({ ...start.options, max: 6 })
const clock = start.now === null ? await databaseClock(db, () => performance.now()) : null
const now = () => clock?.now() ?? (start.now as number)
const settings = {
  shortestStint: 100,
  approvalLapse: DAY,
  strictReference: false,
  authenticationContexts: [{ id: 'c1', strength: 'mfa' as const, maximumAge: null, networks: [], compliantDevice: false }],
  plainMfaFallback: false,
  mfaMaximumAge: null,
  sideDoors: 'open' as const,
  elevation: 8 * 3_600_000,
}
let loop: Loop | null = null
const wake = () => loop?.wake()
const ctx: Ctx = {
  sealer: SEALER,
  db,
  lane: openLane(db, { now, settings: () => settings, onCommit: wake }),
  now,
  ids: randomUUID,
  settings: () => settings,
  tenant: () => ({ id: randomUUID(), displayName: 'Contoso', domains: ['contoso.com'] }),
  wake,
}
if (start.worker) {
  const p = openProvisioner({ ctx, connectors: [anyConnector(postgresConnector)], env: process.env, log, worker: randomUUID(), wake })
  const settle = { name: 'settle', run: async () => (await settleDue(ctx)) + (await settleGround(ctx)), nextDueAt: () => nextDueAt(ctx) }
  loop = startLoop({
    jobs: [settle, ...targetJobs(ctx, p)],
    now,
    onError: (job, error) => say({ told: 'error', words: job, data: String(error) }),
  })
}

const actorOf = (id: string): Actor => ({
  t: 'user',
  id,
  proof: { amr: ['pwd', 'mfa'], acrs: [], at: null },
  scopes: null,
  app: null,
  ip: null,
})

async function obey(order: Order): Promise<object> {
  // Two processes told the same moment begin in it.
  if (order.at !== undefined) while (Date.now() < order.at) await new Promise((done) => setImmediate(done))
  const call = { actor: actorOf(order.as), correlationId: randomUUID() }
  const answer = order.op === 'submit' ? await submitRequest(ctx, call, order.ask) : await decideApproval(ctx, call, order.input)
  if (!answer.ok) return { ok: false, code: answer.fault.code, words: answer.fault.words }
  return { ok: true, request: { id: answer.value.request.id, status: answer.value.request.status, endsAt: answer.value.request.endsAt } }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line) as Order
  obey(order).then(
    (answer) => say({ id: order.id, answer }),
    (error) => say({ id: order.id, answer: { ok: false, code: 'Thrown', words: String(error) } }),
  )
})
process.stdin.on('end', () => process.exit(0))
say({ ready: true })
