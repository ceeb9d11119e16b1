// What the process's log says of accounts for emergencies, and what neither it nor the list of processes ever shows.

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDb } from '../support/database.ts'
import { cli, scratch, startCli, urlOf } from '../support/server.ts'

const WHO = 'breakglass2@contoso.com'
let env: Record<string, string>
let child: ReturnType<typeof startCli>
let log = ''

beforeAll(async () => {
  const data = await scratch()
  const database = await freshDb()
  env = { STINT_HOME: join(data, 'home'), STINT_DATA: data, DATABASE_URL: urlOf(database.options) }
  child = startCli(['serve', '--sample', '--json', '--port', '0'], { ...env, STINT_LOG_LEVEL: 'trace' })
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      log += chunk
    })
  await once(child.stdout, 'data')
  while (!log.includes('"ready":true')) await new Promise((done) => setTimeout(done, 50))
})
afterAll(async () => {
  child.kill('SIGTERM')
  await once(child, 'close')
})

it('a sign-in is a warning in the log; the secret is in no log and in no process’s arguments', async () => {
  expect(log).toContain('no account for emergencies can be used')
  const made = await cli(['break-glass', 'rotate', WHO, '--json'], env)
  const { secret } = JSON.parse(made.out) as { secret: string }
  const entering = startCli(['break-glass', 'sign-in', WHO], env)
  const shown = await readFile(`/proc/${entering.pid}/cmdline`, 'utf8').catch(() => '')
  expect(shown).not.toContain(secret)
  let said = ''
  for (const stream of [entering.stdout, entering.stderr])
    stream.on('data', (chunk) => {
      said += chunk
    })
  entering.stdin.end(`${secret}\n`)
  await once(entering, 'close')
  expect(said).toContain(`signed in as ${WHO}`)
  const line = () => log.split('\n').find((one) => one.includes('Break glass 2 signed in with its sealed secret'))
  for (let i = 0; i < 100 && !line(); i++) await new Promise((done) => setTimeout(done, 50))
  expect(JSON.parse(line() ?? '{}')).toMatchObject({ level: 40, people: expect.any(Number) })
  for (const form of [secret, secret.replaceAll('-', ''), secret.slice(0, 19)]) {
    expect(log).not.toContain(form)
    expect(said).not.toContain(form)
  }
})
