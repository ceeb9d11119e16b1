// The demo, composed: a server as a process of its own, a governed database beside it, and the story played on both. It stands
// next to server.ts, since only a composition root may join the store, a connector and the command.

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { ASKING, STINT } from './demo/asking.ts'
import { type Governed, openGoverned } from './demo/governed.ts'
import { HOLDING } from './demo/holding.ts'
import { runCommand, type ServerProcess, startProcess } from './demo/process.ts'
import { lineOf, proven, type Step, timelineOf, timelineText } from './demo/record.ts'
import { type Audience, openStage, type Scene, type Stage, type StageOptions } from './demo/stage.ts'
import { AMBIENT, issueToken, readSettings, StartProblem } from './server.ts'
import { databaseClock } from './store/clock.ts'

/** Lowered from five minutes, and said so. */
const SHORTEST = 'PT1S'
const PEOPLE = ['engineer', 'sam']

export interface DemoOptions {
  /** Where its files go: a folder that is empty or not there. A temporary one otherwise, which is removed. */
  readonly data?: string
  /** What makes the `stint` command. */
  readonly command: readonly string[]
  /** Told one line after the other. */
  readonly say: (line: string) => void
}

export interface Demo {
  readonly report: {
    readonly ok: boolean
    /** The steps whose proof did not hold. */
    readonly failed: readonly string[]
    readonly url: string
    readonly shortestStint: string
    readonly stint: string
    readonly steps: readonly Step[]
    readonly timeline: ReturnType<typeof timelineOf>
  }
  /** What to try while everything keeps running. */
  readonly tryThis: readonly string[]
}

/**
 * Runs the demo to the end of its story; `then` is called while everything still runs. Whatever happens, all is stopped and removed.
 * Rejects with `Interrupted` when told to stop.
 */
export async function runDemo<T>(options: DemoOptions, stopping: AbortSignal, then: (demo: Demo) => Promise<T>): Promise<T> {
  const folder = folderFor(options.data)
  const undo: (() => unknown)[] = options.data === undefined ? [() => rmSync(folder, { recursive: true, force: true })] : []
  const interrupted = new Promise<never>((_, failed) => {
    stopping.addEventListener('abort', () => failed(new Interrupted('interrupted')), { once: true })
  })
  const starting = start(options, folder, undo, stopping)
  try {
    const set = await Promise.race([starting, interrupted])
    const playing = play(options, set)
    playing.catch(() => {})
    const demo = await Promise.race([playing, interrupted])
    return await then(demo)
  } finally {
    // What is just being started has to be there before it can be stopped.
    await starting.catch(() => {})
    for (const one of undo.reverse()) await one()
  }
}

export class Interrupted extends Error {}

/** Root's database runs as another account, which has to pass through. */
function folderFor(data: string | undefined): string {
  if (data === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'stint-demo-'))
    if (process.getuid?.() === 0) chmodSync(made, 0o711)
    return made
  }
  const folder = resolve(data)
  mkdirSync(folder, { recursive: true, mode: 0o711 })
  if (readdirSync(folder).length > 0) throw new StartProblem(`\`${folder}\` is not empty: the demo wants a folder of its own`)
  return folder
}

interface Set {
  readonly stage: Stage
  readonly governed: Governed
  readonly server: ServerProcess
  readonly data: string
}

async function start({ command, say }: DemoOptions, folder: string, undo: (() => unknown)[], stopping: AbortSignal): Promise<Set> {
  const data = join(folder, 'stint')
  const secret = () => randomBytes(24).toString('base64url')
  const governed = await openGoverned({ dataDir: join(folder, 'payments'), accounts: PEOPLE, secret })
  undo.push(() => governed.stop())
  // Time is the target's, whoever looks at it: what it did and when is told by one clock.
  const clock = await databaseClock(governed.db, AMBIENT.ticks)
  undo.push(() => clock.stop())
  const server = await startProcess({ command, folder, data, env: { ...governed.env, STINT_SHORTEST_STINT: SHORTEST } })
  undo.push(() => server.stop())
  say(`server    ${server.publicUrl}, process ${server.pid}, with the sample tenant Contoso on a database of its own`)
  say(
    `target    PostgreSQL ${governed.version} on 127.0.0.1:${governed.port}, database payments: logins by password, no superuser among them`,
  )
  say(`lowered   the shortest stint from PT5M to ${SHORTEST} (STINT_SHORTEST_STINT), so that you can watch one end`)
  say('')
  const run: StageOptions['run'] = (args, env) => runCommand(command, args, env)
  const token = await tokens(data)
  return { stage: openStage({ governed, now: clock.now, stopping, url: server.url, token, run }), governed, server, data }
}

