// (4) Requests a second over TLS, as clients send them: a token for a program, `me`, a list of roles, an activation; and what the
// server's memory comes to after many of them.

import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { makeCertificates } from '../test/support/tls.ts'
import { activationBody, addPeople } from './people.ts'
import { drive, openStage, type Stage, type Timed } from './stage.ts'

const CALLERS = [1, 32] as const
const COUNT: Readonly<Record<number, number>> = { 1: 300, 32: 2_000 }
const MANY = Number(process.env.STINT_BENCH_MANY ?? 100_000)
const TENANT = '8f3b1c52-6a0e-4d6f-9a57-2f0c6f1e7b10'
const ADMIN = '902ee947-a37f-42fc-84f5-0a47f9398da9'
const FORM = 'application/x-www-form-urlencoded'

interface Sent {
  readonly method?: string
  readonly token?: string
  readonly body?: string
  readonly type?: string
}

type Send = (path: string, sent: Sent) => Promise<string>

/** Sends over kept connections and trusts our authority; anything but a success is an error. */
function sender(origin: string, ca: Buffer): Send {
  const agent = new Agent({ keepAlive: true, maxSockets: 64, ca })
  return (path, { method = 'GET', token, body, type = 'application/json' }) =>
    new Promise((resolve, reject) => {
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) }),
      }
      const sent = request(new URL(path, origin), { method, agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk) => {
          text += chunk
        })
        response.once('end', () =>
          (response.statusCode ?? 0) < 300 ? resolve(text) : reject(new Error(`${response.statusCode}: ${text}`)),
        )
      })
      sent.once('error', reject)
      sent.end(body)
    })
}

/** A program that signs in. */
async function program(send: Send, admin: string): Promise<string> {
  const post = async (path: string, body: object) =>
    JSON.parse(await send(path, { method: 'POST', token: admin, body: JSON.stringify(body) }))
  const { appId } = await post('/api/v1/apps', { name: 'bench', application: ['RoleManagement.ReadWrite.Directory'] })
  const { secret } = await post(`/api/v1/apps/${appId}/secrets`, { name: 'bench' })
  const form = { grant_type: 'client_credentials', client_id: appId, client_secret: secret, scope: 'https://graph.microsoft.com/.default' }
  return new URLSearchParams(form).toString()
}

const ROLES = '/v1.0/roleManagement/directory/roleAssignmentScheduleInstances?$top=50&$expand=principal,roleDefinition'
const REQUESTS = '/v1.0/roleManagement/directory/roleAssignmentScheduleRequests'

/** Resident memory of a process, in MiB. */
function resident(pid: number): number {
  const [, kib = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Math.round(Number(kib) / 1024)
}

export interface WireFigures {
  readonly what: string
  readonly callers: number
  readonly figures: Timed | { readonly mib: number }
}

async function measure(stage: Stage, send: Send): Promise<readonly WireFigures[]> {
  const admin = await stage.token(ADMIN)
  const form = await program(send, admin)
  const people = await addPeople(
    stage,
    CALLERS.reduce((sum, n) => sum + (COUNT[n] ?? 0), 0),
  )
  const out: WireFigures[] = []
  const note = (what: string, callers: number, figures: WireFigures['figures']) => out.push({ what, callers, figures })
  const repeat = (n: number) => Array.from({ length: n }, () => null)
  const token = () => send(`/${TENANT}/oauth2/v2.0/token`, { method: 'POST', body: form, type: FORM })
  for (const path of ['/v1.0/me', ROLES]) await drive(repeat(300), 8, async () => void (await send(path, { token: admin })))
  await drive(repeat(200), 8, async () => void (await token()))
  const before = resident(stage.serverPid)
  for (const callers of CALLERS) {
    const times = repeat(COUNT[callers] ?? 0)
    note('token', callers, await drive(times, callers, async () => void (await token())))
    note('me', callers, await drive(times, callers, async () => void (await send('/v1.0/me', { token: admin }))))
    note('role list', callers, await drive(times, callers, async () => void (await send(ROLES, { token: admin }))))
    const held = await Promise.all(people.splice(0, times.length).map(async (id) => ({ id, token: await stage.token(id) })))
    note(
      'activation',
      callers,
      await drive(held, callers, async (h) => void (await send(REQUESTS, { method: 'POST', token: h.token, body: activationBody(h.id) }))),
    )
  }
  note('memory before', 0, { mib: before })
  for (const [share, name] of [
    [0.1, 'memory after 10,000 more'],
    [0.9, 'memory after 100,000 more'],
  ] as const) {
    await drive(repeat(MANY * share), 32, async () => void (await send('/v1.0/me', { token: await fresh(stage) })))
    note(name, 32, { mib: resident(stage.serverPid) })
  }
  return out
}

let kept: { readonly until: number; readonly token: Promise<string> } | null = null

/** A token that is renewed while a long run goes on. */
function fresh(stage: Stage): Promise<string> {
  if (kept === null || kept.until < Date.now()) kept = { until: Date.now() + 300_000, token: stage.token(ADMIN) }
  return kept.token
}

/** Measures at 1 and 32 callers, then the memory. */
export async function wire(): Promise<readonly WireFigures[]> {
  const stage = await openStage({ tls: makeCertificates })
  try {
    return await measure(stage, sender(stage.url.replace('127.0.0.1', 'localhost'), readFileSync(stage.ca ?? '')))
  } finally {
    await stage.close()
  }
}
