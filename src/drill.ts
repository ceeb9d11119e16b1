// `stint drill`: the way in for emergencies rehearsed on this machine, step by step, each with its time. What else is down is reported and
// counts for nothing: that is when the way in must work.

import { signInOnPage } from './drill-page.ts'
import { onHouse, sealedToken } from './emergency.ts'
import type { House } from './house.ts'
import { discover } from './http/authority/external-provider.ts'
import { askLoopback } from './loopback.ts'
import { heardOf, recordDrill, surroundings } from './operations/drill.ts'
import { emergencyAccess, FEWEST } from './operations/emergency-access.ts'
import { endSealed, type SealedSignIn, signInSealed } from './operations/emergency-sign-in.ts'
import { type Running, whoRuns } from './running.ts'
import { AMBIENT, type Config } from './server.ts'

const PATIENCE_MS = 15_000
const LOOK_MS = 100

export interface Step {
  readonly name: string
  /** False: the drill has failed. */
  readonly ok: boolean
  readonly words: string
  readonly ms: number
}

export interface Drill {
  readonly passed: boolean
  readonly account: string
  readonly steps: readonly Step[]
  readonly ms: number
}

type Outcome = readonly [ok: boolean, words: string]

const reasonOf = (error: unknown): string => {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? ((cause as Error & { code?: string }).code ?? cause.message) : String(cause)
}

/** Runs steps one after the other; one that throws has failed, and those after it are still tried where they can be. */
function stepper(tell: (step: Step) => void) {
  const steps: Step[] = []
  return {
    steps,
    async step(name: string, work: () => Promise<Outcome>): Promise<boolean> {
      const began = AMBIENT.ticks()
      const [good, words] = await work().catch((error: unknown): Outcome => [false, reasonOf(error)])
      const step = { name, ok: good, words, ms: AMBIENT.ticks() - began }
      steps.push(step)
      tell(step)
      return good
    },
  }
}

async function accounts({ ctx }: House): Promise<Outcome> {
  const { accounts: all } = await emergencyAccess(ctx)
  const wrong = all.flatMap((a) => a.problems.map((problem) => `${a.upn}: ${problem}`))
  const usable = all.filter((a) => a.problems.length === 0).length
  if (usable < FEWEST) return [false, [`${usable} of at least ${FEWEST} accounts can be used`, ...wrong].join('; ')]
  return [wrong.length === 0, [`${usable} accounts can be used`, ...wrong].join('; ')]
}

/** Never fails: it says what the way in must do without. */
async function around({ ctx }: House): Promise<Outcome> {
  const { providers, targets } = await surroundings(ctx)
  const asked = await Promise.all(
    providers.map(
      async ({ name, issuer }) => `identity provider ${name} ${(await discover(issuer, ctx.now, true)).ok ? 'answers' : 'is unreachable'}`,
    ),
  )
  const states = targets.map(
    ({ name, reachable }) => `target ${name} ${reachable === null ? 'was not looked at yet' : reachable ? 'answers' : 'is unreachable'}`,
  )
  const all = [...asked, ...states]
  return [true, all.length === 0 ? 'no identity provider and no target' : all.join('; ')]
}

async function harmlessRead(running: Running, token: string, account: string): Promise<Outcome> {
  const me = await askLoopback(running, '/api/v1/me', token)
  const roles = await askLoopback(running, '/api/v1/settings', token)
  const { upn } = (me.body ?? {}) as { upn?: unknown }
  if (me.status !== 200 || upn !== account) return [false, `the server's door says ${me.status}`]
  return roles.status === 200 ? [true, `the server's door knows ${account}`] : [false, `reading as an administrator: ${roles.status}`]
}

async function ended(house: House, running: Running, signed: SealedSignIn, token: string): Promise<Outcome> {
  await endSealed(house.ctx, signed)
  const { status } = await askLoopback(running, '/api/v1/me', token)
  return status === 401 ? [true, 'the sign-in is over, and its token is worth nothing'] : [false, `its token still gets ${status}`]
}

/** The same from elsewhere: the page, its code and its token, and out again. */
async function throughPage(running: Running | null, account: string, secret: string): Promise<Outcome> {
  if (!running) return [false, 'no server runs on this machine: start it with `stint serve`']
  const token = await signInOnPage(running, account, secret)
  const read = await harmlessRead(running, token, account)
  const out = await askLoopback(running, '/api/v1/me/sign-out', token, 'POST')
  const { status } = await askLoopback(running, '/api/v1/me', token)
  if (!read[0] || out.status !== 200 || status !== 401) return [false, read[0] ? `signing out: ${out.status}, and then ${status}` : read[1]]
  return [true, 'the sign-in page takes the secret, and its sign-in is over']
}

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms))

async function heard(house: House, signed: SealedSignIn): Promise<Outcome> {
  const until = AMBIENT.ticks() + PATIENCE_MS
  for (;;) {
    const { wanted, told } = await heardOf(house.ctx, signed.session)
    if (wanted > 0 && told >= wanted) return [true, `${told} people were told`]
    if (AMBIENT.ticks() > until) return [false, `${told} of ${wanted} people were told within ${PATIENCE_MS / 1_000} s`]
    await pause(LOOK_MS)
  }
}

/** Holds a drill with an account's sealed secret, and records it. */
export const holdDrill = (config: Config, account: string, secret: string, tell: (step: Step) => void): Promise<Drill> =>
  onHouse(config, async (house) => {
    const began = AMBIENT.ticks()
    const { steps, step } = stepper(tell)
    const running = await whoRuns(config.data)
    await step('accounts', () => accounts(house))
    await step('surroundings', () => around(house))
    let signed: SealedSignIn | null = null
    await step('sign-in', async () => {
      const done = await signInSealed(house.ctx, { upn: account, secret, by: 'drill' })
      if (!done.ok) return [false, done.fault.words]
      signed = done.value
      return [true, `${done.value.upn} signed in with its sealed secret`]
    })
    const inside = signed as SealedSignIn | null
    if (inside) {
      let token = ''
      await step('door', async () => {
        if (!running) return [false, 'no server runs on this machine: start it with `stint serve`']
        token = await sealedToken(config, house, inside, running.publicUrl)
        return harmlessRead(running, token, inside.upn)
      })
      await step('end', async () => {
        if (running && token !== '') return ended(house, running, inside, token)
        await endSealed(house.ctx, inside)
        return [false, 'the sign-in is over; no door was there to refuse its token']
      })
      await step('page', () => throughPage(running, inside.upn, secret))
      await step('messages', () => heard(house, inside))
    }
    const failed = steps.filter((s) => !s.ok).map((s) => s.name)
    const drill = { passed: failed.length === 0, account: inside?.upn ?? account, steps, ms: AMBIENT.ticks() - began }
    await recordDrill(house.ctx, { account: drill.account.slice(0, 200), passed: drill.passed, failed, ms: drill.ms })
    return drill
  })
