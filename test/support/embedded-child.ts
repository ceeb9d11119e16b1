// A program that owns a private server, for tests that kill it or run it as somebody else.
// Arguments: where the store's source is, the options as JSON, and what to do once it runs. Prints one JSON line when it does.

import { pathToFileURL } from 'node:url'

const [source = '', options = '{}', then = 'stop'] = process.argv.slice(2)
const load = (file: string) => import(pathToFileURL(`${source}/${file}`).href)
const { startEmbedded } = (await load('embedded.ts')) as typeof import('../../src/store/embedded.ts')
const { openDb } = (await load('sql.ts')) as typeof import('../../src/store/sql.ts')

const started = performance.now()
const server = await startEmbedded(JSON.parse(options))
const ms = performance.now() - started
const db = openDb(server.url())
await db.query('create table if not exists proof (n integer)')
await db.query('insert into proof (n) values (1)')
const [row] = await db.query<{ rows: number }>('select count(*) as rows from proof')
await db.close()
process.stdout.write(`${JSON.stringify({ socketDir: server.socketDir, pid: server.pid, uid: process.getuid?.(), rows: row?.rows, ms })}\n`)

if (then === 'stop') await server.stop()
if (then === 'exit') process.exit(0)
if (then === 'hold') setInterval(() => {}, 1_000)
