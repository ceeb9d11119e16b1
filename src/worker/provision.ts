// Drives targets: derives what is desired, claims what is due, revocations first, and works on it, a bounded number at a time for
// each target, so that one that is down holds up nobody else.

import type { Attempt } from '../domain/provisioning/attempt.ts'
import type { AnyConnector, Deps, Session } from '../domain/provisioning/connector.ts'
import type { Instant } from '../domain/time.ts'
import {
  claimWork,
  freeLeases,
  hurryTarget,
  openPresence,
  releaseWork,
  type Target,
  targetsWithWork,
  type Work,
} from '../operations/claim-work.ts'
import type { Ctx } from '../operations/context.ts'
import { deriveDue, expandHoldings, markOverdue, nextGrantDue, payOwed } from '../operations/derive-grants.ts'
import { lookSoon } from '../operations/drift.ts'
import { recordAttempt, termsOf } from '../operations/record-provisioning.ts'
import { attemptGrant, leaseMs } from './attempt.ts'
import { lookOnce } from './look.ts'
import { openSessions, type Sessions } from './sessions.ts'

/** As much of a logger as is needed here. */
export interface Log {
  info(data: object, words: string): void
  warn(data: object, words: string): void
  error(data: object, words: string): void
}

export interface ProvisionDeps {
  readonly ctx: Ctx
  readonly connectors: readonly AnyConnector[]
  readonly env: Deps['env']
  readonly log: Log
  /** Unique to this process. */
  readonly worker: string
  /** Called when an attempt ended: there may be more to do. */
  readonly wake: () => void
  /** Attempts at one target at a time. */
  readonly slots?: number
}

export interface Provisioner {
  /** Does what is due and begins attempts; how much. Attempts go on by themselves. */
  once(): Promise<number>
  /** When something falls due next, or null. */
  nextDueAt(): Promise<Instant | null>
  /** Looks at the holders of one target, if one is due; how many. */
  look(): Promise<number>
  /** Resolves when no attempt is under way. */
  idle(): Promise<void>
  close(): Promise<void>
}

const SLOTS = 4
const FREE_EVERY_MS = 500
/** While the log takes no events it is asked this often. */
const LOG_RETRY_MS = 250

