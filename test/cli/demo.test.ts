// The demo for real, as a newcomer runs it: every proof held, in order, and nothing is left when it is over. No times are asserted.

import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, chownSync, cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { canEnter } from '../../src/store/embedded-account.ts'
import { scratch } from '../support/server.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOBODY = 65_534
const PATIENCE = 120_000

interface Proof {
  readonly what: string
  readonly want: unknown
  readonly got: unknown
  readonly held: boolean
}

interface Report {
  readonly ok: boolean
  readonly failed: readonly string[]
  readonly url: string
  readonly shortestStint: string
  readonly tryThis?: readonly string[]
  readonly steps: readonly { readonly step: string; readonly held: boolean; readonly said: string; readonly proofs: readonly Proof[] }[]
  readonly timeline: readonly { readonly what: string; readonly ms: number }[]
}

interface Running {
  readonly child: ChildProcess
  readonly out: () => string
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
}

/** Starts it with a temporary folder of its own, so that what it leaves can be seen. */
function start(temp: string, args: readonly string[] = [], as: { uid?: number; root?: string } = {}): Running {
  const { uid, root = ROOT } = as
  const child = spawn(process.execPath, [join(root, 'node_modules/tsx/dist/cli.mjs'), 'src/cli/main.ts', 'demo', ...args], {
    cwd: root,
    // Settings of whoever runs the demo are not its own.
    env: { PATH: process.env.PATH, HOME: temp, TMPDIR: temp, STINT_HOST: 'nowhere.invalid', DATABASE_URL: 'postgres://nowhere.invalid/x' },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    said.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    said.err += chunk
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) => {
    child.once('close', (code) => done({ code, ...said }))
  })
  return { child, out: () => said.out, ended }
}

/** tsx keeps a cache there, which is not ours. */
const leftIn = (folder: string) => readdirSync(folder).filter((name) => !/^(tsx-|node-compile-cache)/.test(name))

/** Processes that were started with the folder, or work in it. */
const processesIn = (folder: string): readonly string[] =>
  (process.platform === 'linux' ? readdirSync('/proc') : [])
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
        return `${line} ${readlinkSync(`/proc/${pid}/cwd`)}`.includes(folder) ? [line] : []
      } catch {
        return []
      }
    })

const STEPS = [
  'refused-before',
  'made-eligible',
  'settings',
  'asked',
  'own-approval-refused',
  'approved',
  'in-effect',
  'session-ended',
  'refused-after',
  'records',
  'why',
]

/** The target's own codes, and the order of what happened. */
function isProven(out: string): Report {
  const report = JSON.parse(out) as Report
  expect(report).toMatchObject({ ok: true, failed: [], shortestStint: 'PT1S' })
  expect(report.steps.map((s) => s.step)).toEqual(STEPS)
  for (const { proofs } of report.steps) {
    expect(proofs.length).toBeGreaterThan(0)
    for (const { what, want, got, held } of proofs) expect({ what, got, held }).toEqual({ what, got: want, held: true })
  }
  const said = (step: string) => report.steps.find((s) => s.step === step)?.said
  expect(said('refused-before')).toBe('42501 permission denied for table payouts')
  expect(said('in-effect')).toBe('3 rows, as holder of payments_operator at payments')
  expect(said('session-ended')).toMatch(/^57P01 /)
  expect(said('refused-after')).toBe('42501 permission denied for table payouts')
  const whats = report.timeline.map((t) => t.what)
  // The session's end and the first refusal come together; which is seen first is chance.
  expect(whats.slice(0, 4)).toEqual(['asked', 'approved', 'effective at the target', 'ended'])
  expect(whats.slice(4).sort()).toEqual(['open session ended by the target', 'refused at the target'])
  return report
}

const nothingLeft = (temp: string) => expect({ files: leftIn(temp), processes: processesIn(temp) }).toEqual({ files: [], processes: [] })

it(
  'shows every step with its proof, twice at once; --keep leaves it running until told to stop, and then nothing is left',
  async () => {
    const [temp, other] = [await scratch(), await scratch()]
    const [plain, kept] = [start(temp, ['--json']), start(other, ['--json', '--keep'])]
    const { code, out, err } = await plain.ended
    expect([code, err]).toEqual([0, ''])
    isProven(out)
    nothingLeft(temp)
    await expect.poll(() => kept.out().trimEnd().endsWith('\n}'), { timeout: PATIENCE }).toBe(true)
    const { url, tryThis } = isProven(kept.out())
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(tryThis?.join('\n')).toContain(`STINT_URL=${url}`)
    kept.child.kill('SIGTERM')
    expect(await kept.ended).toMatchObject({ code: 0, err: '' })
    await expect(fetch(`${url}/readyz`)).rejects.toThrow()
    nothingLeft(other)
  },
  PATIENCE,
)

it(
  'tells people one line for each step; Ctrl-C ends it half way and leaves nothing',
  async () => {
    const temp = await scratch()
    const { child, out, ended } = start(temp)
    await expect.poll(out, { timeout: PATIENCE }).toMatch(/^✓ engineer asks for PT4S, with a justification: 201 PendingApproval$/m)
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, err: expect.stringContaining('interrupted') })
    expect(out()).toContain('the shortest stint from PT5M to PT1S (STINT_SHORTEST_STINT)')
    nothingLeft(temp)
  },
  PATIENCE,
)

it('keeps away from a folder that holds something', async () => {
  const temp = await scratch()
  expect(await start(temp, ['--data', ROOT]).ended).toMatchObject({ code: 1, err: expect.stringContaining('is not empty') })
  nothingLeft(temp)
})

/** The checkout as another account can read it: itself, or a copy where its folder is closed. */
async function readable(): Promise<string> {
  if (canEnter(ROOT, { name: 'nobody', uid: NOBODY, gid: NOBODY })) return ROOT
  const copy = join(await scratch(), 'stint')
  chmodSync(dirname(copy), 0o711)
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !/\/(\.git|data|reports)$/.test(path) })
  return copy
}

it.runIf(process.getuid?.() === 0)(
  'works for an ordinary user with a closed home',
  async () => {
    const root = await readable()
    const home = await scratch()
    // The folders above it let the user pass to what is theirs.
    const own = join(home, 'home')
    mkdirSync(own, { mode: 0o700 })
    chmodSync(home, 0o711)
    chownSync(own, NOBODY, NOBODY)
    const { code, out, err } = await start(own, ['--json'], { uid: NOBODY, root }).ended
    expect([code, err]).toEqual([0, ''])
    isProven(out)
    nothingLeft(own)
  },
  PATIENCE,
)
