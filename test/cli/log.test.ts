// What a server writes while its database goes away, and while it stops: words, never the connection.

import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { errorInLog, openLog } from '../../src/log.ts'
import { readSettings, startServer } from '../../src/server.ts'
import { openDb } from '../../src/store/sql.ts'
import { freshDb } from '../support/database.ts'
import { scratch, urlOf } from '../support/server.ts'

const PASSWORD = 'correct-horse-battery'

interface Line {
  level: number
  msg: string
  err?: { type: string; message: string; code?: string; stack?: string[] }
}

async function until(done: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !done(); i++) await sleep(20)
  expect(done()).toBe(true)
}

it('tells of lost connections without saying how they were made, and nothing of those it ends itself', async () => {
  const database = await freshDb()
  const databaseUrl = urlOf(database.options).replace('@/', `:${PASSWORD}@/`)
  expect(databaseUrl).toContain(PASSWORD)
  const read = readSettings({ port: 0, sample: true, data: await scratch(), databaseUrl, logLevel: 'debug' }, {})
  if (!read.ok) throw new Error(read.problems.join('; '))
  let text = ''
  const lines = (): Line[] => text.split('\n').flatMap((line) => (line ? [JSON.parse(line) as Line] : []))
  const broken = () => lines().filter((l) => l.level >= 40 && l.err !== undefined)
  const write = (line: string) => {
    text += line
  }
  const server = await startServer(
    read.config,
    openLog(read.config, () => performance.now(), { write }),
  )

  const outside = openDb({ ...database.options, database: 'postgres', max: 1 })
  const name = database.options.database ?? ''
  await outside.query(`alter database ${name} with allow_connections false`)
  await outside.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [name])
  const answer = await fetch(`${server.url}/readyz`)
  expect(answer.status).toBe(503)
  await until(() => broken().length >= 3 && broken().some((l) => l.err?.stack !== undefined))

  await outside.query(`alter database ${name} with allow_connections true`)
  const ready = async () => (await fetch(`${server.url}/readyz`)).status === 200
  for (let i = 0; i < 200 && !(await ready()); i++) await sleep(50)
  expect(await ready()).toBe(true)
  await sleep(300)
  const before = broken().length
  await server.stop()
  await outside.close()
  expect(broken().slice(before)).toEqual([])

  const allowed = ['type', 'message', 'code', 'severity', 'constraint', 'table', 'stack', 'cause']
  for (const { err = {} } of broken()) expect(Object.keys(err).filter((key) => !allowed.includes(key))).toEqual([])
  const frames = broken().flatMap((l) => l.err?.stack ?? [])
  expect(frames.filter((frame) => !/\b(src|test)\//.test(frame) || frame.includes('node_modules'))).toEqual([])
  for (const secret of [
    PASSWORD,
    'connectionParameters',
    '"client"',
    '"password"',
    '"user"',
    '"host"',
    '_queryQueue',
    database.options.host ?? '?',
  ])
    expect(text).not.toContain(secret)
}, 60_000)

it('says the same thing once, and later how often it left it out; what a request met with it says each time', () => {
  let at = 0
  const lines: Record<string, unknown>[] = []
  const log = openLog({ logLevel: 'info' }, () => at, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const complain = (data: object = {}) => log.error({ err: new Error('no database'), job: 'settle', ...data }, 'a job failed')
  for (let i = 0; i < 5; i++) complain()
  complain({ job: 'drift' })
  for (let i = 0; i < 2; i++) complain({ requestId: 'r' })
  expect(lines).toHaveLength(4)
  at = 10_000
  complain()
  expect(lines.at(-1)).toMatchObject({ job: 'settle', repeated: 4, err: { message: 'no database' } })
})

it('masks an address that found its way into an error, and goes down to its cause', () => {
  const cause = Object.assign(new Error(`cannot reach postgres://stint:${PASSWORD}@db/stint`), {
    client: { password: PASSWORD },
    code: 'ECONNREFUSED',
  })
  const shown = errorInLog(new Error('no database', { cause }))
  expect(JSON.stringify(shown)).not.toContain(PASSWORD)
  expect(shown).toMatchObject({
    type: 'Error',
    message: 'no database',
    cause: { message: 'cannot reach postgres://***@db/stint', code: 'ECONNREFUSED' },
  })
  expect(errorInLog('just words')).toEqual({ type: 'string', message: 'just words' })
})