/** Who does what in the story, and at which door. */
const SIGNED_IN: readonly (readonly [string, Audience])[] = [
  ['admin', 'graph'],
  ['engineer', 'graph'],
  ['engineer', 'own'],
  ['lead', 'graph'],
  ['auditor', 'own'],
  ['sam', 'own'],
]

/** Tokens as `stint token` signs them. All before the story begins: nothing may open the data once it is being cleared away. */
async function tokens(data: string): Promise<(as: string, audience: Audience) => string> {
  const read = readSettings({ data, logLevel: 'error' }, {})
  if (!read.ok) throw new StartProblem(read.problems.join('; '))
  const { config } = read
  const made = await Promise.all(
    SIGNED_IN.map(async ([as, audience]) => {
      const grant = { as: `${as}@contoso.com`, amr: ['pwd', 'mfa'], acrs: [], roles: [], minutes: 15, audience }
      return [`${as} ${audience}`, (await issueToken(config, grant)).token] as const
    }),
  )
  const found = new Map(made)
  return (as, audience) => found.get(`${as} ${audience}`) ?? ''
}

/** Plays scene after scene; each stands on the one before, so the first that does not hold is the last. */
async function play({ say }: DemoOptions, { stage, governed, server, data }: Set): Promise<Demo> {
  const steps: Step[] = []
  for (const scene of [...ASKING, ...HOLDING]) {
    const step = await playOne(scene, stage)
    if (stage.stopping.aborted) throw new Interrupted('interrupted')
    steps.push(step)
    say(lineOf(step))
    if (!step.held) break
  }
  await stage.memory.session?.end().catch(() => {})
  const failed = steps.filter((s) => !s.held).map((s) => s.step)
  say(`\n${timelineText(stage.marks)}`)
  const report = {
    ok: failed.length === 0,
    failed,
    url: server.publicUrl,
    shortestStint: SHORTEST,
    stint: STINT,
    steps,
    timeline: timelineOf(stage.marks),
  }
  return { report, tryThis: tryThis(server, governed, data) }
}

async function playOne({ step, words, play }: Scene, stage: Stage): Promise<Step> {
  try {
    const { said, proofs } = await play(stage)
    const judged = proofs.map(proven)
    return { step, words, held: judged.every((p) => p.held), said, proofs: judged }
  } catch (error) {
    return { step, words, held: false, said: error instanceof Error ? error.message : String(error), proofs: [] }
  }
}

/** For another terminal; what is quoted survives any shell. */
function tryThis(server: ServerProcess, governed: Governed, data: string): readonly string[] {
  const token = (who: string) => `npm run --silent stint -- token --data ${data} --as ${who}@contoso.com --amr pwd,mfa --save`
  const login = `node -e "const { Client } = require('pg'); const c = new Client(process.env.PAYMENTS); c.connect().then(() => c.query('select * from payouts')).then((r) => console.table(r.rows), (e) => console.log(e.code, e.message)).finally(() => c.end())"`
  return [
    'to try, in another terminal in this folder:',
    `  export STINT_URL=${server.publicUrl} PAYMENTS=${governed.urlOf('engineer')}`,
    `  ${token('engineer')}`,
    '  npm run --silent stint -- roles',
    '  npm run --silent stint -- activate pag-payments-operators --for 1m --reason "a look around"',
    `  ${token('lead')}`,
    '  npm run --silent stint -- requests --to-approve',
    '  npm run --silent stint -- approve <request> --reason fine',
    `  ${token('auditor')}`,
    '  npm run --silent stint -- targets --all',
    'to log in to the target as engineer, before, during and after:',
    `  ${login}`,
  ]
}
