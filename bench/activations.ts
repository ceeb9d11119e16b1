// (1) Activations a second through HTTP with full judgement and a durable commit, beside the floor: the same writes as one prepared
// statement through pg, no HTTP, no judgement, in the same run on the same database.

import { randomUUID } from 'node:crypto'
import { APPLY } from '../src/store/apply-sql.ts'
import { openDb } from '../src/store/sql.ts'
import { type CpuSeconds, cpuSeconds, perItem } from './cpu.ts'
import { activationBody, addPeople } from './people.ts'
import { drive, openStage, type Stage, send, type Timed } from './stage.ts'

const COUNTS: Readonly<Record<number, number>> = { 1: 400, 16: 4000, 64: 8000 }
const WARM = 1000

async function throughHttp(stage: Stage, ids: readonly string[], callers: number): Promise<Timed> {
  const items = await Promise.all(ids.map(async (id) => ({ id, token: await stage.token(id) })))
  const url = `${stage.url}/v1.0/roleManagement/directory/roleAssignmentScheduleRequests`
  return drive(items, callers, async ({ id, token }) => {
    const { status, text } = await send(url, 'POST', token, activationBody(id))
    if (status !== 201) throw new Error(`${status}: ${text}`)
  })
}

type Row = Record<string, unknown>

/** The rows that an activation just wrote, with new ids, for other people: what the floor writes. */
async function template(stage: Stage): Promise<(principal: string) => unknown[]> {
  const one = async (text: string, values: unknown[] = []) => (await stage.db.query<{ j: Row }>(text, values))[0]?.j ?? {}
  const request = await one(`select to_jsonb(r) as j from requests r where action = 'selfActivate' order by created_at desc limit 1`)
  const schedule = await one('select to_jsonb(s) as j from schedules s where id = $1', [request.id])
  const events = await stage.db.query<{ j: Row }>(
    `select to_jsonb(e) || jsonb_build_object('leaf', encode(leaf, 'hex')) as j from events e where request_id = $1 order by position`,
    [request.id],
  )
  const ground = new Map<string, string>()
  for (const row of await stage.db.query<{ p: string; id: string }>(`select principal_id as p, id from schedules where name = 'bench'`))
    ground.set(row.p, row.id)
  const { id: _, holding: __, group_id: ___, ...plain } = schedule
  return (principal) => {
    const id = randomUUID()
    const told = events.map(({ j }) => ({ ...j, id: randomUUID(), subject_id: id, principal_id: principal, request_id: id }))
    return [
      JSON.stringify([
        {
          ...request,
          id,
          principal_id: principal,
          schedule_id: id,
          requested_by: principal,
          eligibility_id: ground.get(principal),
          name: null,
        },
      ]),
      JSON.stringify([{ ...plain, id, name: id, principal_id: principal, request_id: id, basis_id: ground.get(principal) }]),
      ...['[]', '[]', '[]', '[]'],
      JSON.stringify(told),
      new Date().toISOString(),
      JSON.stringify([{ topic: 'message', event_id: told[0]?.id }]),
    ]
  }
}

async function floor(stage: Stage, ids: readonly string[], callers: number): Promise<Timed> {
  const db = openDb({ ...stage.embedded.url('stint'), max: callers })
  const values = await template(stage)
  const items = ids.map(values)
  const timed = await drive(items, callers, async (item) => {
    await db.query(APPLY, item, 'floor')
  })
  await db.close()
  return timed
}

export interface ActivationFigures {
  readonly callers: number
  readonly http: Timed
  readonly floor: Timed
  /** Processor time per activation, by who used it. */
  readonly httpCpuMs: CpuSeconds
  readonly floorCpuMs: CpuSeconds
  readonly ratio: number
}

/** Measures at 1, 16 and 64 callers. */
export async function activations(): Promise<readonly ActivationFigures[]> {
  const stage = await openStage()
  try {
    const total = Object.values(COUNTS).reduce((a, b) => a + b, 0)
    const ids = await addPeople(stage, 2 * (total + WARM))
    const take = (n: number) => ids.splice(0, n)
    await throughHttp(stage, take(WARM), 16)
    await floor(stage, take(WARM), 16)
    const out: ActivationFigures[] = []
    for (const [callers, count] of Object.entries(COUNTS).map(([c, n]) => [Number(c), n] as const)) {
      const cpu = () => cpuSeconds(stage.serverPid, stage.embedded.pid)
      const at = [cpu()]
      const http = await throughHttp(stage, take(count), callers)
      at.push(cpu())
      const bare = await floor(stage, take(count), callers)
      at.push(cpu())
      const [a, b, c] = at as [CpuSeconds, CpuSeconds, CpuSeconds]
      out.push({
        callers,
        http,
        floor: bare,
        httpCpuMs: perItem(a, b, count),
        floorCpuMs: perItem(b, c, count),
        ratio: Math.round((http.perSecond / bare.perSecond) * 100) / 100,
      })
    }
    return out
  } finally {
    await stage.close()
  }
}