export function openProvisioner(deps: ProvisionDeps): Provisioner {
  const { ctx, log, worker, wake } = deps
  const slots = deps.slots ?? SLOTS
  const stopping = new AbortController()
  const onError = (err: unknown) => log.warn({ err }, 'a session or the presence of this worker broke')
  const sessions: Sessions = openSessions(new Map(deps.connectors.map((c) => [c.kind, c])), { now: ctx.now, env: deps.env }, onError)
  const presence = openPresence(ctx, worker, onError)
  const underWay = new Map<string, Set<Promise<void>>>()
  const failing = new Set<string>()
  let freedAt = Number.NEGATIVE_INFINITY
  let looked = false
  let logRetryAt: Instant | null = null

  const at = (target: Target) => underWay.get(target.id) ?? new Set()
  const busy = () => [...underWay].filter(([, works]) => works.size >= slots).map(([id]) => id)

  async function attempt(session: Session, work: Work): Promise<void> {
    const { target, row } = work
    const made = await attemptGrant(ctx, session, work, stopping.signal)
    if (!made) return releaseWork(ctx, work)
    const terms = termsOf(target, { longestCallMs: session.longestCallMs, lists: session.caps.observe === 'list' })
    const recorded = await recordAttempt(ctx, work, made, terms)
    await noteTarget(target, made)
    if (!recorded || (recorded.from === recorded.to && recorded.reason === null)) return
    const told = { target: target.name, grant: row.id, person: row.principalId, ...recorded }
    if (recorded.to === 'RevokeOverdue' || recorded.to === 'RevokeBlocked') log.error(told, 'access stands that should have ended')
    else if (recorded.reason !== null) log.warn(told, 'a grant is not as it should be')
    else log.info(told, 'a grant changed')
  }

  /** A target that fails gets a new session; one that is back is told at once what waited for it. */
  async function noteTarget(target: Target, { outcome, after }: Attempt): Promise<void> {
    const trouble = 't' in after && after.t === 'retry' && (outcome === null || outcome.t === 'retry')
    if (trouble) {
      failing.add(target.id)
      sessions.forget(target.id)
    } else if (failing.delete(target.id)) {
      await hurryTarget(ctx, target.id)
    }
  }

  function begin(target: Target, work: Work): void {
    const works = at(target)
    underWay.set(target.id, works)
    const running: Promise<void> = sessions
      .with(target, (session) => attempt(session, work))
      .then(async (done) => {
        if (done.ok) return
        log.error({ target: target.name, reason: done.fault.words }, 'the target cannot be opened')
        await refuseWork(work, done.fault.words)
      })
      .catch((err) => log.error({ err, target: target.name, grant: work.row.id }, 'an attempt broke off; its lease will lapse'))
      .finally(() => {
        works.delete(running)
        wake()
      })
    works.add(running)
  }

  /** A configuration that cannot be opened blocks like anything else that a person must mend. */
  async function refuseWork(work: Work, reason: string): Promise<void> {
    const after = { t: 'blocked', needs: 'config', reason } as const
    const made = { generation: work.row.generation, outcome: null, before: null, after, use: null }
    await recordAttempt(ctx, work, made, termsOf(work.target, { longestCallMs: 0, lists: false }))
  }

  async function free(): Promise<void> {
    if (ctx.now() - freedAt < FREE_EVERY_MS) return
    freedAt = ctx.now()
    const freed = await freeLeases(ctx)
    if (freed > 0) log.warn({ freed }, 'took over work of a worker that is gone or stands still')
  }

  async function derive(): Promise<number> {
    const done = [await expandHoldings(ctx), await deriveDue(ctx)]
    if (done.some((d) => d.owed)) {
      logRetryAt = ctx.now() + LOG_RETRY_MS
      log.error({}, 'the event log takes no events: access is ended and the record owed; nothing is granted')
    }
    for (const overdue of await markOverdue(ctx)) log.error({ ...overdue }, 'a revocation is overdue: access stands')
    return done.reduce((sum, d) => sum + d.count, 0)
  }

  /** A log that takes no events stops nothing here. */
  async function pay(): Promise<number> {
    try {
      return await payOwed(ctx)
    } catch (err) {
      logRetryAt = ctx.now() + LOG_RETRY_MS
      log.error({ err }, 'the event log still takes no events')
      return 0
    }
  }

  async function claim(): Promise<number> {
    let begun = 0
    for (const target of await targetsWithWork(ctx, busy())) {
      const lease = await sessions.with(target, async (session) => leaseMs(session))
      const claimed = await claimWork(ctx, target, worker, slots - at(target).size, lease.ok ? lease.value : 10_000)
      for (const work of claimed) begin(target, work)
      begun += claimed.length
    }
    return begun
  }

  async function once(): Promise<number> {
    if (stopping.signal.aborted) return 0
    await free()
    const paid = await pay()
    const derived = await derive()
    return paid + derived + (presence.here() ? await claim() : 0)
  }

  const idle = async () => {
    while ([...underWay.values()].some((works) => works.size > 0)) await Promise.all([...underWay.values()].flatMap((works) => [...works]))
  }

  return {
    once,
    async nextDueAt() {
      const due = await nextGrantDue(ctx, busy())
      const asked = presence.here() ? due : ctx.now() + 20
      if (logRetryAt === null || asked === null) return logRetryAt ?? asked
      const again = logRetryAt
      if (again <= ctx.now()) logRetryAt = null
      return Math.max(asked, Math.min(again, ctx.now() + LOG_RETRY_MS))
    },
    async look() {
      // Nobody knows what happened at the targets before we started.
      if (!looked) await lookSoon(ctx)
      looked = true
      return lookOnce(ctx, sessions, log, stopping.signal)
    },
    idle,
    async close() {
      stopping.abort()
      await idle()
      await presence.close()
      await sessions.close()
    },
  }
}
